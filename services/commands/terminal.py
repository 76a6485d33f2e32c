"""What all commands print with, and how errors look: what is wrong and what to do, never a stack trace."""

from __future__ import annotations

import os
import pwd
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.segment import Segment
from rich.text import Text

from lienthong.errors import HubError, Message, Problem, Rejected, Transient
from lienthong.refusals import advice_of, phrase, problem, words_of

_OBEYED = "\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
"""What a terminal obeys, or shows as another text than it is; line ends and tabs are none of it."""
_OBEYED_SIGNS, _LEFT_BY_JSON = re.compile(f"[{_OBEYED}]"), re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Careful(Console):
    """A console on which no text acts as a command: the log may hold what came before the strict reader barred it, and
    a server's answer or a file's name is anybody's.
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield segment._replace(text=_OBEYED_SIGNS.sub("·", segment.text))


def escaped_json(text: str) -> str:
    """JSON that says the same and holds nothing that a terminal obeys: what JSON itself leaves as it is, is escaped."""
    return _LEFT_BY_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


out = Careful()
err = Careful(stderr=True)
MOST_SHOWN = 50  # problems; whoever has more mends these first

_OF_FILES = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)

DAYS = ["%d/%m/%Y", "%Y-%m-%d"]
"""How days may be written, everywhere: 31/12/2026, 2026-12-31."""
DAY_SHAPE = "dd/mm/yyyy"
"""As help says it, in the little room that it has for it."""
Most = Annotated[int, typer.Option(min=1, max=10_000, help="Nhiều nhất bao nhiêu dòng")]
After = Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Từ sau vị trí này / after this position")]


def _said(text: str | None) -> str | None:
    """As the routes take it: something, and no longer than 2,000 signs."""
    if text is not None and not 0 < len(text.strip()) <= LONGEST_TEXT:
        raise typer.BadParameter(f"1–{LONGEST_TEXT} ký tự / characters")
    return text


def _line(text: str | None) -> str | None:
    if text is not None and (not text.isprintable() or not 0 < len(text) <= LONGEST_NUMBER):
        raise typer.BadParameter(f"một dòng, 1–{LONGEST_NUMBER} ký tự / one line")
    return text


LONGEST_TEXT, LONGEST_NUMBER = 2_000, 100
Reason = Annotated[str, typer.Option(help="Lý do", callback=_said)]
Number = Annotated[str | None, typer.Option(help="Số văn bản làm căn cứ", callback=_line)]


def actor() -> str:
    """Who runs the command, as the audit log names it: the account that the system says this process has. What the
    environment says of it (LOGNAME, USER) is anybody's word, and two people have to sign off a release.
    """
    own = os.getuid()
    try:
        return f"cli:{pwd.getpwuid(own).pw_name}"
    except KeyError:
        return f"cli:uid-{own}"


@contextmanager
def told(*, rejected: int = 1, away: int = 2) -> Iterator[None]:
    """Errors of the hub end the command with their text and exit code 1 (2: a setting or file is wrong).

    Where 1 is a verdict on what was judged, what is rejected before that ends with `rejected`. away: where somebody
    who starts it again has to know what passes by itself.
    """
    try:
        yield
    except Rejected as error:
        tell(error.problems)
        raise typer.Exit(rejected) from error
    except HubError as error:
        tell_fault(error)
        raise typer.Exit(away if isinstance(error, Transient) else 2) from error
    except _OF_FILES as error:
        tell([problem("", "path_unusable", path=str(error.filename or "?"), why=str(error.strerror))])
        raise typer.Exit(2) from error
    except KeyboardInterrupt:
        err.print("Đã dừng. / Stopped.")
        sys.exit(130)


def tell_fault(error: HubError) -> None:
    """An error of the hub that is no refusal. Of what is away for now: what the catalogue says of it, why, and what the
    operator can do; its own advice is for who sends over HTTP.
    """
    if error.problems:
        tell(error.problems)
        return
    for item in words_of(error):
        _words(item)
    err.print(f"[red]✗[/] {escape(str(error))} [dim]({error.code})[/]", highlight=False)
    if isinstance(error, Transient):
        away = error.code == "database_away"
        _next(phrase("again_by_command_database" if away else "again_by_command"))


def _hanging(mark: str, markup: str) -> None:
    """A paragraph whose further lines begin below its first word."""
    begins = Text.from_markup(mark)
    for line in Text.from_markup(markup).wrap(err, err.width - begins.cell_len):
        err.print(begins + line, highlight=False)
        begins = Text(" " * begins.cell_len)


def tell(problems: Sequence[Problem]) -> None:
    """What is wrong, in both languages, and what to do next."""
    for item in problems[:MOST_SHOWN]:
        _words(item)
        if (advice := advice_of(item)) is not None:
            _next(advice)
    if (more := len(problems) - MOST_SHOWN) > 0:
        err.print(f"… và {more} lỗi nữa / and {more} more", highlight=False)


def _words(item: Problem) -> None:
    place = f"[bold]{escape(item.pointer)}[/] " if item.pointer else ""
    _hanging("[red]✗[/] ", f"{place}{escape(item.message.vi)}")
    _hanging("  ", f"[dim]{escape(item.message.en)} ({item.code})[/]")


def _next(advice: Message) -> None:
    _hanging("  → ", escape(advice.vi))
    _hanging("    ", f"[dim]{escape(advice.en)}[/]")
