"""The gate: its decisions alone, and on a real broker and database."""
