"""From codes and values to words, in two languages."""
