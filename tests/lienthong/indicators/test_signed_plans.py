"""The shipped plans say what their sources say: each case was once answered wrongly."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from lienthong import units
from lienthong.indicators.assessment import Reading, read
from lienthong.indicators.rollup import Values, layout_of, total
from lienthong.indicators.tallies import FormTally, Tally, UnitPopulation, View
from lienthong.periods import Period
from lienthong.programmes import Figure, Indicator, Plan, files
from lienthong.rounds import opening
from lienthong.shipped import schemas_folder
from lienthong.units.registry import Registry
from tests.builders.plans import shipped


@cache
def plans() -> dict[str, Plan]:
    return {plan.code: plan for plan in files.plans(shipped())}


@cache
def registry() -> Registry:
    return units.load(schemas_folder() / "units")


def indicator(plan: Plan, code: str) -> Indicator:
    return next(each for each in plan.indicators if each.code == code)


def reading(
    code: str, period: str, *reports: dict[str, int | str], people: int | None = None, silent: int = 0
) -> Reading:
    """The indicator for reports that give these figures; each unit files the form that has them."""
    plan = next(plan for plan in plans().values() if any(each.code == code for each in plan.indicators))
    found = indicator(plan, code)
    tallies = []
    for form in plan.forms:
        rows = [_row(form.figures, report) for report in reports if report.keys() & set(form.codes)]
        layout = layout_of(form, [found])
        if rows or silent:
            tallies.append(FormTally(layout=layout, slots=total(layout, rows), obliged=len(rows) + silent))
    year = int(period[:4])
    now = Period(code=period, first=date(year, 1, 1), last=date(year, 11, 30))
    held = None if people is None else UnitPopulation(value=people, year=2025, source="")
    level = "commune" if plan.code == "P1169-NC" else "province"
    return read(found, View(level=level, now=Tally(period=now, forms=tuple(tallies), population=held)))


def _row(figures: tuple[Figure, ...], report: dict[str, int | str]) -> Values:
    return [_packed(figure, report.get(figure.code)) for figure in figures]


def _packed(figure: Figure, value: int | str | None) -> int | None:
    return figure.index_of(value) if isinstance(value, str) else value


def test_eight_accelerators_in_hung_yen_exceed_the_range() -> None:
    found = reading("I-438-01", "2035", {"linear_accelerators": 8}, people=3_567_943)
    assert found.shown == "2.24"
    assert [target.status for target in found.targets] == ["reached", "exceeded"]


@pytest.mark.parametrize(
    ("status", "verdicts"),
    [
        ("studying", ["not_reached", "not_due"]),
        ("building", ["reached", "not_due"]),
        ("covering", ["reached", "not_due"]),
        ("operating", ["reached", "reached_early"]),
    ],
)
def test_the_monitoring_network_is_to_be_studied_and_built_by_2030(status: str, verdicts: list[str]) -> None:
    found = reading("I-438-10", "2030", {"monitoring_network": status})
    assert [target.status for target in found.targets] == verdicts


def test_a_status_is_called_what_its_own_figure_calls_it() -> None:
    found = reading("I-438-10", "2035", {"monitoring_network": "operating"})
    assert found.status_label is not None and found.status_label.vi == "Vận hành hiệu quả"


def test_the_national_platform_that_is_not_there_is_awaited_and_not_missed() -> None:
    for period in ("2026-H2", "2027-H2"):
        [target] = reading("I-1169-LS-07", period, {"national_platform": "awaiting"}).targets
        assert target.status == "condition_pending"
        assert "Trung ương xây dựng và đưa Nền tảng" in target.reasons[0].message.vi
    assert reading("I-1169-LS-07", "2026-H2", {"national_platform": "connecting"}).targets[0].status == "not_reached"


def test_units_without_a_portal_stay_in_the_denominator() -> None:
    found = reading(
        "I-1169-LS-02",
        "2026-H2",
        {"portal_commune": "present", "nq57_section_commune": "live"},
        {"portal_commune": "absent", "nq57_section_commune": "none"},
    )
    assert (found.shown, found.targets[0].status) == ("50.0", "not_reached")


def test_the_media_are_among_those_who_draw_up_a_plan() -> None:
    found = reading("I-1169-LS-01", "2026-H2", {"plan_issued_commune": "issued"}, {"plan_issued_media": "drafting"})
    assert (found.shown, found.reported) == ("50.0", 2)


def test_the_newspapers_site_counts_in_the_access_coefficient() -> None:
    growth = indicator(plans()["P119-LS"], "I-119-05").computation
    assert growth.of is not None
    assert (growth.of.numerator, growth.of.denominator) == (
        ("visits_portal", "visits_media"),
        ("news_items_portal", "news_items_media_site"),
    )


@pytest.mark.parametrize(
    ("code", "figure"),
    [
        ("I-438-17", "mutant_varieties"),
        ("I-438-18", "technologies_transferred"),
    ],
)
def test_what_has_a_figure_has_an_indicator(code: str, figure: str) -> None:
    assert reading(code, "2030", {figure: 3}).shown == "3"


def test_what_stands_under_a_heading_with_a_year_is_a_target_of_that_year() -> None:
    years = {each.code: [target.year for target in each.targets] for each in plans()["P438-HY"].indicators}
    assert years["I-438-17"] == [2030, 2035] and years["I-438-18"] == [2030]


def test_difficulties_of_p1169_are_resolved_by_the_province_and_gathered_by_its_department() -> None:
    duty = next(each for each in plans()["P1169-LS"].obligations if each.code == "R-1169-LS-3")
    assert (duty.via, duty.to) == ("20.SKHCN", ("20",))


def test_the_department_sends_p438s_report_to_the_ministry() -> None:
    duty = next(o for o in plans()["P438-HY"].obligations if o.code == "R-438-HY-2")
    assert (duty.level, duty.sent_by, duty.to) == ("issuer", "33.SKHCN", ("VN",))
    assert all(o.sent_by is None for o in plans()["P119-LS"].obligations)


def test_police_and_military_owe_no_form_that_counts_people() -> None:
    staff = {"staff_other", "staff_reached_other", "staff_department", "comm_staff_department", "staff_core"}
    for plan in plans().values():
        period = plan.periods(2027)[0]
        for form in plan.forms:
            owing = opening.obliged_units(plan, form, registry(), period.last)
            if any(code.endswith((".CA", ".BCHQS")) for code in owing):
                assert not staff & set(form.codes), form.code
                assert not [f.code for f in form.figures if f.measure.vi == "người"], form.code
    told = [
        opening.obliged_units(plans()["P1169-LS"], form, registry(), date(2026, 5, 31))
        for form in plans()["P1169-LS"].forms
        if form.reporters == "armed_forces"
    ]
    assert told == [["20.BCHQS", "20.CA"]]


def test_a_plan_obliges_whom_its_issuer_is_over() -> None:
    """The text of a commune's plan binds the commune and its own bodies, whatever kinds of unit its programme knows."""
    plan = plans()["P119-LS"]
    for issuer in ("20", "06040"):
        issued = replace(plan, issued_by=issuer)
        owing = {
            unit for form in issued.forms for unit in opening.obliged_units(issued, form, registry(), date(2026, 9, 30))
        }
        assert owing and all(registry().is_within(unit, issuer, date(2026, 9, 30)) for unit in owing)
    named = replace(plan.reporters["commune"], units=("06040", "12499"))  # one of another province
    foreign = replace(plan, reporters={**plan.reporters, "commune": named})
    [form] = [form for form in foreign.forms if form.reporters == "commune"]
    assert opening.obliged_units(foreign, form, registry(), date(2026, 9, 30)) == ["06040"]


def test_the_plans_name_whose_population_they_need() -> None:
    assert plans()["P1169-NC"].people_of == ("02026",)
    assert plans()["P438-HY"].people_of == ("33",)
    lacking = reading("I-1169-NC-03", "2026-H2", {"residents_reached_grassroots": 500})
    assert lacking.reasons[0].message.vi == "Chưa có số liệu dân số của xã tại ngày chốt số liệu."
    assert reading("I-1169-NC-03", "2026-H2", {"residents_reached_grassroots": 500}, people=5000).shown == "10.0"


def test_dong_nai_is_a_province_until_30_april_2026_and_a_municipality_since() -> None:
    for day, kind, ward in ((date(2026, 4, 29), "province", "commune"), (date(2026, 4, 30), "municipality", "ward")):
        assert registry().get("75", day).type == kind
        for code in ("25270", "25357", "25363", "26116", "26170", "26248", "26326", "26368", "26425", "26485"):
            unit = registry().get(code, day)
            assert (unit.type, unit.provisional) == (ward, False)
