"""Intake's HTTP: demands, CloudEvents, receipts; `/openapi.json` describes them."""

from __future__ import annotations

from services.intake.api.application import application

__all__ = ["application"]
