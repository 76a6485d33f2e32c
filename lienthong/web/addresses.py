"""The routes of an app, and what belongs to an address among many of them.

A framework looks through its routes at every request, one pattern after the other; before it, the front and the guard
ask for an address too. `Addresses` asks the few patterns of the address's room alone, and `append_routes` puts routers'
routes in an app as they are: `include_router` would make each anew at the first request, and match through one level
more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from fastapi import APIRouter
from fastapi.routing import RouteContext

T = TypeVar("T")
_VARIABLE = "{"


def append_routes(into: APIRouter, routers: Iterable[APIRouter]) -> None:
    """Put their routes at the end of those of a router (an app's is `app.router`)."""
    for router in routers:
        into.routes.extend(router.routes)


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteAddress(Generic[T]):
    """A route. template: as it is declared, `/v1/rounds/{round}`; pattern: of the paths that are it."""

    template: str
    pattern: re.Pattern[str]
    methods: frozenset[str]
    belongs: T

    @classmethod
    def of(cls, route: RouteContext, belongs: T) -> RouteAddress[T]:
        """That of a framework's route."""
        return cls(
            template=route.path_format or "",
            pattern=route.path_regex,
            methods=frozenset(route.methods or ()),
            belongs=belongs,
        )


class Addresses(Generic[T]):
    """Many routes, in the order in which they are tried."""

    def __init__(self, addresses: Iterable[RouteAddress[T]]) -> None:
        by_room = [(_room(address.template), address) for address in addresses]
        fixed = {room for room, _ in by_room if _VARIABLE not in room}
        self._rooms = {room: [address for own, address in by_room if own == room or _VARIABLE in own] for room in fixed}
        self._anywhere = [address for own, address in by_room if _VARIABLE in own]

    def find(self, method: str, path: str) -> T | None:
        """What belongs to the first that takes the method at the path."""
        return next((address.belongs for address in self._at(path) if method in address.methods), None)

    def methods(self, path: str) -> set[str]:
        """What may be done at a path; nothing where there is no such path."""
        return {method for address in self._at(path) for method in address.methods}

    def _at(self, path: str) -> Iterable[RouteAddress[T]]:
        there = self._rooms.get(_room(path), self._anywhere)
        return (address for address in there if address.pattern.match(path))


def _room(path: str) -> str:
    """What an address begins with: `/v1/rounds` of `/v1/rounds/P119-LS.2026`."""
    return "/".join(path.split("/", 3)[:3])
