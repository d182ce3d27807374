"""The search for personal data in clear (个人信息明文扫描): every topic, table, log line and metric of an installation.

It looks for what it knows, having opened all that was sealed, and for what has the form of a telephone, an id number or
a credit code. What it finds is told by place and kind, and never shown.
"""
