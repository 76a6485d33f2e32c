"""Checking and publishing plans of a running hub, shared by the HTTP route and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lienthong.units import Registry


def check_document(document: Mapping[str, Any], registry: Registry) -> list[dict[str, Any]]:
    raise NotImplementedError
