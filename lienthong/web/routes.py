"""Routes that are declared when a process starts, and made when somebody asks for them.

To make one the framework reads the signature of its endpoint and of all that it depends on, and has a validator made
for each parameter and answer: some three milliseconds. Of all that is done to put the apps of a process together this
was a third, and few routes are asked for in its first minute. What matches an address is known from the start.

    routes = Routes(prefix="/v1/rounds", tags=["operate"])
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import compile_path, get_name

_MAKING = threading.RLock()
"""Held while a route is made: by the event loop for a request, by a thread for the description of all of them."""


class OnDemand(APIRoute):
    """A route of which the address alone is known until somebody reads anything else of it."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **declared: Any) -> None:
        self._declared = (path, endpoint, declared)
        self.path, self.endpoint = path, endpoint
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.methods = {method.upper() for method in declared.get("methods") or ("GET",)}
        self.name = declared.get("name") or get_name(endpoint)

    def __getattr__(self, name: str) -> Any:
        """Called for what is not there (yet). Made once, and whoever asks meanwhile waits: the description of
        all routes knows their fields again by what they are, not by what they are called.
        """
        if name.startswith("__") or "_declared" not in vars(self):
            raise AttributeError(name)
        with _MAKING:
            if "app" not in vars(self):  # the last that is set
                path, endpoint, declared = self._declared
                super().__init__(path, endpoint, **declared)
        return object.__getattribute__(self, name)


class Routes(APIRouter):
    """The framework's router, with such routes."""

    def __init__(self, *, route_class: type[APIRoute] = OnDemand, **more: Any) -> None:
        super().__init__(route_class=route_class, **more)
