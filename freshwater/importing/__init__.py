"""Import of files (批量导入): rows become demands by a mapping file, and go through the gate's HTTP like any other.

HTTP and not a Kafka door, although a door takes more a second: intake's HTTP seals personal data before Kafka has it,
and answers with what is wrong while the file is still at hand.
"""
