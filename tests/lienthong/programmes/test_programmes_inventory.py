"""The shipped plans against the inventory of the five source documents: nothing lost, no number changed."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from lienthong.lint.quotes import squeezed
from lienthong.periods import Period
from lienthong.programmes import Indicator, Obligation, Plan, Target, deadline_instant
from lienthong.programmes import files as planfiles
from tests.builders.plans import shipped
from tests.conftest import ROOT

FIXTURES = ROOT / "tests" / "fixtures"
INVENTORY: dict[str, list[dict[str, Any]]] = json.loads((FIXTURES / "inventory.json").read_text(encoding="utf-8"))
PLAN_OF = {"D0": "P119-LS", "D1": "P438-HY", "D2": "P1169-LS", "D3": "P1169-NC", "D4": "P2815-LSDT"}
COUNTED_TOO = {"I-438-17", "I-438-18"}
"""What D1 names and the inventory counts as activities: mutant varieties, technologies adopted."""
SET_TOO = {"I-438-13": [("unquantified", None, (2030,)), ("unquantified", None, (2035,))]}
"""Targets that stand under D1's headings “Đến năm 2030” and “Đến năm 2035” and in no row of the inventory."""
LIVE = {"P119-LS", "P438-HY", "P1169-LS", "P1169-NC"}


@cache
def files() -> list[planfiles.PlanFile]:
    return [*shipped(), *planfiles.load(FIXTURES / "plans")]


@cache
def plans() -> dict[str, Plan]:
    return {plan.code: plan for plan in planfiles.plans(files())}


def data_of(code: str) -> dict[str, Any]:
    return dict(next(file.data for file in files() if file.data.get("plan") == code))


def indicator(entry: dict[str, Any]) -> Indicator:
    plan = plans()[PLAN_OF[entry["doc"]]]
    return next(each for each in plan.indicators if each.code == entry["id"])


def obligation(entry: dict[str, Any]) -> Obligation:
    plan = plans()[PLAN_OF[entry["doc"]]]
    return next(each for each in plan.obligations if each.code == entry["id"])


def test_the_shipped_folder_holds_the_four_live_plans_and_no_draft() -> None:
    assert {file.data["plan"] for file in shipped() if file.kind == "plan"} == LIVE


def test_the_inventory_counts_49_indicators() -> None:
    assert len(INVENTORY["indicators"]) == 49


def test_no_indicator_is_in_the_plans_that_the_sources_do_not_have() -> None:
    known = {entry["id"] for entry in INVENTORY["indicators"]} | COUNTED_TOO
    assert {each.code for plan in plans().values() for each in plan.indicators} == known


@pytest.mark.parametrize("entry", INVENTORY["indicators"], ids=lambda e: e["id"])
def test_every_indicator_is_in_its_plan_with_its_phrase(entry: dict[str, Any]) -> None:
    found = indicator(entry)
    ours, theirs = squeezed(found.quote or ""), squeezed(entry["quote"])
    assert ours and (ours in theirs or theirs in ours)


@pytest.mark.parametrize("entry", INVENTORY["indicators"], ids=lambda e: e["id"])
def test_every_target_has_the_value_the_operator_and_the_years_of_the_source(entry: dict[str, Any]) -> None:
    found = indicator(entry)
    told = SET_TOO.get(entry["id"]) or [expected(each) for each in entry["targets"]]
    assert [spoken(target) for target in found.targets] == told


def spoken(target: Target) -> tuple[object, ...]:
    value = (target.low, target.high) if target.operator == "range" else target.value
    numeric = isinstance(value, Decimal | tuple)
    return (target.operator if numeric else "unquantified", value if numeric else None, years(target))


def years(target: Target) -> tuple[int, ...]:
    if target.each_year is not None:
        return tuple(year for year in target.each_year if year is not None)
    return (target.year,) if target.year is not None else ()


def expected(target: dict[str, str]) -> tuple[object, ...]:
    number = re.match(r"[\d,]+", target["value"])
    low_high = re.match(r"(\d)–(\d)", target["value"])
    if low_high:
        return ("range", (Decimal(low_high[1]), Decimal(low_high[2])), expected_years(target["year"]))
    value = Decimal(number[0].replace(",", ".")) if number else None
    operator = {"≥": "at_least", "≥ (avg)": "at_least", "=": "equal"}.get(target["op"], "unquantified")
    return (operator if value is not None else "unquantified", value, expected_years(target["year"]))


def expected_years(text: str) -> tuple[int, ...]:
    known: dict[str, tuple[int, ...]] = {
        "mỗi năm đến 2030": (2026, 2030),
        "hằng năm": (2026, 2030),
        "2027 (hằng năm)": (2027, 2030),
        "(undated)": (),
    }
    return known[text] if text in known else tuple(int(year) for year in re.findall(r"\d{4}", text))


def numeric_targets(*, implied: bool) -> list[Target]:
    targets = [t for plan in plans().values() for each in plan.indicators for t in each.targets]
    return [t for t in targets if (isinstance(t.value, Decimal) or t.low is not None) and t.implied is implied]


def test_34_numeric_targets_are_written_and_3_implied() -> None:
    written = numeric_targets(implied=False)
    assert (len(written), len(numeric_targets(implied=True))) == (34, 3)


@pytest.mark.parametrize("entry", INVENTORY["reports"], ids=lambda e: e["id"])
def test_every_obligation_is_in_its_plan_with_its_phrase(entry: dict[str, Any]) -> None:
    quote = squeezed(obligation(entry).quote or "")
    assert quote and quote in squeezed(entry["quote"])


LAST_DAYS = [
    (entry, day)
    for entry in INVENTORY["reports"]
    if "before" in entry["deadline"]
    for day in entry["last_valid_day"].split("; ")
]


@pytest.mark.parametrize(("entry", "last_day"), LAST_DAYS, ids=lambda v: v["id"] if isinstance(v, dict) else v)
def test_the_last_valid_day_of_every_dated_obligation_is_that_of_the_source(
    entry: dict[str, Any],
    last_day: str,
) -> None:
    day, month = (int(part) for part in last_day.split("/"))
    plan = plans()[PLAN_OF[entry["doc"]]]
    texts = [last_instant(obligation(entry), period) for period in plan.periods(2026)]
    assert f"2026-{month:02d}-{day:02d}T23:59:59" in texts


def last_instant(duty: Obligation, period: Period) -> str:
    deadline = deadline_instant(duty, period)
    assert deadline is not None
    return (deadline - timedelta(seconds=1)).replace(tzinfo=None).isoformat()


def test_obligations_that_the_sources_do_not_have_are_marked_as_assumed() -> None:
    known = {entry["id"] for entry in INVENTORY["reports"]}
    ours = [each for plan in plans().values() for each in plan.obligations if each.code not in known]
    assert {each.code for each in ours} == {"A-119-LS-1", "A-1169-NC-1"}
    assert all(each.assumption is not None for each in ours)


@pytest.mark.parametrize("entry", INVENTORY["systems"], ids=lambda e: e["id"])
def test_every_system_is_documented_with_its_phrase(entry: dict[str, Any]) -> None:
    found = next(s for s in data_of(PLAN_OF[entry["doc"]])["systems"] if s["code"] == entry["id"])
    assert squeezed(found["quote"]) == squeezed(entry["quote"])


@pytest.mark.parametrize("entry", INVENTORY["agencies"], ids=lambda e: f"{e['doc']}-{e['agency'][:30]}")
def test_every_agency_is_documented_with_its_phrase(entry: dict[str, Any]) -> None:
    quotes = {squeezed(each["quote"]) for each in data_of(PLAN_OF[entry["doc"]])["responsibilities"]}
    assert squeezed(entry["quote"]) in quotes


def test_every_task_of_nam_cuong_says_thuong_xuyen_and_names_who_leads() -> None:
    tasks = plans()["P1169-NC"].tasks
    assert len(tasks) == 11
    assert all(task.due is None and task.due_text == "Thường xuyên" and task.lead for task in tasks)


def test_what_was_read_from_broken_ocr_is_restored_beside_it() -> None:
    plan = plans()["P1169-LS"]
    entries = [*plan.indicators, *plan.obligations, *plan.tasks, *(t for i in plan.indicators for t in i.targets)]
    assert all(each.restored and each.quote for each in entries)


def test_every_schedule_says_that_its_days_are_assumed() -> None:
    assert all(schedule.assumption for plan in plans().values() for schedule in plan.schedules)


def test_growth_indicators_have_no_invented_baseline() -> None:
    growing = [i for p in plans().values() for i in p.indicators if i.computation.kind == "growth"]
    assert {each.code for each in growing} == {"I-119-03", "I-119-04", "I-119-05", "I-438-09"}
    assert all(each.baseline is None for each in growing)


def test_no_population_is_collected_again() -> None:
    rates = [i for p in plans().values() for i in p.indicators if i.computation.kind == "per_population"]
    assert {"I-119-09", "I-438-01", "I-1169-LS-11", "I-1169-NC-03"} <= {each.code for each in rates}
    assert all(not each.computation.denominator for each in rates)


def test_rates_per_million_are_never_declared_for_communes() -> None:
    rates = [i for p in plans().values() for i in p.indicators if i.computation.multiplier == 1_000_000]
    assert len(rates) == 5
    assert all(set(each.levels) <= {"nation", "province"} for each in rates)


def test_the_two_p1169_plans_never_add_up_different_people_or_channels() -> None:
    province, commune = plans()["P1169-LS"], plans()["P1169-NC"]
    shared = set(province.figures) & set(commune.figures)
    assert shared == {"nq57_section_commune", "enterprise_plans_commune", "events_commune", "news_items_commune"}


def test_nothing_stands_between_a_commune_and_its_own_figures_where_its_document_names_nobody() -> None:
    vias = {each.code: each.via for each in plans()["P1169-NC"].obligations}
    assert vias == {"R-1169-NC-1": None, "A-1169-NC-1": None, "R-1169-NC-2": "02026.TTPVHCC"}


def test_nam_cuong_says_that_its_province_is_assumed() -> None:
    data = data_of("P1169-NC")
    assert data["issued_by"] == "02026" and "không nêu tỉnh" in data["note"]["vi"]


@pytest.mark.parametrize("code", sorted(LIVE))
def test_communes_fill_in_between_5_and_15_figures(code: str) -> None:
    form = plans()[code].form(f"{code}.commune")
    assert form is not None and 5 <= len(form.figures) <= 15
