"""Mechanism and wire contracts that all services use; never a business rule."""
