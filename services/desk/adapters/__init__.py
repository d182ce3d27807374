"""The way out: HTTP to the gate."""
