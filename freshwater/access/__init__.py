"""Who may do what at Kafka: computed from the list of topics and the partners, and brought to a cluster."""
