"""Lists for visits (走访名单): made from an office's own list of shops, filled in by hand, brought back by import.

The list never enters Freshwater: who is on it stays in the office's files until a visit was made.
"""
