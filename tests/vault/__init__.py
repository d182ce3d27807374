"""The vault and signed assertions."""
