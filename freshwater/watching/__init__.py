"""What operators see: the list of metrics, dashboards made of it, what no service sees of itself, alerts in a chat."""
