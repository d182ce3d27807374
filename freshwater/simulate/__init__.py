"""Simulated households, banks and authorities (模拟参与方): seeded, and heard only through doors and HTTP.

All of it is invented. What they send is marked `simulated`, and so is everything that follows from it.
"""
