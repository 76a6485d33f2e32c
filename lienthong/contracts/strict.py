"""Reading JSON strictly: what two readers could take for different things is refused, with everything that is wrong.
Pure. What is read is written in one way only, by lienthong/contracts/canonical.py.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
import orjson

from lienthong.collector import deferring
from lienthong.contracts import texts
from lienthong.contracts.collected import Collected, Enough
from lienthong.contracts.pointers import pointer_of, printable_name
from lienthong.errors import Problem, Rejected
from lienthong.refusals import alike, phrase, problem, refused

MAX_DEPTH = 32
MAX_VALUES = 3_000
"""Of one event. A report has some hundreds; an empty list takes two bytes to send and 64 to keep."""
MAX_NUMBER_LENGTH = 24  # 10^15 with sign, point and eight decimals; longer digits cannot be a figure
MAX_EXPONENT = 20
MAX_TEXT = 100_000
"""Characters of one text; a narrative has at most 20,000. Normalising a million takes a tenth of a second in one go."""


LARGE = 256 * 1024  # bytes; what is made of fewer the collector looks through in a few milliseconds
ROUGH = 100_000  # values; to tell the commas of so many from those within texts takes as long as to read them


class _Duplicated(dict[str, Any]):
    """An object some of whose keys stood twice; kept so that the walk can name the place."""

    repeated: tuple[str, ...] = ()


class _OutOfRange(str):
    """A number whose digits no figure can have."""


def read(raw: bytes, *, values: int | None = None) -> Any:
    """The value of a JSON text, text in NFC, numbers as int or Decimal (digits as written).

    values: most values that it may hold, counted before any is made (where it is ROUGH or more, with the commas within
    texts). A byte order mark before it is skipped.

    Raises Rejected (status 400) naming every problem, the first MOST_PROBLEMS: not UTF-8, not JSON, duplicate keys,
    NaN and infinities, numbers out of range, NUL, lone surrogates, nesting over 32 levels, too many values, texts or
    heaps of marks longer than can be handled in a moment.
    """
    signs = _signs(raw)
    if values is not None and len(signs) > values and _values(signs) > values:
        if values >= ROUGH:
            raise refused("too_many_values", limit=values)
        _require_few_values(raw, values)
    if len(raw) > LARGE:
        with deferring:
            value = _read_quickly(raw, signs)
            return _read_thoroughly(raw) if value is _UNCLEAR else value
    value = _read_quickly(raw, signs)
    return _read_thoroughly(raw) if value is _UNCLEAR else value


_TELLING_NOTHING = bytes(octet for octet in range(256) if octet not in b'"\\,[{')


def _signs(text: bytes) -> bytes:
    """The signs of a text that the questions below ask about: a tenth of a report, which is asked four of them."""
    return text.translate(None, _TELLING_NOTHING)


def _values(signs: bytes) -> int:
    """No fewer than the values that a text holds, by its signs."""
    return signs.count(b",") + signs.count(b"[") + signs.count(b"{")


_SIGNS = re.compile(rb'"(?:[^"\\]++|\\.?)*+"?|[\[\]{},]', re.DOTALL)
"""A whole string, or what begins, separates or ends values."""


def _require_few_values(raw: bytes, limit: int) -> None:
    """Raises Rejected for a text that holds more values than this. Here signs within strings are told apart."""
    count = depth = 0
    for sign in _SIGNS.finditer(raw):
        octet = raw[sign.start()]
        if octet in b"[{":
            depth += 1
        elif octet in b"]}":
            depth -= 1
        if octet in b"[{,":
            count += 1
        if depth > MAX_DEPTH:
            raise Rejected([_too_deep(None)], status=400)
        if count > limit:
            raise refused("too_many_values", limit=limit)


def _read_thoroughly(raw: bytes) -> Any:
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused("not_utf8", what=phrase("of_content"), byte=error.start) from error
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise Rejected([_too_deep(None)], status=400) from error
    except ValueError as error:
        raise Rejected([_not_json(error)], status=400) from error
    return clean(value)


def clean(value: Any) -> Any:
    """A value with all text in NFC. Raises Rejected (status 400) as `read` does."""
    collected = Collected()
    try:
        cleaned = _walk(value, None, 0, collected)
    except Enough:
        cleaned = None
    if collected.problems:
        raise Rejected(collected.problems, status=400)
    return cleaned


_UNCLEAR = object()


def _read_quickly(raw: bytes, signs: bytes) -> Any:
    """The value of a text that is certainly without any fault; _UNCLEAR when `_read_thoroughly` has to look. signs: of
    the text.

    msgspec is many times as quick and hands over fractions as written, but is silent about repeated keys. They show
    when its value is written again: a repeated key has left the text with fewer quotes.
    """
    try:
        value = _QUICK.decode(raw)
        again = orjson.dumps(value, default=float)  # fails for whole numbers that are too long
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        return _UNCLEAR
    written = _signs(again)
    if _quotes(raw, signs) != _quotes(again, written) or (b"\\" in written and b"\\u0000" in again):
        return _UNCLEAR
    if signs.count(b"{") + signs.count(b"[") > MAX_DEPTH and not _shallow(value, MAX_DEPTH):
        return _UNCLEAR
    if not again.isascii() and (len(again) > MAX_TEXT or not unicodedata.is_normalized("NFC", again.decode())):
        return _UNCLEAR
    return value


def _plain_fraction(digits: str) -> Decimal:
    """A fraction that a figure may have. Raises ValueError where `_fraction` has to look."""
    if len(digits) > MAX_NUMBER_LENGTH:
        raise ValueError("too long")
    number = Decimal(digits)
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise ValueError("too large")
    return number


_QUICK = msgspec.json.Decoder(float_hook=_plain_fraction)


def _shallow(value: Any, levels: int) -> bool:
    """Whether objects and lists stand in each other no deeper than this."""
    if type(value) is dict:
        return levels > 0 and all(_shallow(item, levels - 1) for item in value.values() if type(item) in (dict, list))
    return levels > 0 and all(_shallow(item, levels - 1) for item in value if type(item) in (dict, list))


def _quotes(text: bytes, signs: bytes) -> int:
    """How many quotes open or close a string; a negative number of no use where it can't be told."""
    if b"\\" not in signs:
        return signs.count(b'"')
    return -id(text) if b"\\\\" in text else signs.count(b'"') - text.count(b'\\"')


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    body = dict(pairs)
    if len(body) == len(pairs):
        return body
    marked = _Duplicated(body)
    marked.repeated = tuple(sorted(name for name, times in Counter(name for name, _ in pairs).items() if times > 1))
    return marked


def _whole_number(digits: str) -> int | _OutOfRange:
    return int(digits) if len(digits) <= MAX_NUMBER_LENGTH else _OutOfRange(digits[:MAX_NUMBER_LENGTH] + "…")


def _fraction(digits: str) -> Decimal | _OutOfRange:
    if len(digits) > MAX_NUMBER_LENGTH:
        return _OutOfRange(digits[:MAX_NUMBER_LENGTH] + "…")
    try:
        number = Decimal(digits)
    except InvalidOperation:  # an exponent that no Decimal has
        return _OutOfRange(digits)
    # A short text may stand for a number of a billion digits (1e999999999): never expand it.
    return number if abs(number.adjusted()) <= MAX_EXPONENT else _OutOfRange(digits)


def _constant(name: str) -> _OutOfRange:
    return _OutOfRange(name)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_whole_number, parse_float=_fraction, parse_constant=_constant, strict=True
)
_Place = tuple[Any, str | int] | None
"""Where a value stands: the place of what holds it, and its name there. Pointers are made for problems alone: a long
name over many values would else be copied for each of them."""


def _walk(value: Any, place: _Place, depth: int, collected: Collected) -> Any:
    kind = type(value)
    if kind is str:
        return _clean(value, place, collected)
    if kind is dict or kind is _Duplicated:
        return _walk_object(value, place, depth, collected)
    if kind is list:
        if depth >= MAX_DEPTH:
            collected.add(_too_deep(place))
            return value
        return [_walk(item, (place, index), depth + 1, collected) for index, item in enumerate(value)]
    if kind is _OutOfRange:
        collected.add(
            problem(
                _pointer(place),
                "number_out_of_range",
                what=phrase("of_number"),
                expected=phrase("allowed_range"),
                given=str(value),
            )
        )
    return value


def _walk_object(value: dict[str, Any], place: _Place, depth: int, collected: Collected) -> dict[str, Any]:
    if depth >= MAX_DEPTH:
        collected.add(_too_deep(place))
        return value
    if type(value) is _Duplicated:
        for name in value.repeated:
            collected.add(_repeated_key((place, name), name))
    clean: dict[str, Any] = {}
    for name, item in value.items():
        here = (place, name)
        key = name if name.isascii() and "\x00" not in name else _clean(name, here, collected)
        if key in clean:
            collected.add(_repeated_key(here, key))
        kind = type(item)
        if kind is int or item is None:  # most members of a report; no call for them
            clean[key] = item
        else:
            clean[key] = _walk(item, here, depth + 1, collected)
    return clean


def _clean(text: str, place: _Place, collected: Collected) -> str:
    if "\x00" in text:
        collected.add(problem(_pointer(place), "nul_character", what=phrase("of_text")))
    if len(text) > MAX_TEXT:
        params = {"length": len(text), "maximum": MAX_TEXT}
        collected.add(problem(_pointer(place), "text_too_long", what=phrase("of_text"), **params))
        return text
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        collected.add(problem(_pointer(place), "lone_surrogate"))
        return text
    if unicodedata.is_normalized("NFC", text):
        return text
    if texts.has_heaped_marks(text):
        collected.add(problem(_pointer(place), "too_many_marks", what=phrase("of_text"), limit=texts.MAX_MARKS))
        return text
    return unicodedata.normalize("NFC", text)


def _pointer(place: _Place) -> str:
    path: list[str | int] = []
    while place is not None:
        place, name = place
        path.append(name)
    return pointer_of(reversed(path))


def _repeated_key(place: _Place, name: str) -> Problem:
    return problem(_pointer(place), "duplicate_key", shown=printable_name(name))


def _too_deep(place: _Place) -> Problem:
    return problem(_pointer(place), "too_deep", limit=MAX_DEPTH)


def _not_json(error: ValueError) -> Problem:
    if not isinstance(error, json.JSONDecodeError):
        return problem("", "not_json", where=alike(""))
    return problem("", "not_json", where=phrase("at_sign", line=error.lineno, column=error.colno))
