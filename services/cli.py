"""`lienthong`: the composition root. Every command of the hub, in groups.

A module of commands is imported when its command is called: a worker pays for its own libraries alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from unicodedata import normalize

import typer
from typer.exceptions import TyperException

from lienthong.contracts import texts
from services.hub import roster

COMMANDS = {
    "up": ("up",),
    "migrate": ("migrate", "fill"),
    "processes": ("http",),
    "demo": ("demo",),
    "conformance": ("conformance",),
    "platform": ("platform",),
    "status": ("status",),
    "replay": ("replay", "verify"),
    "backup": ("backup", "restore", "reopen", "epoch"),
    "kafka": ("kafka",),
    "check": ("check",),
}
"""Module → its commands, functions of the same name. Each service of the roster has one besides."""

GROUPS = (
    "archive",
    "audit",
    "clients",
    "clock",
    "content",
    "deliveries",
    "destinations",
    "difficulties",
    "directives",
    "facts",
    "forms",
    "generated",
    "inbound",
    "materials",
    "plans",
    "portals",
    "programmes",
    "receipts",
    "releases",
    "reminders",
    "reports",
    "rounds",
    "statements",
    "tasks",
    "topics",
    "units",
    "users",
)
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
    processes = {service.name: service for service in roster.SERVICES if service.http or service.worker}
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
    sys.argv[1:] = strict(sys.argv[1:])
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    if len(words) < 2 or "--help" in sys.argv:  # a group alone shows its help
        _frame_in_both_languages()
    raise SystemExit(run(application(words[0] if words else None), sys.argv[1:]))


@cache
def _frame_in_both_languages() -> None:
    """What stands around the words of a command's help."""
    from typer import core, rich_utils  # noqa: PLC0415  (it draws; only help is drawn)

    rich_utils.OPTIONS_PANEL_TITLE = "Tùy chọn / Options"
    rich_utils.ARGUMENTS_PANEL_TITLE = "Tham số / Arguments"
    rich_utils.COMMANDS_PANEL_TITLE = "Lệnh / Commands"
    rich_utils.REQUIRED_LONG_STRING = "[bắt buộc / required]"
    rich_utils.DEFAULT_STRING = "[mặc định / default: {}]"
    for kind in (core.TyperCommand, core.TyperGroup):
        kind.get_usage = _usage(kind.get_usage)  # type: ignore[method-assign]
        kind.get_help_option = _help(kind.get_help_option)  # type: ignore[method-assign]


def _usage(asked: Callable[..., str]) -> Callable[..., str]:
    return lambda self, ctx: asked(self, ctx).replace("Usage:", "Cách dùng / Usage:", 1)


def _help(asked: Callable[..., Any]) -> Callable[..., Any]:
    def option(self: Any, ctx: Any) -> Any:
        if (given := asked(self, ctx)) is not None:
            given.help = "Xem hướng dẫn này. / Show this message and exit."
        return given

    return option


def run(app: typer.Typer, words: Sequence[str]) -> int:
    """Run a command; the exit code. What can't be read is told in both languages."""
    try:
        code = app(list(words), standalone_mode=False, prog_name="lienthong")
    except TyperException as error:
        return _module("usage").tell_usage(error)  # type: ignore[no-any-return]
    except typer.Abort:
        print("Đã dừng. / Stopped.", file=sys.stderr)
        return 1
    return code if isinstance(code, int) else 0


def strict(words: Sequence[str]) -> list[str]:
    """What was typed, as the one strict reader takes it: in NFC (but for names of files). Ends the program, saying
    why, for what is no text, or a day that can't be computed with.
    """
    sentences, wrong = [], []
    for place, word in enumerate(words, 1):
        value = word.partition("=")[2] if word.startswith("--") else word
        fault = texts.fault(word, f"/{place}") or texts.day_fault(value, f"/{place}")
        wrong += [] if fault is None else [fault]
        sentences.append(word if word.isascii() or fault is not None or _is_file(value) else normalize("NFC", word))
    if wrong:
        for problem in wrong:
            print(f"✗ {problem.message.vi}\n  {problem.message.en} ({problem.code})", file=sys.stderr)
        raise SystemExit(2)
    return sentences


def _is_file(name: str) -> bool:
    """A file keeps the composition in which its name was written."""
    try:
        return Path(name).exists()
    except OSError:  # too long for a name
        return False


def _root() -> None:
    """Liên Thông – trục trao đổi dữ liệu xã, sở, tỉnh, Bộ."""


def _module(name: str) -> Any:
    return import_module(f"services.commands.{name}")


if __name__ == "__main__":
    main()
