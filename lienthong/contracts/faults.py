"""What is said of an error of the validator, keyword by keyword, in the sender's terms. Pure.

A validator speaks of keywords and patterns. The sender wants the field by its label, what is expected, what was given,
and where. The codes here are stable; an unexpected keyword falls back to `not_allowed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, reduce
from typing import Any

from lienthong.contracts import texts
from lienthong.contracts.formats import LINE, LINK
from lienthong.contracts.pointers import pointer_of, printable_name, printable_value
from lienthong.errors import Message, Problem
from lienthong.refusals import alike, phrase, problem

Schema = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaFault:
    """One error of the validator: where, in which subschema, against what limit, and the value given."""

    pointer: str
    subschema: Schema
    limit: Any
    given: Any
    in_figures: bool
    """Whether it is the report's figures themselves that are at fault."""

    @property
    def what(self) -> Message:
        """What is spoken of: by its label, else by its name."""
        title = self.subschema.get("title")
        if title is not None:
            return phrase("of_label", label=Message(vi=title, en=self.subschema.get("description", title)))
        return alike(f"“{self.pointer.rpartition('/')[2]}”") if self.pointer else phrase("of_document")


def problems_of(fault: SchemaFault, keyword: str) -> Iterable[Problem]:
    """What the sender is told of it. keyword: as jsonschema-rs names it; of members that are not known, one each."""
    if keyword in ("additionalProperties", "unevaluatedProperties"):
        return (_unknown(fault, name) for name in fault.limit)
    if keyword == "propertyNames":
        return [_bad_name(fault, fault.limit.instance)]
    return [_SAY.get(keyword, _not_allowed)(fault)]


def _missing(fault: SchemaFault) -> Problem:
    name = str(fault.limit)
    field = fault.subschema.get("properties", {}).get(name, {})
    vi, en = field.get("title", name), field.get("description", field.get("title", name))
    pointer = pointer_of([name], fault.pointer)
    if fault.in_figures:
        return problem(
            pointer,
            "missing_figure",
            what=Message(vi=vi, en=en),
            field=name,
        )
    return problem(pointer, "missing_field", what=Message(vi=vi, en=en), field=name)


def _too_many_members(fault: SchemaFault) -> Problem:
    if fault.in_figures and fault.limit == 0:
        return problem(fault.pointer, "nil_with_figures")
    return _too_many(fault)


def _unknown(fault: SchemaFault, name: str) -> Problem:
    return _unknown_at(fault.pointer, printable_name(name), "unknown_figure" if fault.in_figures else "unknown_field")


@lru_cache(maxsize=1024)  # a system that takes another form sends the same fifty names with each event of a batch
def _unknown_at(at: str, name: str, code: str) -> Problem:
    return problem(pointer_of([name], at), code, field=name)


def _bad_name(fault: SchemaFault, name: str) -> Problem:
    return problem(
        pointer_of([name], fault.pointer),
        "wrong_format",
        what=phrase("of_field_name"),
        expected=phrase("allowed_name"),
        given=printable_value(name),
        field=printable_name(name),
    )


def _wrong_type(fault: SchemaFault) -> Problem:
    if "integer" in fault.limit and isinstance(fault.given, Decimal) and fault.given.is_finite():
        return problem(
            fault.pointer,
            "too_many_decimals",
            what=fault.what,
            expected=phrase("whole_number"),
            given=printable_value(fault.given),
            decimals=0,
        )
    wanted = fault.limit if isinstance(fault.limit, list) else [fault.limit]
    wanted = sorted(wanted, key=lambda name: (name == "null", name))
    kind = reduce(
        lambda before, other: phrase("either", one=before, other=other), (phrase(f"type_{t}") for t in wanted)
    )
    return problem(
        fault.pointer,
        "wrong_type",
        what=fault.what,
        kind=kind,
        given=printable_value(fault.given),
        expected=wanted,
    )


def _wrong_value(fault: SchemaFault) -> Problem:
    want, given = printable_value(fault.limit), printable_value(fault.given)
    return problem(
        fault.pointer,
        "wrong_value",
        what=fault.what,
        want=want,
        given=given,
        expected=fault.limit,
    )


def _not_in_list(fault: SchemaFault) -> Problem:
    want, given = ", ".join(printable_value(option) for option in fault.limit), printable_value(fault.given)
    return problem(
        fault.pointer,
        "not_in_list",
        what=fault.what,
        want=want,
        given=given,
        expected=list(fault.limit),
    )


def _out_of_range(fault: SchemaFault) -> Problem:
    low, high = fault.subschema.get("minimum"), fault.subschema.get("maximum")
    given = printable_value(fault.given)
    expected = _range(low, high, negative=fault.given < 0)
    limits = {name: limit for name, limit in (("minimum", low), ("maximum", high)) if limit is not None}
    return problem(
        fault.pointer,
        "number_out_of_range",
        what=fault.what,
        expected=expected,
        given=given,
        **limits,
    )


def _range(low: Any, high: Any, *, negative: bool) -> Message:
    if low == 0 and negative:
        return phrase("not_negative")
    if low is None:
        return phrase("at_most", high=high)
    return phrase("at_least", low=low) if high is None else phrase("from_to", low=low, high=high)


def _too_long(fault: SchemaFault) -> Problem:
    length = len(fault.given)
    return problem(
        fault.pointer,
        "text_too_long",
        what=fault.what,
        length=length,
        maximum=fault.limit,
    )


def _too_short(fault: SchemaFault) -> Problem:
    return problem(
        fault.pointer,
        "text_too_short",
        what=fault.what,
        minimum=fault.limit,
    )


HASH = "^sha256:[0-9a-f]{64}$"
"""The pattern of a hash wherever a contract has one: nobody reads patterns."""
_FORMATS = {
    "date": "format_date",
    "date-time": "format_date_time",
    "uri": "format_uri",
    LINK: "format_link",
    "uri-reference": "format_uri_reference",
}


def _wrong_format(fault: SchemaFault) -> Problem:
    if fault.limit == LINE:
        return problem(fault.pointer, "not_one_line", what=fault.what, given=printable_value(fault.given))
    example = fault.subschema.get("examples", [None])[0]
    if fault.limit == texts.YEARS:
        expected = phrase("of_our_times", earliest=texts.EARLIEST, latest=texts.LATEST)
    elif fault.limit in _FORMATS and "format" in fault.subschema:
        expected = phrase(_FORMATS[fault.limit])
    elif example is not None:
        expected = phrase("written_like", example=printable_value(example))
    elif fault.limit == HASH:
        expected = phrase("format_hash")
    else:
        expected = phrase("of_pattern", pattern=alike(str(fault.limit)))
    given = printable_value(fault.given)
    return problem(
        fault.pointer,
        "wrong_format",
        what=fault.what,
        expected=expected,
        given=given,
        pattern=fault.limit,
    )


def _too_many(fault: SchemaFault) -> Problem:
    return problem(
        fault.pointer,
        "too_many_items",
        what=fault.what,
        maximum=fault.limit,
    )


def _too_few(fault: SchemaFault) -> Problem:
    return problem(
        fault.pointer,
        "too_few_items",
        what=fault.what,
        minimum=fault.limit,
    )


def _repeated(fault: SchemaFault) -> Problem:
    return problem(fault.pointer, "repeated_item", what=fault.what)


def _not_allowed(fault: SchemaFault) -> Problem:
    return problem(
        fault.pointer,
        "not_allowed",
        what=fault.what,
    )


_SAY: Mapping[str, Callable[[SchemaFault], Problem]] = {
    "required": _missing,
    "type": _wrong_type,
    "const": _wrong_value,
    "enum": _not_in_list,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
    "exclusiveMinimum": _out_of_range,
    "exclusiveMaximum": _out_of_range,
    "maxLength": _too_long,
    "minLength": _too_short,
    "pattern": _wrong_format,
    "format": _wrong_format,
    "maxItems": _too_many,
    "minItems": _too_few,
    "maxProperties": _too_many_members,
    "minProperties": _too_few,
    "uniqueItems": _repeated,
}
