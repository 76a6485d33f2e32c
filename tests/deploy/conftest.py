"""Deployment is tried on the same hub as the services are."""

from __future__ import annotations

from tests.services.conftest import filled, hub

__all__ = ["filled", "hub"]
