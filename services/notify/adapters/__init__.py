"""Notify's hands: words from templates, and the ways out by webhook and mail, with the work that sends."""
