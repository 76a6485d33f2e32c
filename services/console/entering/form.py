"""A form to fill in: its fields as its schema has them, and what is typed in them as a report. Pure.

Names of fields: `nil` (ticked: there is nothing to report at all), `figure-CODE` with `none-CODE` (ticked: there is
no figure) and `taken-CODE` (it was taken over from what systems supplied), `explain-CHECK` (of a query that was
found), `narrative-PART`, `document-number`, `document-date` and those of FURTHER. A field that says nothing is a
mistake: zero is typed, and "not reported" is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lienthong.errors import Message, Problem
from lienthong.forms import people
from lienthong.refusals import phrase, problem
from services.console.entering import spelling
from services.console.words import Lang

NARRATIVE = ("results", "shortcomings", "proposals")
NUMBER, DAY, NIL = "document-number", "document-date", "nil"
FURTHER = {"agency": "document-agency", "electronicId": "document-electronic-id", "fileHash": "document-file-hash"}
"""What the document exchange knows the signed document by: member and field. Forms of before lack them."""
LONGEST_EXPLANATION = 2_000
NONE = "-"
"""What a status field holds when there is none to report, and a ticked `none-CODE`; it is no code of a status."""

FigureValue = int | Decimal | str | None
Texts = Mapping[str, str]
_PLACES = {
    "/data/signedDocument/number": NUMBER,
    "/data/signedDocument/date": DAY,
    "/data/signedDocument": NUMBER,
    "/data/nil": NIL,
    "/data/figures": NIL,
    **{f"/data/signedDocument/{member}": name for member, name in FURTHER.items()},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureField:
    """One figure to fill in. counts: whom it counts (the hint). options: of a status, code and label."""

    code: str
    label: Message
    measure: Message
    counts: Message
    kind: str
    decimals: int
    options: tuple[tuple[str, Message], ...]

    @property
    def id(self) -> str:
        return f"figure-{self.code}"

    @property
    def none(self) -> str:
        return f"none-{self.code}"

    def label_of(self, value: FigureValue) -> Message | None:
        """How a value is called: the label of a status; None for what is no status of it."""
        return dict(self.options).get(value) if isinstance(value, str) else None


def fields(schema: Mapping[str, Any]) -> tuple[FigureField, ...]:
    """The figures of a form's JSON Schema, in its order."""
    return tuple(_field(code, body) for code, body in schema["properties"]["figures"]["properties"].items())


def narrow(schema: Mapping[str, Any], codes: Sequence[str] | None) -> Mapping[str, Any]:
    """The schema with the figures that a round asks for alone; None: all of them."""
    if codes is None:
        return schema
    parts = schema["properties"]
    figures = {code: body for code, body in parts["figures"]["properties"].items() if code in codes}
    return {**schema, "properties": {**parts, "figures": {**parts["figures"], "properties": figures}}}


def names(schema: Mapping[str, Any]) -> dict[str, int]:
    """The names of all fields, each with the most characters that it takes: nothing else is kept of what is sent."""
    parts = schema["properties"]["narrative"]["properties"]
    lengths = {name: spelling.LONGEST_NUMBER * 3 for field in fields(schema) for name in (field.id, field.none)}
    lengths |= {f"narrative-{part}": int(parts[part].get("maxLength", 0)) + 1 for part in parts}
    lengths |= {explain_field(check): LONGEST_EXPLANATION + 1 for check in asking_checks(schema)}
    lengths |= {taken_field(field.code): 1 for field in fields(schema)}
    return lengths | {NUMBER: 201, DAY: 40, NIL: 1} | dict.fromkeys(further(schema).values(), 201)


def further(schema: Mapping[str, Any]) -> dict[str, str]:
    """Those of FURTHER that the form takes."""
    members = schema["properties"]["signedDocument"]["properties"]
    return {member: name for member, name in FURTHER.items() if member in members}


def asking_checks(schema: Mapping[str, Any]) -> list[str]:
    """The checks of the form that may ask something: those that begin as warnings, and the one that every form has."""
    return [*(check["code"] for check in schema["x-checks"] if check["severity"] == "warning"), people.CHECK]


def taken_field(code: str) -> str:
    """The name of the mark of a figure that was taken over from what systems supplied."""
    return f"taken-{code}"


def explain_field(check: str) -> str:
    """The name of the field in which a query is explained."""
    return f"explain-{check}"


def content_of(typed: Texts, schema: Mapping[str, Any], lang: Lang) -> tuple[dict[str, Any], list[Problem]]:
    """(figures, narrative and signed document of a report, what can't be read of them). What can't be read is None
    there, so that the hub can still be asked about the rest."""
    figures, problems = dict[str, FigureValue](), list[Problem]()
    nil = typed.get(NIL) == NONE
    for field in () if nil else fields(schema):
        figures[field.code], wrong = _figure(field, typed, lang)
        problems += [wrong] if wrong else []
    if nil and any(typed.get(field.id, "").strip() not in ("", NONE) for field in fields(schema)):
        problems.append(problem("/data/nil", "nil_and_figures"))
    day, wrong = _day(typed)
    problems += [wrong] if wrong else []
    parts = schema["properties"]["narrative"]["properties"]
    data: dict[str, Any] = {
        "figures": figures,
        "narrative": {part: typed.get(f"narrative-{part}", "").replace("\r\n", "\n").strip() for part in parts},
    }
    if nil:
        data["nil"] = True
    explanations = {
        check: typed.get(explain_field(check), "").replace("\r\n", "\n").strip() for check in asking_checks(schema)
    }
    if any(explanations.values()):
        data["explanations"] = [{"check": check, "text": text} for check, text in explanations.items() if text]
    document = _document(typed, schema, day)
    if any(document.values()):
        data["signedDocument"] = document
    return data, problems


def typed_of(content: Mapping[str, Any], schema: Mapping[str, Any], lang: Lang) -> dict[str, str]:
    """The fields filled with a report as it was accepted: where a correction begins."""
    texts: dict[str, str] = {}
    for field in () if content.get("nil") else fields(schema):
        texts |= dict(_field_texts(field, content["figures"].get(field.code), lang))
    texts |= {NIL: NONE} if content.get("nil") else {}
    texts |= {f"narrative-{part}": text for part, text in (content.get("narrative") or {}).items()}
    texts |= {
        explain_field(explanation["check"]): explanation["text"] for explanation in content.get("explanations") or ()
    }
    document = content.get("signedDocument") or {}
    day = document.get("date")
    texts |= {name: document.get(member) or "" for member, name in further(schema).items()}
    return texts | {NUMBER: document.get("number") or "", DAY: f"{date.fromisoformat(day):%d/%m/%Y}" if day else ""}


def place(pointer: str) -> str:
    """The id of the field that a problem is about; `entry` where it is about the report as a whole."""
    _, _, code = pointer.partition("/data/figures/")
    if code:
        return f"figure-{code.split('/')[0]}"
    _, _, part = pointer.partition("/data/narrative/")
    return f"narrative-{part}" if part else _PLACES.get(pointer, "entry")


def exact(value: Any) -> FigureValue:
    """A figure of an answer of the hub. Its decimals are at most eight, which a float keeps exactly as written."""
    return Decimal(str(value)) if isinstance(value, float) else value


def _field_texts(field: FigureField, value: Any, lang: Lang) -> Iterator[tuple[str, str]]:
    if value is None:
        yield (field.id, NONE) if field.options else (field.none, NONE)
    elif isinstance(value, str):
        yield field.id, value
    else:
        text = exact(value)
        yield field.id, spelling.spell(text, lang) if isinstance(text, int | Decimal) else str(text)


def _figure(field: FigureField, typed: Texts, lang: Lang) -> tuple[FigureValue, Problem | None]:
    text, at = typed.get(field.id, "").strip(), f"/data/figures/{field.code}"
    none = typed.get(field.none) == NONE or (bool(field.options) and text == NONE)
    figure = phrase("of_figure", label=field.label)
    if none:
        contradicts = bool(text) and not field.options
        return None, problem(at, "figure_and_none", what=figure) if contradicts else None
    if not text:
        return None, problem(at, "status_not_chosen" if field.options else "figure_not_answered", what=figure)
    if field.options:
        return text, None  # a code that the list lacks is refused by the form's schema
    value = spelling.number(text, lang)
    if value is not None:
        return value, None
    respelling = spelling.by_other_marks(text, lang)
    if respelling is not None:
        return None, problem(at, "figure_other_marks", what=figure, given=text, meant=respelling)
    return None, problem(at, "figure_not_a_number", what=figure, given=text)


def _document(typed: Texts, schema: Mapping[str, Any], day: date | None) -> dict[str, str | None]:
    """The signed document as typed."""
    more = {member: typed.get(name, "").strip() for member, name in further(schema).items()}
    more |= {"fileHash": spelling.file_hash(more["fileHash"])} if "fileHash" in more else {}
    number = typed.get(NUMBER, "").strip()
    return {
        "number": number or None,
        "date": None if day is None else day.isoformat(),
        **{member: text for member, text in more.items() if text},
    }


def _day(typed: Texts) -> tuple[date | None, Problem | None]:
    text = typed.get(DAY, "").strip()
    day = spelling.day(text) if text else None
    wrong = bool(text) and day is None
    return day, problem("/data/signedDocument/date", "day_not_readable", given=text) if wrong else None


def _field(code: str, body: Mapping[str, Any]) -> FigureField:
    return FigureField(
        code=code,
        label=Message(vi=body["title"], en=body["description"]),
        measure=_message(body["x-measure"]),
        counts=_message(body["x-counts"]),
        kind=body["x-kind"],
        decimals=body["x-decimals"],
        options=tuple((value["code"], _message(value["label"])) for value in body.get("x-values", ())),
    )


def _message(text: Mapping[str, str]) -> Message:
    return Message(vi=text["vi"], en=text["en"])
