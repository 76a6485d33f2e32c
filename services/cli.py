"""`lienthong`: the composition root. Every command of the hub, in groups.

A module of commands is imported when its command is called: a worker pays for its own libraries alone.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import typer

from services.hub import roster

COMMANDS = {
    "up": ("up",),
    "migrate": ("migrate", "fill"),
    "processes": ("http",),
    "demo": ("demo",),
    "platform": ("platform",),
    "replay": ("replay", "verify"),
    "backup": ("backup", "restore", "reopen", "epoch"),
    "kafka": ("kafka",),
}
"""Module → its commands, functions of the same name. Each service of the roster has one besides."""

GROUPS = (
    "archive", "audit", "clients", "clock", "deliveries", "destinations", "facts", "forms", "generated", "inbound",
    "plans", "programmes", "releases", "reports", "rounds", "topics", "units", "users",
)  # fmt: skip
"""One noun a module, whose `app` is the group."""


def application(called: str | None) -> typer.Typer:
    """The command line; only what belongs to the called command, or everything when it is none of them."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Liên Thông – trục trao đổi dữ liệu xã, sở, tỉnh, Bộ.",
    )
    app.callback()(_root)
    processes = {one.name: one for one in roster.SERVICES if one.http or one.worker}
    known = {name for names in COMMANDS.values() for name in names} | set(GROUPS) | set(processes)
    for module, names in COMMANDS.items():
        for name in names:
            if called == name or called not in known:
                app.command(name)(getattr(_module(module), name))
    for name, service in processes.items():
        if called == name or called not in known:
            app.command(name)(_module("processes").command_of(service))
    for name in GROUPS:
        if called == name or called not in known:
            app.add_typer(_module(name).app, name=name)
    return app


def main() -> None:
    """Entry point of the `lienthong` command."""
    application(next((word for word in sys.argv[1:] if not word.startswith("-")), None))()


def _root() -> None:
    """Liên Thông – trục trao đổi dữ liệu xã, sở, tỉnh, Bộ."""


def _module(name: str) -> Any:
    return import_module(f"services.commands.{name}")


if __name__ == "__main__":
    main()
