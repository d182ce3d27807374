"""What matching decides, and nothing of how it hears or keeps it: no broker, no database, no clock of its own."""
