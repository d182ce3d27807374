"""The list of demands, and all that the page of one demand shows: its tables, remedies, and why these banks."""
