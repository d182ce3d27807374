"""Intake's HTTP: demands, CloudEvents, receipts; see docs in both languages at /docs of the running service."""

from __future__ import annotations

from services.intake.api.application import application

__all__ = ["application"]
