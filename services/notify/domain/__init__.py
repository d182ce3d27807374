"""Notify's decisions: who hears an event, over what, when, in which words, and whose identity may be seen. Pure."""
