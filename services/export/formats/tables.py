"""A released dataset as tables, for people and spreadsheets: the same rows for CSV, NDJSON and XLSX. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lienthong.releases import Dataset
from lienthong.releases.figures import FigureTold, Observation
from lienthong.releases.round import Document
from services.export.formats.cells import (
    OFFICIAL,
    STATES,
    Cell,
    Table,
    completeness,
    day,
    decimal,
    figures_by_code,
    moment,
    names,
    official_cell,
    status_label,
    statuses,
)
from services.export.formats.changed import changes
from services.export.formats.indicators import indicators
from services.export.formats.offices import computed_figures, difficulties, tasks

SAMPLE = "DỮ LIỆU MẪU"


def figures(dataset: Dataset) -> Table:
    """One row for each unit and figure: value, and what it means that there is none."""
    units = names(dataset)
    described = figures_by_code(dataset)
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
            official_cell(figure),
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
    return _reference(document), *(str(document.get(name) or "") for name in _DOCUMENT)


def _reference(document: Document) -> str:
    """Number and day, as far as they are known."""
    return " ngày ".join(filter(None, (document.get("number"), day(document.get("date")))))


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
        ("Văn bản", _reference(document)),
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
        pairs.append((f"Mức độ đầy đủ {form['form']}", completeness(form)))
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


def _value(observation: Observation, figure: FigureTold) -> Cell:
    if observation["state"] != "status":
        return decimal(observation["value"])
    return status_label(observation["value"], figure)


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
