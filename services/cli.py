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

GROUPS = {
    "clients": ("clients", "app"),
    "users": ("users", "app"),
    "plans": ("plans", "plans"),
    "programmes": ("plans", "programmes"),
    "units": ("plans", "registry"),
    "forms": ("plans", "forms"),
    "rounds": ("rounds", "rounds"),
    "releases": ("rounds", "releases"),
    "reports": ("rounds", "reports"),
    "deliveries": ("deliveries", "app"),
    "facts": ("facts", "app"),
    "destinations": ("destinations", "app"),
    "clock": ("clock", "app"),
    "topics": ("kafka", "topics"),
    "inbound": ("inbound", "app"),
    "generated": ("generated", "app"),
    "archive": ("archive", "app"),
    "audit": ("audit", "app"),
}
"""Group → its module and the name of its typer app there."""


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
    for name, (module, attribute) in GROUPS.items():
        if called == name or called not in known:
            app.add_typer(getattr(_module(module), attribute), name=name)
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
