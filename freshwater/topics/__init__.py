"""The topics of the list, made on a Kafka cluster."""
