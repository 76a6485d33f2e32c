"""The national consolidation as files: its sums, the provinces' indicators side by side, and what it rests on. Pure.

Programme, period and the sample mark stand in every row, because rows are cut out and mailed around.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Self

from lienthong import separated
from lienthong.releases import Dataset
from lienthong.units.levels import LEVELS
from services.export.formats.cells import Cell, Table, moment, statuses
from services.export.formats.indicators import indicators as release_indicators
from services.export.formats.table import JSON, Format


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseHead:
    """What a release of the consolidation says itself. issuer: name of who issued it, None where it has none."""

    release: str
    issuer: str | None
    indicators: Table

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        return cls(release=dataset["release"], issuer=dataset["issuer"]["name"], indicators=release_indicators(dataset))


@dataclass(frozen=True, kw_only=True, slots=True)
class Nation:
    """document: as schemas/platform/national; heads: of each of its releases, in its order."""

    document: Mapping[str, Any]
    heads: tuple[ReleaseHead, ...]

    @property
    def name(self) -> str:
        return f"{self.document['programme']}.{self.document['period']}"


def figures(nation: Nation) -> Table:
    """A row for each figure: the sum over provinces, or how many units are at each status."""
    rows = tuple(
        (
            figure["code"],
            figure["label"]["vi"],
            figure["measure"]["vi"],
            None if figure["sum"] is None else Decimal(figure["sum"]),
            figure["provinces"],
            figure["given"],
            figure["obliged"],
            statuses(figure),
            "; ".join(figure.get("conflict", ())),
        )
        for figure in nation.document["figures"]
    )
    return Table(
        title="Số liệu cả nước",
        columns={
            "figure": "Mã số liệu",
            "label": "Số liệu",
            "measure": "Đơn vị tính",
            "sum": "Tổng",
            "provinces": "Số tỉnh có số liệu",
            "given": "Số đơn vị có số liệu",
            "obliged": "Số đơn vị phải báo cáo",
            "statuses": "Phân bố trạng thái",
            "conflict": "Không cộng được: khác loại số liệu",
        },
        rows=rows,
    )


def indicators(nation: Nation) -> Table:
    """The indicators of every release, side by side: they are assessed against each plan's own targets, not summed."""
    rows = tuple(
        (release["province"], release_head.issuer, release["release"], *row)
        for release, release_head in _releases(nation)
        for row in release_head.indicators.rows
    )
    plain = nation.heads[0].indicators if nation.heads else None
    return Table(
        title="Chỉ tiêu các tỉnh",
        columns={
            "province": "Mã tỉnh",
            "issuer": "Đơn vị phát hành",
            "release": "Bản phát hành",
            **(plain.columns if plain else {}),
        },
        rows=rows,
    )


def releases(nation: Nation) -> Table:
    """The newest release of each plan: how complete, how timely, and what the numbers rest on."""
    rows = tuple(
        (
            body["province"],
            release_head.issuer,
            LEVELS[body["level"]].word.vi,
            body["release"],
            body["plan"],
            moment(body["signedAt"]),
            body["reported"],
            body["obliged"],
            body["late"],
            body["provisional"],
            {True: "đúng hạn", False: "quá hạn", None: "không quy định"}[body["onTime"]],
            body["digest"],
        )
        for body, release_head in _releases(nation)
    )
    return Table(
        title="Bản phát hành",
        columns={
            "province": "Mã tỉnh",
            "issuer": "Đơn vị phát hành",
            "level": "Cấp",
            "release": "Bản phát hành",
            "plan": "Kế hoạch",
            "signed_at": "Thời điểm ký phát hành",
            "reported": "Đã báo cáo",
            "obliged": "Số báo cáo phải nộp",
            "late": "Quá hạn",
            "provisional": "Chỉ tiêu tạm tính",
            "on_time": "Thời hạn gửi Bộ",
            "digest": "Mã băm",
        },
        rows=rows,
    )


BY_NAME: Final = {"figures": figures, "indicators": indicators, "releases": releases}
"""Tables that can be asked for as CSV; the workbook has all."""


def _comma(nation: Nation, table: str) -> bytes:
    return separated.commas(_rows(nation, BY_NAME[table](nation)))


def _semicolon(nation: Nation, table: str) -> bytes:
    return separated.semicolons(_rows(nation, BY_NAME[table](nation)))


def _workbook(nation: Nation, _table: str) -> bytes:
    from services.export.formats import xlsx  # noqa: PLC0415 - the workbook's library takes 6 MB

    sheets = [sheet(nation) for sheet in BY_NAME.values()]
    return xlsx.workbook(sheets, title=nation.name, of=nation.name, sample=nation.document["sample"])


_WRITERS: Final[Mapping[str, Callable[[Nation, str], bytes]]] = {
    "csv": _comma,
    "csv-vn": _semicolon,
    "xlsx": _workbook,
}
OFFERED: Final = (JSON.name, *_WRITERS)
"""Formats of the national consolidation; JSON is the document itself. A new one is a row with what writes it."""


def nation_file(nation: Nation, kind: Format, table: str) -> bytes:
    """The file. kind: one of OFFERED but JSON. table: of BY_NAME, where the format holds one."""
    return _WRITERS[kind.name](nation, table)


def _rows(nation: Nation, table: Table) -> list[tuple[Cell, ...]]:
    document = nation.document
    marks = (document["programme"], document["period"]), ("có" if document["sample"] else "không",)
    rows: list[tuple[Cell, ...]] = [("Chương trình", "Kỳ", *table.headers, "Dữ liệu mẫu")]
    rows.extend((*marks[0], *row, *marks[1]) for row in table.rows)
    return rows


def _releases(nation: Nation) -> Iterable[tuple[Mapping[str, Any], ReleaseHead]]:
    return zip(nation.document["releases"], nation.heads, strict=True)
