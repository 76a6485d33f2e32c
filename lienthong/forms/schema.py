"""The JSON Schema of a form: derived from the plan's figures, and read back. Pure; no I/O.

A schema describes the `data` member of a `report.submitted` event. It is closed (an unknown member is
refused), every figure is required, and null means “chưa có số liệu” (not reported), which is not zero. All
that a form says (kinds, decimals, checks, renames) stands in the schema as `x-` annotations, so that an older
version known only as a committed schema can be read back with `form_of`.

Two things that a report must satisfy are not in the schema: the number of decimals (`multipleOf` works on
binary floats in many validators and refuses 0.07) and the checks between figures. See form_values.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from lienthong.contracts import texts
from lienthong.errors import Message
from lienthong.programmes import Check, Figure, Form, Official, Plan, Rename, StatusValue

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LARGEST_SCALED = 10**15
"""|value · 10**decimals| of a figure: 3,400 units of that size sum to 3.4·10^18; a bigint holds 9.2·10^18."""
LARGEST_REVISION = 1_000_000
EXPLANATIONS, ASSEMBLED = "explanations", "assembledFrom"
_OF_EVERY_FORM = frozenset({EXPLANATIONS, ASSEMBLED})
LONGEST_NARRATIVE = 10_000
"""Characters in each part of the narrative: about four printed pages."""

UNIT_PATTERN = r"^[0-9A-Z][0-9A-Za-z.-]{0,31}$"
PERIOD_PATTERN = r"[0-9]{4}(-(H[12]|Q[1-4]|0[1-9]|1[0-2]|(DX|SK|TK)[1-9][0-9]{0,2}))?$"

_NARRATIVE = (
    ("results", "Kết quả thực hiện", "Results"),
    ("shortcomings", "Tồn tại, hạn chế", "Shortcomings"),
    ("proposals", "Đề xuất, kiến nghị", "Proposals"),
)


def form_id(form: str, version: str) -> str:
    """The `$id` of a form's schema: an opaque name, never fetched."""
    return f"https://lienthong.vn/forms/{form}/{version}"


def derive(plan: Plan, form: Form) -> Schema:
    """The closed JSON Schema (2020-12) of the data of a report on this form.

    It depends on the form and the plan's code alone: a plan that words its title anew keeps its forms.
    """
    properties = _head(plan, form) | {
        "figures": _figures(form),
        "narrative": _narrative(),
        "signedDocument": _signed_document(),
        "classification": _titled("Độ mật (chỉ nhận “public”)", "Classification (only “public”)", enum=["public"]),
    }
    return {
        "$schema": DIALECT,
        "$id": form_id(form.code, form.version),
        **_titled(f"Báo cáo theo biểu mẫu {form.code}", f"Report on form {form.code}"),
        "x-form": form.code,
        "x-version": form.version,
        "x-reporters": form.reporters,
        "x-checks": [_check_document(check) for check in form.checks],
        "x-renames": [{"old": r.old, "new": r.new, "since": r.since} for r in form.renames],
        **({} if form.official is None else {"x-official": form.official.body}),
        "type": "object",
        "additionalProperties": False,
        "required": ["round", "form", "formVersion", "unit", "revision", "figures", "narrative"],
        "properties": properties,
    }


def of_form(data: Any) -> Any:
    """What of a report's data its form's schema is about. Explanations of queries, and what it was assembled from,
    belong to every report, whatever its form, as a nil report does: `report.submitted` says what they look like.
    """
    if not isinstance(data, Mapping) or _OF_EVERY_FORM.isdisjoint(data):
        return data
    return {name: value for name, value in data.items() if name not in _OF_EVERY_FORM}


def form_of(schema: Mapping[str, Any]) -> Form:
    """The form that `derive` made this schema from. Raises KeyError when it isn't such a schema."""
    figures = schema["properties"]["figures"]["properties"]
    return Form(
        code=schema["x-form"],
        reporters=schema["x-reporters"],
        version=schema["x-version"],
        figures=tuple(_figure_of(code, body) for code, body in figures.items()),
        checks=tuple(_check_of(body) for body in schema["x-checks"]),
        renames=tuple(Rename(old=r["old"], new=r["new"], since=r["since"]) for r in schema["x-renames"]),
        official=Official.read(schema.get("x-official")),
    )


def canonical_bytes(document: Mapping[str, Any]) -> bytes:
    """The bytes of a committed file: same document, same bytes. Member order is that of the document."""
    return (json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def largest(figure: Figure) -> int:
    """The highest value of a number figure, in its own measure: 10^15 units of its last digit."""
    return LARGEST_SCALED // int(10**figure.decimals)


def _head(plan: Plan, form: Form) -> Schema:
    round_pattern = "^" + plan.code.replace(".", r"\.") + r"\." + PERIOD_PATTERN
    return {
        "round": _titled(
            "Kỳ báo cáo",
            "Reporting round",
            type="string",
            maxLength=64,
            pattern=round_pattern,
            examples=[f"{plan.code}.2026"],
        ),
        "form": _titled("Biểu mẫu", "Form", const=form.code),
        "formVersion": _titled("Phiên bản biểu mẫu", "Form version", const=form.version),
        "unit": _titled("Mã đơn vị báo cáo", "Code of the reporting unit", type="string", pattern=UNIT_PATTERN),
        "revision": _titled(
            "Lần báo cáo (lần đầu là 1, đính chính tăng dần)",
            "Revision number (first 1, corrections count up)",
            type="integer",
            minimum=1,
            maximum=LARGEST_REVISION,
        ),
    }


def _figures(form: Form) -> Schema:
    return _titled(
        "Số liệu (null: chưa có số liệu)",
        "Figures (null: not reported)",
        type="object",
        additionalProperties=False,
        required=list(form.codes),
        properties={figure.code: _figure_schema(figure) for figure in form.figures},
    )


def _figure_schema(figure: Figure) -> Schema:
    schema = _titled(figure.label.vi, figure.label.en)
    if figure.is_status:
        schema["enum"] = [*(value.code for value in figure.values), None]
    else:
        schema |= {
            "type": ["integer" if figure.decimals == 0 else "number", "null"],
            "minimum": 0,
            "maximum": largest(figure),
        }
    return schema | _annotations(figure)


def _annotations(figure: Figure) -> Schema:
    annotations: Schema = {
        "x-kind": figure.kind,
        "x-decimals": figure.decimals,
        "x-measure": _both_languages(figure.measure),
        "x-counts": _both_languages(figure.counts),
        "x-reported-by": figure.reported_by,
    }
    if figure.since is not None:
        annotations["x-since"] = figure.since.isoformat()
    if figure.values:
        annotations["x-values"] = [{"code": v.code, "label": _both_languages(v.label)} for v in figure.values]
    if figure.assumption is not None:
        annotations["x-assumption"] = _both_languages(figure.assumption)
    if figure.official is not None:
        annotations["x-official"] = figure.official.body
    optional = {"x-quote": figure.quote, "x-quote-restored": figure.restored}
    return annotations | {name: text for name, text in optional.items() if text is not None}


def _narrative() -> Schema:
    parts = {name: _titled(vi, en, type="string", maxLength=LONGEST_NARRATIVE) for name, vi, en in _NARRATIVE}
    return _titled(
        "Thuyết minh", "Narrative", type="object", additionalProperties=False, required=list(parts), properties=parts
    )


def _signed_document() -> Schema:
    # Number and date may be null: four of the five source documents carry a blank number (D-10).
    parts = {
        "number": _titled("Số, ký hiệu văn bản", "Document number", type=["string", "null"], maxLength=100),
        "date": _titled(
            "Ngày ký (năm-tháng-ngày)",
            "Date signed (year-month-day)",
            type=["string", "null"],
            format="date",
            pattern=texts.YEARS,
            examples=["2026-10-15"],
        ),
    }
    further = {
        "agency": _titled("Cơ quan ký", "Agency that signed", type=["string", "null"], maxLength=200),
        "electronicId": _titled(
            "Mã định danh văn bản điện tử (edXML)",
            "Id of the electronic document (edXML)",
            type=["string", "null"],
            maxLength=200,
        ),
        "fileHash": _titled(
            "Mã băm của tệp văn bản (sha256)",
            "Hash of the document's file (sha256)",
            type=["string", "null"],
            pattern="^sha256:[0-9a-f]{64}$",
        ),
    }
    return _titled(
        "Văn bản đã ký",
        "Signed document",
        type=["object", "null"],
        additionalProperties=False,
        required=list(parts),
        properties=parts | further,
    )


def same_form(earlier: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    """Whether two schemas are of the same form, however they word it: an update of the hub that makes its schemas in
    another way must not stop it over forms that were published before.
    """
    return earlier == schema or ("x-form" in earlier and "x-form" in schema and form_of(earlier) == form_of(schema))


def _titled(vi: str, en: str, **rest: Any) -> Schema:
    """A schema with its label: `title` is the Vietnamese, `description` the English."""
    return {"title": vi, "description": en, **rest}


def _both_languages(message: Message) -> dict[str, str]:
    return {"vi": message.vi, "en": message.en}


def _message(body: Mapping[str, str]) -> Message:
    return Message(vi=body["vi"], en=body["en"])


def _check_document(check: Check) -> Schema:
    document: Schema = {
        "code": check.code,
        "severity": check.severity,
        "kind": check.kind,
        "left": check.left,
        "right": list(check.right),
        "message": _both_languages(check.message),
    }
    if check.percent is not None:
        document["percent"] = str(check.percent)
    if check.error_from is not None:
        document["errorFrom"] = check.error_from.isoformat()
    return document


def _check_of(body: Mapping[str, Any]) -> Check:
    return Check(
        code=body["code"],
        severity=body["severity"],
        kind=body["kind"],
        left=body["left"],
        right=tuple(body["right"]),
        message=_message(body["message"]),
        percent=Decimal(body["percent"]) if "percent" in body else None,
        error_from=date.fromisoformat(body["errorFrom"]) if "errorFrom" in body else None,
    )


def _figure_of(code: str, body: Mapping[str, Any]) -> Figure:
    return Figure(
        code=code,
        label=Message(vi=body["title"], en=body["description"]),
        measure=_message(body["x-measure"]),
        decimals=body["x-decimals"],
        kind=body["x-kind"],
        counts=_message(body["x-counts"]),
        reported_by=body["x-reported-by"],
        since=date.fromisoformat(body["x-since"]) if "x-since" in body else None,
        values=tuple(StatusValue(code=v["code"], label=_message(v["label"])) for v in body.get("x-values", ())),
        quote=body.get("x-quote"),
        restored=body.get("x-quote-restored"),
        assumption=_message(body["x-assumption"]) if "x-assumption" in body else None,
        official=Official.read(body.get("x-official")),
    )
