"""What CloudEvents 1.0 asks of an event's attributes, whichever way they came. Pure.

Three things are ours and not the specification's: the lengths, because ids and sources are remembered for ever; that
the data are JSON within `data`; and that only some types are taken. A null attribute is one that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any, Final

import jsonschema_rs

from lienthong.contracts.collected import Collected, Enough
from lienthong.contracts.explaining import CLASSIFIED
from lienthong.contracts.pointers import pointer_of, printable_name, printable_value
from lienthong.errors import Problem
from lienthong.refusals import phrase, problem

TakenTypes = Collection[str]
"""The event types that are taken, in the order in which a refusal lists them."""

REQUIRED: Final = ("specversion", "id", "source", "type")
LONGEST: Final = {
    "id": 200,  # enough for a URI or a UUID with a prefix
    "source": 200,
    "type": 100,
    "subject": 200,
    "dataschema": 300,
    "datacontenttype": 100,
    "time": 60,
    "correlationid": 200,
    "causationid": 200,
    "traceparent": 60,
}
"""Characters; other extensions may have 1,000."""

MARKING: Final = "classification"
"""The extension by which a sender marks how secret an event is; the member of its data is called so too."""
OPEN: Final = "public"
"""The one marking that is taken."""

_LONGEST_EXTENSION, _LONGEST_NAME = 1000, 100
_NAME = re.compile(r"[a-z0-9]+")
# CloudEvents 1.0.2, type system, String: these characters are not allowed.
_BARRED = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
    + "]"
)
# RFC 2045 §5.1, for a media type of JSON (RFC 6839 §3.1).
_TOKEN = r"[A-Za-z0-9!#$&^_.+\-]+"
_JSON_TYPE = re.compile(
    rf"{_TOKEN}/(?:json|{_TOKEN}\+json)(?:[ \t]*;[ \t]*{_TOKEN}=(?:{_TOKEN}|\"[^\"\\\r\n]*\"))*", re.IGNORECASE
)


def problems_of(event: Mapping[str, Any], taken: TakenTypes) -> list[Problem]:
    """Everything that is wrong with the attributes; `data` has only to be there."""
    collected = Collected()
    try:
        for name in REQUIRED:
            if event.get(name) is None:
                collected.add(problem(f"/{name}", "attribute_missing", name=name))
        if "data" not in event:
            collected.add(problem("/data", "attribute_missing", name="data"))
        for name, value in event.items():
            if value is not None and name != "data":
                wrong = _RULES.get(name, _extension)(name, value, taken)
                if wrong is not None:
                    collected.add(wrong)
    except Enough:
        pass
    return collected.problems


def says_classified(event: Mapping[str, Any]) -> bool:
    """Whether an event is marked as more secret than the hub may take, by whatever mark it is."""
    return event.get(MARKING) is not None and event[MARKING] != OPEN


def classified() -> Problem:
    """The one thing that is said of such an event."""
    return problem(f"/{MARKING}", CLASSIFIED)


def is_json(media: str) -> bool:
    """Whether a media type, with whatever parameters, says that the data are JSON."""
    return _JSON_TYPE.fullmatch(media.strip()) is not None


def _text(name: str, value: Any, _: TakenTypes) -> Problem | None:
    """A non-empty text of the characters that CloudEvents allows."""
    limit = LONGEST.get(name, _LONGEST_EXTENSION)
    if not isinstance(value, str) or not 0 < len(value) <= limit:
        return problem(f"/{name}", "attribute_invalid", name=name, limit=limit)
    if value.isascii() and value.isprintable():
        return None
    barred = _BARRED.search(value)
    if barred is None:
        return None
    what = phrase("of_attribute", name=name)
    return problem(f"/{name}", "control_character", what=what, sign=f"U+{ord(barred[0]):04X}")


def _specversion(name: str, value: Any, _: TakenTypes) -> Problem | None:
    return None if value == "1.0" and isinstance(value, str) else problem("/specversion", "specversion_unknown")


def _type(name: str, value: Any, taken: TakenTypes) -> Problem | None:
    if isinstance(value, str) and value in taken:
        return None
    return _text(name, value, taken) or problem("/type", "type_unknown", kind=value[:100], known=list(taken))


def _source(name: str, value: Any, taken: TakenTypes) -> Problem | None:
    wrong = _text(name, value, taken)
    if wrong is None and not _has_format(value, "uri-reference"):
        wrong = problem("/source", "source_not_uri", given=printable_value(value))
    return wrong


def _dataschema(name: str, value: Any, taken: TakenTypes) -> Problem | None:
    wrong = _text(name, value, taken)
    if wrong is None and not _has_format(value, "uri"):
        wrong = problem("/dataschema", "dataschema_not_uri", given=printable_value(value))
    return wrong


def _time(name: str, value: Any, taken: TakenTypes) -> Problem | None:
    wrong = _text(name, value, taken)
    if wrong is None and not _has_format(value, "date-time"):
        wrong = problem("/time", "time_not_rfc3339", given=printable_value(value))
    return wrong


def _has_format(text: str, name: str) -> bool:
    """Whether a text has one of JSON Schema's formats: RFC 3339 for `date-time`, RFC 3986 for the others."""
    return bool(_format(name).is_valid(text))


@cache
def _format(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)


def _datacontenttype(name: str, value: Any, taken: TakenTypes) -> Problem | None:
    wrong = _text(name, value, taken)
    if wrong is None and not is_json(value):
        wrong = problem("/datacontenttype", "data_not_json")
    return wrong


def _data_base64(name: str, value: Any, _: TakenTypes) -> Problem | None:
    return problem("/data_base64", "data_base64_not_supported")


def _extension(name: str, value: Any, taken: TakenTypes) -> Problem | None:
    """A name of small letters and digits; text, true or false, or a whole number of 32 bits."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        return problem(pointer_of([name]), "attribute_name_invalid", name=printable_name(name))
    if isinstance(value, str):
        return _text(name, value, taken) if value else None
    if isinstance(value, bool) or (isinstance(value, int) and -(2**31) <= value < 2**31):
        return None
    return problem(f"/{name}", "extension_invalid", name=name, given=printable_value(value))


_RULES: Final[Mapping[str, Callable[[str, Any, TakenTypes], Problem | None]]] = {
    "specversion": _specversion,
    "id": _text,
    "source": _source,
    "type": _type,
    "subject": _text,
    "time": _time,
    "dataschema": _dataschema,
    "datacontenttype": _datacontenttype,
    "data_base64": _data_base64,
    "correlationid": _text,
    "causationid": _text,
    "traceparent": _text,
}
