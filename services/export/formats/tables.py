"""A released dataset as tables, for people and spreadsheets: the same rows for CSV, NDJSON and XLSX. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lienthong.indicators import verdicts
from lienthong.indicators.arithmetic import vietnamese
from lienthong.releases import Dataset
from lienthong.releases.figures import FigureTold, IndicatorTold, Observation, TargetTold
from lienthong.releases.round import Document
from lienthong.units.levels import LEVELS
from services.export.formats.cells import STATES, Cell, Table, day, decimal, moment, names, status_label, statuses
from services.export.formats.changed import changes
from services.export.formats.offices import computed_figures, difficulties, tasks

OPERATORS = {"at_least": "tối thiểu", "at_most": "tối đa", "equal": "bằng", "range": "từ … đến", "status": "đạt mức"}
SAMPLE = "DỮ LIỆU MẪU"
OFFICIAL = "Mã theo danh mục chung"


def figures(dataset: Dataset) -> Table:
    """One row for each unit and figure: value, and what it means that there is none."""
    units = names(dataset)
    described = {(figure["form"], figure["code"]): figure for figure in dataset["figures"]}
    rows = []
    for observation in dataset["observations"]:
        figure = described[observation["form"], observation["figure"]]
        rows.append(
            (
                observation["unit"],
                units.get(observation["unit"]),
                observation["form"],
                observation["figure"],
                figure["label"]["vi"],
                figure["measure"]["vi"],
                _value(observation, figure),
                STATES[observation["state"]],
                "có" if observation["counted"] else "không",
            )
        )
    return Table(
        title="Số liệu",
        columns={
            "unit": "Mã đơn vị",
            "unit_name": "Đơn vị",
            "form": "Biểu mẫu",
            "figure": "Mã số liệu",
            "label": "Số liệu",
            "measure": "Đơn vị tính",
            "value": "Giá trị",
            "state": "Tình trạng",
            "counted": "Tính vào tổng hợp",
        },
        rows=tuple(rows),
    )


def totals(dataset: Dataset) -> Table:
    """One row for each figure: the sum over the units that gave it."""
    rows = tuple(
        (
            figure["form"],
            figure["code"],
            figure["label"]["vi"],
            figure["measure"]["vi"],
            decimal(figure["sum"]),
            figure["given"],
            figure["obliged"],
            statuses(figure),
            _official(figure),
        )
        for figure in dataset["figures"]
    )
    return Table(
        title="Tổng số liệu",
        columns={
            "form": "Biểu mẫu",
            "figure": "Mã số liệu",
            "label": "Số liệu",
            "measure": "Đơn vị tính",
            "sum": "Tổng",
            "given": "Số đơn vị có số liệu",
            "obliged": "Số đơn vị phải báo cáo",
            "statuses": "Phân bố trạng thái",
            "official": OFFICIAL,
        },
        rows=rows,
    )


def indicators(dataset: Dataset) -> Table:
    """One row for each indicator and target; indicators without a target have one row."""
    rows = [
        (
            indicator["code"],
            indicator["title"]["vi"],
            LEVELS[indicator["level"]].word.vi,
            decimal(indicator["value"]) if indicator["value"] is not None else _status(indicator),
            indicator["measure"]["vi"],
            verdicts.ASSESSMENTS[indicator["assessment"]].vi,
            *_target(target),
            indicator["reported"],
            indicator["obliged"],
            indicator["arithmetic"],
            _reasons(indicator, target),
            _official(indicator),
        )
        for indicator in dataset["indicators"]
        for target in (indicator["targets"] or (None,))
    ]
    return Table(
        title="Chỉ tiêu",
        columns={
            "indicator": "Mã chỉ tiêu",
            "title": "Chỉ tiêu",
            "level": "Cấp",
            "value": "Giá trị",
            "measure": "Đơn vị tính",
            "assessment": "Đánh giá",
            "target": "Mục tiêu",
            "target_year": "Năm mục tiêu",
            "target_status": "Tình trạng mục tiêu",
            "gap": "Còn thiếu so với mục tiêu",
            "reported": "Đã báo cáo",
            "obliged": "Số đơn vị phải báo cáo",
            "arithmetic": "Cách tính",
            "reasons": "Lý do",
            "official": OFFICIAL,
        },
        rows=tuple(rows),
    )


def missing_units(dataset: Dataset) -> Table:
    """The obliged units that have not reported, by form."""
    units = names(dataset)
    rows = tuple((unit, units.get(unit), form["form"]) for form in dataset["completeness"] for unit in form["missing"])
    return Table(
        title="Đơn vị chưa báo cáo",
        columns={"unit": "Mã đơn vị", "unit_name": "Đơn vị", "form": "Biểu mẫu"},
        rows=rows,
    )


def sources(dataset: Dataset) -> Table:
    """The report revisions that the figures were made of."""
    units = names(dataset)
    rows = tuple(
        (
            provenance["unit"],
            units.get(provenance["unit"]),
            provenance["form"],
            provenance["revision"],
            moment(provenance.get("firstReceivedAt")),
            moment(provenance["receivedAt"]),
            "có" if provenance["late"] else "không",
            provenance["position"],
            provenance["contentHash"],
            *_document_cells(provenance.get("signedDocument")),
        )
        for provenance in dataset["provenance"]
    )
    return Table(
        title="Nguồn",
        columns={
            "unit": "Mã đơn vị",
            "unit_name": "Đơn vị",
            "form": "Biểu mẫu",
            "revision": "Lần báo cáo",
            "first_received_at": "Tiếp nhận lần đầu",
            "received_at": "Tiếp nhận lúc",
            "late": "Quá hạn",
            "position": "Vị trí",
            "content_hash": "Mã băm nội dung",
            "signed_document": "Văn bản đã ký",
            "signed_agency": _DOCUMENT["agency"],
            "electronic_id": _DOCUMENT["electronicId"],
            "file_hash": _DOCUMENT["fileHash"],
        },
        rows=rows,
    )


def _document_cells(document: Document | None) -> tuple[str, ...]:
    """Number and day of a signed document, then what else is known of it."""
    if document is None:
        return ("",) * (len(_DOCUMENT) + 1)
    reference = " ngày ".join(filter(None, (document.get("number"), day(document.get("date")))))
    return reference, *(str(document.get(name) or "") for name in _DOCUMENT)


_DOCUMENT = {
    "agency": "Cơ quan ký",
    "electronicId": "Mã định danh văn bản điện tử",
    "fileHash": "Mã băm tệp văn bản",
}


def overview(dataset: Dataset) -> Table:
    """What release it is, in pairs, and its completeness by form."""
    issuer, period, signed = dataset["issuer"], dataset["period"], dataset["signedOff"]
    document: Document = signed["document"] or {"number": None, "date": None}
    pairs: list[tuple[Cell, ...]] = [
        ("Bản phát hành", dataset["release"]),
        ("Thay thế bản", dataset["supersedes"] or "(không)"),
        ("Chương trình", f"{dataset['programme']['code']} – {dataset['programme']['title']['vi']}"),
        ("Kế hoạch", f"{dataset['plan']['code']} – {dataset['plan']['title']['vi']}"),
        ("Đơn vị phát hành", f"{issuer['code']} – {issuer['name'] or ''}".rstrip(" –")),
        ("Kỳ báo cáo", f"{period['code']} (từ {day(period['first'])} đến {day(period['last'])})"),
        ("Thời điểm ký phát hành", moment(signed["at"])),
        ("Văn bản", " ngày ".join(filter(None, (document.get("number"), day(document.get("date")))))),
    ]
    pairs += [(title, document[name]) for name, title in _DOCUMENT.items() if document.get(name)]  # type: ignore[literal-required]
    if signed.get("note"):
        pairs.append(("Ghi chú", signed["note"]))
    for form in dataset["completeness"]:
        pairs += [
            (f"{title} {form['form']}", f"{code['code']} ({code['list']})")
            for title, code in (("Mã biểu mẫu", form.get("official")), ("Mã chế độ báo cáo", form.get("regime")))
            if code is not None
        ]
        pairs.append(
            (
                f"Mức độ đầy đủ {form['form']}",
                f"{form['reported']}/{form['obliged']} đơn vị đã báo cáo, {form['late']} quá hạn",
            )
        )
    pairs += [("Giả định", assumption["vi"]) for assumption in dataset["assumptions"]]
    return Table(title="Tổng quan", columns={"name": "Nội dung", "value": "Giá trị"}, rows=tuple(pairs))


BY_NAME = {
    "figures": figures,
    "totals": totals,
    "indicators": indicators,
    "missing": missing_units,
    "sources": sources,
    "changes": changes,
    "difficulties": difficulties,
    "tasks": tasks,
    "computed": computed_figures,
}
"""Tables that can be asked for as CSV."""


def records(dataset: Dataset) -> Iterator[dict[str, Any]]:
    """The dataset in pieces for NDJSON: a head, then one record for each part, each naming its kind."""
    parts = ("duties", "completeness", "units", "figures", "indicators", "observations", "provenance")
    members: Mapping[str, Any] = dataset
    head = {name: value for name, value in members.items() if name not in parts}
    yield {"record": "release"} | head
    for part, name in zip(
        parts, ("duty", "completeness", "unit", "figure", "indicator", "observation", "provenance"), strict=True
    ):
        for item in members[part]:
            yield {"record": name} | item


def _official(figure: FigureTold | IndicatorTold) -> str:
    """The code in an official list, and which; empty where the plan names none."""
    official = figure.get("official")
    return "" if official is None else f"{official['code']} ({official['list']})"


def _value(observation: Observation, figure: FigureTold) -> Cell:
    if observation["state"] != "status":
        return decimal(observation["value"])
    return status_label(observation["value"], figure)


def _status(indicator: IndicatorTold) -> Cell:
    """What the figure calls the status; its code in datasets of older versions, which carry no label."""
    label = indicator.get("statusLabel")
    return indicator["status"] if label is None else str(label["vi"])


def _target(target: TargetTold | None) -> tuple[Cell, Cell, Cell, Cell]:
    if target is None:
        return None, None, None, None
    span = target["eachYear"]
    year: Cell = target["year"] if span is None else f"hằng năm từ {span['first']}"
    verdict = verdicts.of_target(target["status"], provisional=target["provisional"]).vi
    return f"{OPERATORS[target['operator']]} {_bound_words(target)}", year, verdict, decimal(target.get("gap"))


def _bound_words(target: TargetTold) -> str:
    if target["operator"] == "range":
        return f"{vietnamese(target['low'] or '')}–{vietnamese(target['high'] or '')}"
    if target["value"] is None:
        return "không nêu"
    label = target.get("valueLabel")
    if label is not None:
        return f"“{label['vi']}”"
    return str(target["value"]) if target["operator"] == "status" else vietnamese(target["value"])


def _reasons(indicator: IndicatorTold, target: TargetTold | None) -> str:
    """Why the value, and why the target, is as it is; each once."""
    reasons = [*indicator["reasons"], *(target["reasons"] if target is not None else ())]
    return "; ".join(dict.fromkeys(reason["message"]["vi"] for reason in reasons))


def all_tables(dataset: Dataset) -> Iterable[Table]:
    """The sheets of the workbook, in order."""
    return (
        overview(dataset),
        indicators(dataset),
        totals(dataset),
        figures(dataset),
        missing_units(dataset),
        sources(dataset),
        changes(dataset),
        difficulties(dataset),
        tasks(dataset),
        computed_figures(dataset),
    )
