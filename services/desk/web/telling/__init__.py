"""Whom somebody has to telephone, and what was told without an end."""
