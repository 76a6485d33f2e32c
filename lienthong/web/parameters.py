"""What stands in an address or a body: the types of values that routes take, and the check that nothing else is asked.

A query parameter that a route does not know is refused, and so is a value that is none of its values: `dryRun=yes` or
`dry_run=true` would else turn a try-out into a submission. The guard asks `refuse_unknown` for every route of the
framework; a route outside of it asks `flags`.

    def found(unit: Unit, on: Day | None = None, dry_run: Annotated[bool, Query(alias="dryRun")] = False) -> …
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
from urllib.parse import unquote_to_bytes, urlencode

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Strict, StringConstraints
from pydantic_core import PydanticCustomError, PydanticKnownError
from starlette.types import Scope

from lienthong.contracts import texts
from lienthong.errors import Problem, Rejected
from lienthong.refusals import phrase, problem, refused

MOST_PARAMETERS, MOST_FIELDS = 50, 5000  # of an address; of a form, where a page of figures has a thousand
_TRUTH = {"true": True, "false": False}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(_DAY.pattern + r"[Tt ][0-9].*")  # how the rest is spelled, and that it has a zone, is asked after


def _within_bounds(day: date) -> date:
    if not texts.in_bounds(day):
        raise PydanticCustomError(
            "day_out_of_bounds",
            "must lie between {earliest} and {latest}",
            {"earliest": texts.EARLIEST.isoformat(), "latest": texts.LATEST.isoformat()},
        )
    return day


def _of_shape(shape: re.Pattern[str], fault: Literal["date_parsing", "datetime_parsing"]) -> BeforeValidator:
    """Of a text, that it has the shape: the framework would read a number as seconds since 1970, so that the year
    `2026` meant half an hour after midnight of its first day, and cut a time off a day.
    """

    def check(given: object) -> object:
        if not isinstance(given, date) and not (isinstance(given, str) and shape.fullmatch(given)):
            raise PydanticKnownError(fault, {"error": "not spelled so"})
        return given

    return BeforeValidator(check)


def _line(text: str) -> str:
    if texts.fault(text, line=True) is not None:
        raise PydanticCustomError("control_character", "must be text of one line without control characters")
    return unicodedata.normalize("NFC", text)


def _as_whole_number(given: object) -> object:
    """JSON has one kind of number: 2.0 is the whole number 2."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


def _no_blanks_alone(text: str) -> str:
    if not texts.is_line(text):
        raise PydanticCustomError("blank", "must not be blanks alone")
    return text


Day = Annotated[date, AfterValidator(_within_bounds), _of_shape(_DAY, "date_parsing")]
"""A day of 1900 to 2199, as `2026-10-15`."""
Instant = Annotated[AwareDatetime, AfterValidator(_within_bounds), _of_shape(_INSTANT, "datetime_parsing")]
"""An instant with its zone, of 1900 to 2199, as `2026-10-15T09:00:00+07:00`."""
Province = Annotated[str, StringConstraints(pattern=f"^{texts.PROVINCE}$")]
ProvinceOrNation = Annotated[str, StringConstraints(pattern=f"^{texts.PROVINCE_OR_NATION}$")]
Unit = Annotated[str, StringConstraints(pattern=f"^{texts.UNIT}$", max_length=35)]
Identifier = Annotated[str, StringConstraints(pattern=f"^{texts.IDENTIFIER}$")]
"""A unit's code, or another body's code for it."""
Programme = Annotated[str, StringConstraints(pattern=f"^{texts.PROGRAMME}$")]
Code = Annotated[str, StringConstraints(pattern=f"^{texts.CODE}$")]
"""Of a plan, a round, a form, a period, a figure, a destination."""
Release = Annotated[str, StringConstraints(pattern=f"^{texts.RELEASE}$")]
Recipient = Annotated[str, StringConstraints(pattern=f"^(platform|{texts.UNIT})$", max_length=35)]
"""Of a release: a unit, or the platform."""
Version = Annotated[str, StringConstraints(pattern=f"^{texts.VERSION}$")]
ClientId = Annotated[str, StringConstraints(pattern=f"^{texts.CLIENT}$")]
Line = Annotated[str, AfterValidator(_line), StringConstraints(max_length=200)]
"""A name or other short text of one line."""

OneLine = Annotated[Line, AfterValidator(_no_blanks_alone)]
"""The same, and not of blanks alone: a number, a name, as the format `line` of the schemas has it."""

Truth = Annotated[bool, Strict()]
"""In a body: true or false, and not what the framework would take for it (`"yes"`, `"on"`, 1). In an address, where
all is text, the guard sees to it (`flags`)."""
Whole = Annotated[int, Strict(), BeforeValidator(_as_whole_number)]
"""In a body: a whole number, and no text or truth that could be read as one."""
Number = Annotated[float, Strict()]
"""In a body: a number, likewise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """The query parameters of a route. flags: those that are true or false. lists: those that may stand repeatedly.
    others: whether it takes any besides.
    """

    names: frozenset[str]
    flags: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    others: bool = False


Given = list[tuple[str, str]]


def decode_address(scope: Scope) -> Scope:
    """The scope of a request with path and query decoded strictly, in NFC. Raises Rejected (400) for what is no text.

    The server itself decodes what is not UTF-8 into signs that the sender did not write.
    """
    raw, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
    return {**scope, "path": _decoded(raw), "query_string": urlencode(query_of(query)).encode() if query else b""}


def query_of(raw: bytes, limit: int = MOST_PARAMETERS) -> Given:
    """Names and values of a query string (or a form) in their order, decoded, in NFC. Raises Rejected (400)."""
    if not raw:
        return []
    parts = [part for part in raw.replace(b"+", b" ").split(b"&") if part]
    if len(parts) > limit:
        raise refused("too_many_parameters", limit=limit)
    pairs = (part.partition(b"=") for part in parts)
    return [(_decoded(name), _decoded(value)) for name, _, value in pairs]


def refuse_unknown(given: Given, known: Known) -> None:
    """Raises Rejected (400) with every name that is not known, stands twice, or is neither true nor false."""
    unknown = () if known.others else _unknown_parameters(given, known.names)
    problems = [*unknown, *_repeated_parameters(given, known), *_no_flag(given, known.flags)]
    if problems:
        raise Rejected(problems, status=400)


def flags(query: bytes, *names: str) -> Mapping[str, bool]:
    """The flags of a query string that may hold no other parameter; False where one is not given. Raises Rejected."""
    if not query:
        return dict.fromkeys(names, False)
    given = query_of(query)
    refuse_unknown(given, Known(names=frozenset(names), flags=frozenset(names)))
    return {name: _TRUTH[dict(given).get(name, "false")] for name in names}


def _unknown_parameters(given: Given, names: frozenset[str]) -> Iterable[Problem]:
    known_names = ", ".join(sorted(names)) or phrase("of_nothing")
    for name in dict.fromkeys(name for name, _ in given if name not in names):
        yield problem(f"/query/{texts.escaped(name)}", "parameter_unknown", name=name[:100], known=known_names)


def _repeated_parameters(given: Given, known: Known) -> Iterable[Problem]:
    names = [name for name, _ in given if name in known.names - known.lists]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield problem(f"/query/{name}", "parameter_repeated", name=name)


def _no_flag(given: Given, names: frozenset[str]) -> Iterable[Problem]:
    for name, value in given:
        if name in names and value not in _TRUTH:
            yield problem(f"/query/{name}", "parameter_not_a_flag", name=name, given=value[:40])


def _decoded(raw: bytes) -> str:
    text = unquote_to_bytes(raw) if b"%" in raw else raw
    if text.isascii() and (plain := text.decode("ascii")).isprintable():
        return plain
    return texts.decoded(text, phrase("of_address"))
