"""The demonstration: everything on this machine with simulated partners, until it is stopped or all is done."""
