"""`lienthong`: the composition root. Every command of the hub, in groups.

A module of commands is imported when its command is called: a worker pays for its own libraries alone. This one imports
next to nothing at its head: what is imported before `main` runs, Ctrl-C would end with a traceback.
"""

from __future__ import annotations

import os
import signal
import sys
from functools import cache
from importlib import import_module

TYPE_CHECKING = False  # by this name checkers know it; importing `typing` takes longer than all the rest here
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    import typer

INTERRUPTED = 130  # what shells say of a process that SIGINT ended

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
    import typer  # noqa: PLC0415

    from services.hub import roster  # noqa: PLC0415

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
    """Entry point of the `lienthong` command. Ctrl-C ends it quietly, whenever it comes."""
    at_once = _ending_at_once()
    next(at_once)  # libraries are imported: nothing is begun that would have to be tidied
    sys.argv[1:] = strict(sys.argv[1:])
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    if len(words) < 2 or "--help" in sys.argv:  # a group alone shows its help
        _frame_in_both_languages()
    app = application(words[0] if words else None)
    next(at_once)
    try:
        code = run(app, sys.argv[1:])
    except KeyboardInterrupt:
        code = _say_stopped()
    finally:
        next(at_once)  # all is tidied, and the interpreter ends
    raise SystemExit(code)


def _ending_at_once() -> Iterator[None]:
    """SIGINT ends the process on the spot, then as Python has it (by an exception), then on the spot again. A process
    that was told to be deaf to it stays so.
    """
    before = signal.getsignal(signal.SIGINT)
    for handler in (_end, before, _end):
        if before is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, handler)
        yield


def _end(*_: object) -> None:
    os.write(2, "\nĐã dừng. / Stopped.\n".encode())
    os._exit(INTERRUPTED)


def _say_stopped() -> int:
    print("\nĐã dừng. / Stopped.", file=sys.stderr)
    return INTERRUPTED


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
    import typer  # noqa: PLC0415
    from typer.exceptions import TyperException  # noqa: PLC0415

    try:
        code = app(list(words), standalone_mode=False, prog_name="lienthong")
    except TyperException as error:
        return _module("usage").tell_usage(error)  # type: ignore[no-any-return]
    except typer.Abort as error:  # a question that was answered with no, or by Ctrl-C
        if isinstance(error.__cause__ or error.__context__, KeyboardInterrupt):
            return _say_stopped()
        print("Đã dừng. / Stopped.", file=sys.stderr)
        return 1
    return code if isinstance(code, int) else 0


def strict(words: Sequence[str]) -> list[str]:
    """What was typed, as the one strict reader takes it: in NFC (but for names of files). Ends the program, saying
    why, for what is no text, or a day that can't be computed with.
    """
    from unicodedata import normalize  # noqa: PLC0415

    from lienthong.contracts import texts  # noqa: PLC0415

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
    from pathlib import Path  # noqa: PLC0415

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
