"""The .xlsx of a report offers what systems supplied: taken over where marked, and only as the sheet showed it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from lienthong.errors import Rejected
from lienthong.forms.schema import derive
from lienthong.programmes import files
from services.console.entering import sheet, workbook
from services.console.entering.form import FigureValue
from services.console.entering.offering import Offer, SystemValue
from services.console.entering.owed_report import OwedReport
from services.console.words import Words
from tests.builders.plans import shipped

POSTS, CHANNEL = "social_posts_commune", "qa_channel_commune"


def offered(code: str, value: FigureValue) -> Offer:
    source = SystemValue(system="truyen-thanh", value=value, as_of=date(2026, 10, 1), receipt="20-7", part=False)
    return Offer(code=code, value=value, sources=(source,))


def an_owed_report(**values: FigureValue) -> OwedReport:
    """The report of a commune to which these values are offered."""
    plan = next(plan for plan in files.plans(shipped()) if plan.code == "P119-LS")
    form = next(form for form in plan.forms if form.code == "P119-LS.commune")
    return OwedReport(
        now=datetime(2026, 10, 6, tzinfo=UTC),
        unit="05977",
        name="Phường Đông Kinh",
        round="P119-LS.2026",
        form=form.code,
        version=form.version,
        title={"vi": "Xã, phường", "en": "Communes"},
        plan=plan.code,
        revision=1,
        state="missing",
        deadline=None,
        locked=False,
        first=date(2025, 10, 1),
        last=date(2026, 9, 30),
        schema=derive(plan, form),
        before=None,
        earlier={},
        accepted=None,
        return_reasons=(),
        receipt=None,
        offers={code: offered(code, value) for code, value in values.items()},
    )


def a_book(report: OwedReport, cells: Mapping[tuple[str, str], Any] | None = None) -> bytes:
    """The sheet as it is downloaded, then filled in. cells: by figure and column."""
    book = openpyxl.load_workbook(io.BytesIO(workbook.xlsx(report, {}, vietnamese(), notice="")))
    page: Any = book[workbook.FIGURES]
    rows = {page[f"A{row}"].value: row for row in range(1, page.max_row + 1)}
    for (code, column), value in (cells or {}).items():
        page[f"{column}{rows[code]}"] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def vietnamese() -> Words:
    return Words.load("vi")


def refused(content: bytes, report: OwedReport) -> list[str]:
    with pytest.raises(Rejected) as told:
        sheet.read(content, report, "vi")
    return [problem.code for problem in told.value.problems]


def test_what_is_marked_is_taken_over_and_nothing_else() -> None:
    report = an_owed_report(**{POSTS: 7, "residents_reached": Decimal("1200"), CHANNEL: "operating"})
    assert sheet.read(a_book(report), report, "vi").typed == {}
    read = sheet.read(a_book(report, {(POSTS, "H"): "x", (CHANNEL, "H"): "X"}), report, "vi").typed
    assert read == {
        f"figure-{POSTS}": "7",
        f"taken-{POSTS}": "1",
        f"figure-{CHANNEL}": "operating",
        f"taken-{CHANNEL}": "1",
    }


def test_the_same_number_typed_and_marked_is_taken_over_and_another_is_a_fault() -> None:
    report = an_owed_report(**{POSTS: 7})
    assert sheet.read(a_book(report, {(POSTS, "E"): 7, (POSTS, "H"): "x"}), report, "vi").typed[f"taken-{POSTS}"] == "1"
    assert refused(a_book(report, {(POSTS, "E"): 8, (POSTS, "H"): "x"}), report) == ["sheet_taken_and_typed"]
    assert refused(a_book(report, {(POSTS, "F"): "x", (POSTS, "H"): "x"}), report) == ["sheet_taken_and_typed"]
    assert refused(a_book(report, {(POSTS, "H"): "có"}), report) == ["sheet_take_mark_unknown"]


@pytest.mark.parametrize("now", [8, None])
def test_a_value_that_changed_since_the_sheet_was_made_is_not_taken_over_unseen(now: FigureValue) -> None:
    report = an_owed_report(**{POSTS: 7})
    marked = a_book(report, {(POSTS, "H"): "x"})
    assert refused(marked, replace(report, offers={POSTS: offered(POSTS, now)})) == ["sheet_offer_changed"]
    assert refused(marked, replace(report, offers={})) == ["sheet_offer_changed"]
    assert refused(a_book(report, {(POSTS, "G"): 9, (POSTS, "H"): "x"}), report) == ["sheet_offer_changed"]


def test_a_sheet_without_offers_has_no_columns_for_them() -> None:
    page: Any = openpyxl.load_workbook(io.BytesIO(a_book(an_owed_report())))[workbook.FIGURES]
    assert page.max_column == len("ABCDEF")
