"""The command line: demo, local servers, topics, catalogue, partners, dead letters; starts services as processes."""
