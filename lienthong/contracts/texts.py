"""The one strict reading of every text that enters, whichever way: bodies, addresses, files, the command line. Pure.

What is refused is what no text of a report has and what stops something further on: NUL (PostgreSQL takes it in no
text), lone surrogates (they can't be written as UTF-8), control characters and noncharacters (CloudEvents forbids them,
logs and terminals obey them). A text of several lines may hold tabs and line ends, a name or code may not. What is let
in is in NFC: Vietnamese typed in another composition finds what was stored.

Days and instants lie between 1900 and 2199: beyond, time zones and periods can't be computed, and nobody means it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from lienthong.errors import Message, Problem, Rejected
from lienthong.refusals import phrase, problem

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
YEARS = "^(19|20|21)[0-9]{2}-"
"""The same as schemas have it, beside `format: date`, which also takes the year 0000."""
MOST_PROBLEMS = 50  # of one document; who has more mistakes has one mistake fifty times
DEEPEST = 64  # levels of objects and lists; the deepest document of ours has a dozen

PROVINCE = r"[0-9]{2}"
PROVINCE_OR_NATION = r"(VN|[0-9]{2})"
UNIT = r"(VN|[0-9]{2}|[0-9]{5}|([0-9]{2}|[0-9]{5})\.[A-Z0-9]{1,10}|[A-Y][0-9]{2}(\.[A-Z0-9]{1,10})*)"
IDENTIFIER = r"[A-Za-z0-9][A-Za-z0-9.]{0,49}"  # of a unit: its code, or another body's code for it (000.00.00.H37)
PROGRAMME = r"P[0-9]{1,5}"
CODE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}"  # of a plan, a round, a form, a figure, a period, a destination
RELEASE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}/[0-9]{1,7}"  # round and number
VERSION = r"[0-9]{1,6}(\.[0-9]{1,6}){0,2}"
RECEIPT = rf"{PROVINCE_OR_NATION}-[1-9][0-9]{{0,17}}"  # where it stands in the log: partition and position
CLIENT = r"[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]"

_NEVER = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef" + "".join(
    chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
)
_WRONG = re.compile(f"[{_NEVER}]")
# Marks that turn the direction of writing show a name as another one; Vietnamese has none.
_TURNS = "\u202a-\u202e\u2066-\u2069"
_WRONG_IN_LINE = re.compile(f"[{_NEVER}{_TURNS}\t\n\r\u2028\u2029]")
_DAY = re.compile(
    r"((?P<iso>[0-9]{4})-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9:]+)?)?|[0-9]{1,2}/[0-9]{1,2}/(?P<vietnamese>[0-9]{4}))\Z"
)
_Bars = Callable[..., Problem | None]
"""What bars a text: (text, pointer, line=…)."""
MAX_MARKS = 30
"""Combining marks on one letter, as in the stream-safe format of Unicode (UAX #15); Vietnamese needs two. Normalising
sorts them in n² steps: 16,000 in descending order take more than a second, a body full of them hours."""
_HEAP = re.compile(rb"[^\x00]{%d}" % (MAX_MARKS + 1))


def fault(text: str, pointer: str = "", *, line: bool = False, what: Message | None = None) -> Problem | None:
    """The first thing that bars a text, or None. line: it is a name or code, of one line. what: how it is called."""
    if text.isascii() and text.isprintable():
        return None
    what = what or phrase("of_text")
    match = (_WRONG_IN_LINE if line else _WRONG).search(text)
    if match is None:
        return problem(pointer, "too_many_marks", what=what, limit=MAX_MARKS) if has_heaped_marks(text) else None
    sign = match.group()
    if sign == "\x00":
        return problem(pointer, "nul_character", what=what)
    if "\ud800" <= sign <= "\udfff":
        return problem(pointer, "lone_surrogate")
    return problem(pointer, "control_character", what=what, sign=f"U+{ord(sign):04X}")


def is_line(text: str) -> bool:
    """Whether a text is one line and says something: no line end, no control character, not blanks alone. An empty one
    is a matter of its length.
    """
    return (not text or not text.isspace()) and fault(text, line=True) is None


def has_heaped_marks(text: str) -> bool:
    """Whether more combining marks stand on one letter than any language writes: such a text is not normalised."""
    return not text.isascii() and _HEAP.search(bytes(map(unicodedata.combining, text))) is not None


def clean(text: str, pointer: str = "", *, line: bool = False, what: Message | None = None) -> str:
    """The text in NFC. Raises Rejected (400) for what `fault` finds."""
    problem_ = fault(text, pointer, line=line, what=what)
    if problem_ is not None:
        raise Rejected([problem_], status=400)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def decoded(raw: bytes, what: Message | None = None) -> str:
    """The text of UTF-8 bytes, in NFC, without the mark that some editors put before it. Raises Rejected (400)."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Rejected(
            [problem("", "not_utf8", what=what or phrase("of_text"), byte=error.start)], status=400
        ) from error
    return clean(text, what=what)


def tree(value: Any) -> Any:
    """A document of JSON values with every text and key in NFC, and every day within bounds. Raises Rejected (400)
    naming what is wrong and where, at most MOST_PROBLEMS of it.
    """
    return _tree(value, _fault_or_day)


def free(value: Any) -> Any:
    """The same of a document whose days are judged by its schema: what reads as a day elsewhere is a free text."""
    return _tree(value, fault)


def _tree(value: Any, bars: _Bars) -> Any:
    problems: list[Problem] = []
    cleaned = _walk(value, "", 0, problems, bars)
    if problems:
        raise Rejected(problems, status=400)
    return cleaned


def may_be_barred(written: bytes) -> bool:
    """Whether `free` has to look at a document, by its canonical form. False is certain; what is true of is rare in
    Vietnamese (a no-break space, an emoji). For the hot path: a look at each text of a report costs ten times as much.
    """
    if b"\\u00" in written or b"\x7f" in written:
        return True
    if written.isascii():
        return False
    # In UTF-8: U+0080 to U+00BF; U+F000 to U+FFFF, where noncharacters are, and the last two of each plane.
    return b"\xc2" in written or b"\xef" in written or b"\xbf\xbe" in written or b"\xbf\xbf" in written


def in_bounds(day: date) -> bool:
    """Whether a day or an instant is one that can be computed with."""
    return EARLIEST.year <= day.year <= LATEST.year


def _walk(value: Any, pointer: str, depth: int, problems: list[Problem], bars: _Bars) -> Any:
    if len(problems) >= MOST_PROBLEMS:
        return value
    if isinstance(value, str):
        return _clean_text(value, pointer, problems, bars)
    if not isinstance(value, dict | list):
        return value
    if depth >= DEEPEST:
        problems.append(problem(pointer, "too_deep", limit=DEEPEST))
        return value
    if isinstance(value, list):
        return [_walk(item, f"{pointer}/{place}", depth + 1, problems, bars) for place, item in enumerate(value)]
    return dict(_members(value, pointer, depth, problems, bars))


def _members(
    value: dict[Any, Any], pointer: str, depth: int, problems: list[Problem], bars: _Bars
) -> Iterator[tuple[Any, Any]]:
    for name, item in value.items():
        at = f"{pointer}/{escaped(name)}" if isinstance(name, str) else pointer
        key = _clean_text(name, at, problems, bars, line=True) if isinstance(name, str) else name
        yield key, _walk(item, at, depth + 1, problems, bars)


def _fault_or_day(text: str, pointer: str, *, line: bool) -> Problem | None:
    return fault(text, pointer, line=line) or day_fault(text, pointer)


def _clean_text(text: str, pointer: str, problems: list[Problem], bars: _Bars, *, line: bool = False) -> str:
    problem_ = bars(text, pointer, line=line)
    if problem_ is not None:
        problems.append(problem_)
        return text
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def day_fault(text: str, pointer: str = "") -> Problem | None:
    """What is wrong with a text that reads as a day or an instant beyond the bounds, such as 9999-12-31 for "without
    end"; None for any other text.
    """
    match = _DAY.match(text) if text[:1].isdecimal() else None
    if match is None or EARLIEST.year <= int(match["iso"] or match["vietnamese"]) <= LATEST.year:
        return None
    return problem(pointer, "day_out_of_bounds", day=text, earliest=EARLIEST, latest=LATEST)


def escaped(name: str) -> str:
    """A member's name as a part of a JSON Pointer, shortened: it may be a whole page, or hold what no answer can."""
    shown = "".join(c if c.isprintable() else "·" for c in name[:100])
    return shown.replace("~", "~0").replace("/", "~1")
