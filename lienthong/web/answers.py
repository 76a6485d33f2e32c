"""What a route says of its answer."""

from __future__ import annotations

from typing import Any


def gives(model: type[Any], status: int = 200) -> dict[str, Any]:
    """For a route's decorator: OpenAPI names the model; the answer goes out as the route made it, without being read
    and written once more.
    """
    return {"status_code": status, "responses": {status: {"model": model}}, "response_model": None}


def writes(model: type[Any], status: int = 200) -> dict[str, Any]:
    """For a route's decorator: the answer is read and written by the model, members that were not given left out."""
    return {"status_code": status, "response_model": model, "response_model_exclude_unset": True}
