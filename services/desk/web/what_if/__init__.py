"""What if a rule were another one: an edit of the catalogue, asked of matching."""
