"""What the demonstration itself is made of: figures that any form takes, parts that don't overlap, an honest book."""

from __future__ import annotations

import io
import random
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from lienthong.client import Receipt
from lienthong.contracts.schemas import Contracts
from lienthong.forms.examples import judge
from lienthong.programmes import Form, Plan, files
from services.demo import mistakes, plausible, script, summary, undertaken
from services.demo.book import Book
from services.demo.casting import deal
from services.demo.outcome import Expectation, unmet_expectations
from services.demo.script import EPISODES
from services.demo.sender import EventAnswer
from tests.builders.plans import shipped

PLANS = files.plans(shipped())
FORMS = [(plan, form) for plan in PLANS for form in plan.forms]
RULES = plausible.rules()
COMMUNES = [f"{number:05d}" for number in range(100, 165)]


@pytest.mark.parametrize(("plan", "form"), FORMS, ids=lambda found: found.code)
def test_plausible_figures_meet_every_check_of_every_form(plan: Plan, form: Form) -> None:
    contracts = Contracts.load()
    for period in plan.periods(2026):
        for unit in COMMUNES[:20]:
            figures = plausible.figures(RULES, form, unit, period.code)
            for given in (figures, plausible.corrected_figures(form, figures)):
                data = {
                    "round": f"{plan.code}.{period.code}",
                    "form": form.code,
                    "formVersion": form.version,
                    "unit": unit,
                    "revision": 1,
                    "figures": given,
                    "narrative": plausible.narrative("Xã"),
                }
                assert judge(contracts, form, data) == []


def test_a_unit_gets_the_same_figures_in_whatever_order_it_is_asked() -> None:
    _, form = FORMS[0]
    first = {unit: plausible.figures(RULES, form, unit, "2026-H1") for unit in COMMUNES}
    shuffled = random.Random(1).sample(COMMUNES, len(COMMUNES))
    assert {unit: plausible.figures(RULES, form, unit, "2026-H1") for unit in shuffled} == first
    assert len({str(figures) for figures in first.values()}) == len(COMMUNES)


def test_cumulative_figures_and_stocks_move_on_within_the_year() -> None:
    form = next(form for _, form in FORMS if form.code == "P1169-LS.commune")
    for unit in COMMUNES:
        first, second = (plausible.figures(RULES, form, unit, f"2026-H{half}") for half in (1, 2))
        for code in ("residents_reached_all_channels", "staff_informed_commune", "comm_staff_trained_commune"):
            assert second[code] >= first[code]  # type: ignore[operator]
        assert second["staff_commune"] == first["staff_commune"]


@pytest.mark.parametrize("episode", EPISODES, ids=lambda found: found.round)
def test_a_commune_plays_one_part_at_most(episode: script.Episode) -> None:
    found = deal(episode, COMMUNES, plausible.SEED)
    parts = [found.missing, found.late, found.extended, found.corrected, found.withdrawn, found.later]
    wanted = [episode.missing, episode.late, episode.extended, episode.corrected, episode.withdrawn, episode.later]
    assert [len(part) for part in parts] == wanted
    assert len(found.everybody) == sum(wanted)


def test_the_book_notes_every_answer_that_is_not_the_one_expected() -> None:
    book, receipt = Book(), a_receipt(late=True)
    key = ("P119-LS.2026", "P119-LS.commune", "06463")
    book.note_report(key, 1, {}, False, EventAnswer(verdict="accepted", status=201, receipt=receipt))
    book.note_report(key, 2, {}, False, EventAnswer(verdict="refused", status=422, codes=("unknown_figure",)))
    book.note_refusal("thử", EventAnswer(verdict="refused", status=422, codes=("a", "b")), "a", 422)
    book.note_refusal("thử", EventAnswer(verdict="refused", status=403, codes=("a",)), "a", 422)
    book.note_other("thử", EventAnswer(verdict="accepted", status=201), "repeated")
    assert len(book.wrong) == 5


def test_the_book_adds_what_stands_and_tells_nothing_from_zero() -> None:
    form = next(form for _, form in FORMS if form.code == "P119-LS.core_department")
    book = Book()
    given = {
        "20.SKHCN": {"staff_core": 10, "staff_reached_core": 4},
        "20.SYT": {"staff_core": 30, "staff_reached_core": 0},
        "20.SCT": {"staff_core": 5, "staff_reached_core": None},
    }
    for number, unit in enumerate([*given, "20.SNNMT"]):
        book.note_duty("R", form, unit)
        if unit in given:
            answer = EventAnswer(verdict="accepted", status=201, receipt=a_receipt(f"20-{number}"))
            book.note_report(("R", form.code, unit), 1, given[unit], False, answer)
    page = book.page("R")
    total = page.totals()[(form.code, "staff_reached_core")]
    assert (total.sum, total.given, total.obliged) == (Decimal(4), 2, 4)
    assert page.ratio([("staff_reached_core", "staff_core")]) == Decimal(10)
    assert page.completeness()[form.code].missing == ("20.SNNMT",)


def test_a_wrong_outcome_is_shown_and_counted() -> None:
    checks = [Expectation(what="ba bằng ba", expected=3, got=3), Expectation(what="hai [bằng] ba", expected=2, got=3)]
    assert unmet_expectations(checks) == [checks[1]]
    console = Console(record=True, width=100)
    console.print(summary.verdict(checks, 0, 0, seconds=1))
    assert "hai" in console.export_text()


def a_receipt(number: str = "20-1", *, late: bool = False) -> Receipt:
    province, _, position = number.partition("-")
    return Receipt(
        number=number,
        source="/20/x",
        id=number,
        client="20-dn",
        type="t",
        unit="06463",
        content_hash="sha256:0",
        salt="00",
        link="00",
        partition=province,
        position=int(position),
        received_at=datetime(2026, 12, 1, tzinfo=UTC),
        late=late,
        deadline=None,
        round=None,
        form=None,
        revision=None,
        warnings=(),
        sample=True,
        repeated=False,
        raw={},
    )


def test_nothing_of_the_summary_is_cut_at_80_columns() -> None:
    pushed = {"createdAt": "1", "destination": "platform-20", "version": 10, "state": "delivered", "withdraws": True}
    attempts = [{"outcome": "http_503"}, {"outcome": "http_200"}]
    row = pushed | {"attempts": attempts, "subject": "20.BPTTH/bao-lang-son:db133ebcc95dd854f78642dc"}
    nothing: Any = SimpleNamespace(indicators=defaultdict(list))
    shown = Console(width=80, record=True, file=io.StringIO())
    refused = [{"errors": [{"code": mistake.code}]} for mistake in mistakes.MISTAKES]
    label = {"vi": "Số tin, bài trên Cổng/Trang Thông tin điện tử tỉnh"}
    counts = {"P119-LS.2026-DX1": [{"label": label, "computed": "1", "reported": "362"}]}
    shown.print(
        summary.deliveries([row]),
        summary.judgements(nothing),
        summary.refusals(refused),
        undertaken.counted_figures(counts),
    )
    told = shown.export_text()
    assert "platform-20" in told and "503 → 200" in told and "đã chuyển" in told
    assert told.count("…") == 1, "the name that a portal gave, shortened on purpose"
