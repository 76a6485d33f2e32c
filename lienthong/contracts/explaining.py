"""What a validator found, said in the sender's terms. Pure.

A validator speaks of keywords and patterns. The sender wants the field by its label, what is expected, what
was given, and where. The codes here are stable; an unexpected keyword falls back to `not_allowed`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from itertools import islice
from typing import Any

from lienthong.errors import Message, Problem
from lienthong.refusals import alike, phrase, problem

Schema = Mapping[str, Any]

CLASSIFIED = "classified_content_refused"
"""Code of the refusal of a classified submission: keep and log nothing else of it."""
LINE = "line"
"""A format of ours, of names, titles and numbers of documents: text of one line. It bars claims alone: a fact that was
accepted before the rule is read as it stands, and a validator that does not know the format takes it for a note.
"""
LINK = "link"
"""A format of ours too, read alike: a link that people may follow (addresses.is_link)."""
MOST_PROBLEMS = 50
"""Of one document; the last one says that there are more. A body of a megabyte can hold 170,000 unknown members, and a
message for each would take seconds; who has made fifty mistakes has made one mistake fifty times."""
LOG_OF_TWO = 0.30103  # digits of a number for each of its bits; a number too long to be written is told by its size
LONGEST_NAME, LONGEST_POINTER = 100, 400
"""Characters of a member's name and of a whole pointer as they are told: the names are the sender's."""


class Enough(Exception):
    """There are more problems than are told."""


class Collected:
    """The problems of one document, the first MOST_PROBLEMS of them."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def add(self, item: Problem) -> None:
        """One more. Raises Enough when there are too many: then nothing more is looked for."""
        if len(self._problems) == MOST_PROBLEMS:
            self._problems[-1] = problem("", "more_problems", limit=MOST_PROBLEMS)
            raise Enough
        self._problems.append(item)

    def extend(self, more: Iterable[Problem]) -> None:
        """Several more. Raises Enough."""
        for item in more:
            self.add(item)

    @property
    def problems(self) -> list[Problem]:
        return self._problems


@dataclass(frozen=True, kw_only=True, slots=True)
class _Fault:
    """One error of the validator: where, in which subschema, against what limit, and the value given."""

    pointer: str
    subschema: Schema
    limit: Any
    given: Any
    in_figures: bool

    @property
    def what(self) -> Message:
        """What is spoken of: by its label, else by its name."""
        title = self.subschema.get("title")
        if title is not None:
            return phrase("of_label", label=Message(vi=title, en=self.subschema.get("description", title)))
        return alike(f"“{self.pointer.rpartition('/')[2]}”") if self.pointer else phrase("of_document")


def explain(schema: Schema, instance: Any, errors: Iterable[Any], *, at: str = "") -> list[Problem]:
    """Problems for the errors of jsonschema-rs, in order of the document's schema, without repetition.

    The first MOST_PROBLEMS of them. Of a submission that says it is classified nothing is repeated, so no other
    problem is named.
    """
    if _says_classified(schema, instance):
        return [_classified(at)]
    collected, known = Collected(), set()
    try:
        for item in _problems_of(schema, instance, errors, at):
            if (item.pointer, item.code) not in known:
                known.add((item.pointer, item.code))
                collected.add(item)
    except Enough:
        pass
    return collected.problems


def _says_classified(schema: Schema, instance: Any) -> bool:
    takes = schema.get("properties", {}).get("classification", {})
    return (
        takes.get("enum") == ["public"]
        and isinstance(instance, dict)
        and instance.get("classification", "public") != "public"
    )


def _classified(at: str) -> Problem:
    return problem(
        f"{at}/classification",
        CLASSIFIED,
    )


def pointer_of(path: Iterable[str | int], at: str = "") -> str:
    """RFC 6901, below the pointer `at`. Long names and long pointers are cut, which shows by an ellipsis: each is told
    with each problem, and a name may be as long as the document."""
    whole = at + "".join("/" + _name(part) for part in islice(path, LONGEST_POINTER))
    return whole if len(whole) <= LONGEST_POINTER else whole[: LONGEST_POINTER - 1] + "…"


def named(name: str) -> str:
    """A member's name as it is told: cut, and without what no answer can hold."""
    cut = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
    return cut if cut.isprintable() else "".join(c if c.isprintable() else "·" for c in cut)


def _name(part: str | int) -> str:
    return named(part).replace("~", "~0").replace("/", "~1") if isinstance(part, str) else str(part)


def shown(value: object, longest: int = 60) -> str:
    """A value as it may stand in a message: as JSON writes it, cut when long; of a long one no more is written."""
    if isinstance(value, Decimal):
        text = str(value)
    elif isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        text = f"{'-' if value < 0 else ''}~10^{int(value.bit_length() * LOG_OF_TWO)}"
    elif isinstance(value, str):
        text = json.dumps(value[:longest], ensure_ascii=False)
    else:
        text = _beginning(value, longest)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _beginning(value: object, longest: int) -> str:
    parts: list[str] = []
    length = 0
    for part in json.JSONEncoder(ensure_ascii=False, default=str).iterencode(value):
        parts.append(part[: longest + 1])
        length += len(parts[-1])
        if length > longest:
            break
    return "".join(parts)


def _problems_of(schema: Schema, instance: Any, errors: Iterable[Any], at: str) -> Iterator[Problem]:
    for error in errors:
        yield from _problems_of_one(schema, instance, error, at)


def _problems_of_one(schema: Schema, instance: Any, error: Any, at: str) -> Iterable[Problem]:
    path, given = _found(instance, error.instance_path)
    fault = _Fault(
        pointer=pointer_of(path, at),
        subschema=_holder(schema, error.schema_path),
        limit=error.kind.value,
        given=given,
        in_figures=path == ["figures"],
    )
    if error.kind.name in ("additionalProperties", "unevaluatedProperties"):
        return (_unknown(fault, name) for name in error.kind.value)
    if error.kind.name == "propertyNames":
        return [_bad_name(fault, error.kind.value.instance)]
    return [_SAY.get(error.kind.name, _not_allowed)(fault)]


def _holder(schema: Schema, path: Sequence[str | int]) -> Schema:
    """The subschema that holds the failing keyword; {} when the path leads through a reference elsewhere."""
    place: Any = schema
    for part in path[:-1]:
        try:
            place = place[part]
        except (KeyError, IndexError, TypeError):
            return {}
    return place if isinstance(place, Mapping) else {}


def _found(instance: Any, path: Sequence[str | int]) -> tuple[list[str | int], Any]:
    """The true path, and the value there, taken from the instance: the validator hands numbers back as floats.

    jsonschema-rs 0.60 leaves empty names out of its paths and tells names of digits as numbers.
    """
    true: list[str | int] = []
    for part in path:
        while isinstance(instance, dict) and str(part) not in instance and "" in instance:
            true.append("")
            instance = instance[""]
        key = str(part) if isinstance(instance, dict) else part
        true.append(key)
        instance = instance[key]
    return true, instance


def _missing(fault: _Fault) -> Problem:
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


def _too_many_members(fault: _Fault) -> Problem:
    if fault.in_figures and fault.limit == 0:
        return problem(fault.pointer, "nil_with_figures")
    return _too_many(fault)


def _unknown(fault: _Fault, name: str) -> Problem:
    pointer = pointer_of([name], fault.pointer)
    return problem(pointer, "unknown_figure" if fault.in_figures else "unknown_field", field=named(name))


def _bad_name(fault: _Fault, name: str) -> Problem:
    return problem(
        pointer_of([name], fault.pointer),
        "wrong_format",
        what=phrase("of_field_name"),
        expected=phrase("allowed_name"),
        given=shown(name),
        field=named(name),
    )


def _wrong_type(fault: _Fault) -> Problem:
    if "integer" in fault.limit and isinstance(fault.given, Decimal) and fault.given.is_finite():
        return problem(
            fault.pointer,
            "too_many_decimals",
            what=fault.what,
            expected=phrase("whole_number"),
            given=shown(fault.given),
            decimals=0,
        )
    wanted = fault.limit if isinstance(fault.limit, list) else [fault.limit]
    wanted = sorted(wanted, key=lambda name: (name == "null", name))
    kind = reduce(lambda one, other: phrase("either", one=one, other=other), (phrase(f"type_{t}") for t in wanted))
    return problem(
        fault.pointer,
        "wrong_type",
        what=fault.what,
        kind=kind,
        given=shown(fault.given),
        expected=wanted,
    )


def _wrong_value(fault: _Fault) -> Problem:
    want, given = shown(fault.limit), shown(fault.given)
    return problem(
        fault.pointer,
        "wrong_value",
        what=fault.what,
        want=want,
        given=given,
        expected=fault.limit,
    )


def _not_in_list(fault: _Fault) -> Problem:
    want, given = ", ".join(shown(option) for option in fault.limit), shown(fault.given)
    return problem(
        fault.pointer,
        "not_in_list",
        what=fault.what,
        want=want,
        given=given,
        expected=list(fault.limit),
    )


def _out_of_range(fault: _Fault) -> Problem:
    low, high = fault.subschema.get("minimum"), fault.subschema.get("maximum")
    given = shown(fault.given)
    if low is None:
        expected = phrase("at_most", high=high)
    else:
        expected = phrase("at_least", low=low) if high is None else phrase("from_to", low=low, high=high)
    limits = {name: limit for name, limit in (("minimum", low), ("maximum", high)) if limit is not None}
    return problem(
        fault.pointer,
        "number_out_of_range",
        what=fault.what,
        expected=expected,
        given=given,
        **limits,
    )


def _too_long(fault: _Fault) -> Problem:
    length = len(fault.given)
    return problem(
        fault.pointer,
        "text_too_long",
        what=fault.what,
        length=length,
        maximum=fault.limit,
    )


def _too_short(fault: _Fault) -> Problem:
    return problem(
        fault.pointer,
        "text_too_short",
        what=fault.what,
        minimum=fault.limit,
    )


_FORMATS = {
    "date": "format_date",
    "date-time": "format_date_time",
    "uri": "format_uri",
    LINK: "format_link",
    "uri-reference": "format_uri_reference",
}


def _wrong_format(fault: _Fault) -> Problem:
    if fault.limit == LINE:
        return problem(fault.pointer, "not_one_line", what=fault.what, given=shown(fault.given))
    example = fault.subschema.get("examples", [None])[0]
    if fault.limit in _FORMATS and "format" in fault.subschema:
        expected = phrase(_FORMATS[fault.limit])
    elif example is not None:
        expected = phrase("written_like", example=shown(example))
    else:
        expected = phrase("of_pattern", pattern=alike(str(fault.limit)))
    given = shown(fault.given)
    return problem(
        fault.pointer,
        "wrong_format",
        what=fault.what,
        expected=expected,
        given=given,
        pattern=fault.limit,
    )


def _too_many(fault: _Fault) -> Problem:
    return problem(
        fault.pointer,
        "too_many_items",
        what=fault.what,
        maximum=fault.limit,
    )


def _too_few(fault: _Fault) -> Problem:
    return problem(
        fault.pointer,
        "too_few_items",
        what=fault.what,
        minimum=fault.limit,
    )


def _repeated(fault: _Fault) -> Problem:
    return problem(fault.pointer, "repeated_item", what=fault.what)


def _not_allowed(fault: _Fault) -> Problem:
    return problem(
        fault.pointer,
        "not_allowed",
        what=fault.what,
    )


_SAY: Mapping[str, Callable[[_Fault], Problem]] = {
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
