"""Backups are of whole hubs: the fixtures of services serve here too."""

from __future__ import annotations

from tests.services.conftest import filled, hub

__all__ = ["filled", "hub"]
