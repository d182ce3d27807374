"""The household's own pages: apply, confirm by code, see where it stands, act."""

from __future__ import annotations
