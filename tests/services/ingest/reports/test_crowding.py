"""More people than there are is a query, of what counts people alone, and by a population that is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lienthong.forms.people import CHECK
from lienthong.units import Registry, read_csv
from services.ingest.reports import crowding
from services.ingest.reports.placing import Place
from tests.builders.hub import ROUND, Hub, a_report

ABSURD = 999_999_999_999
PEOPLE = 881_384
"""Of Lạng Sơn in 2025, as shipped; of its communes nothing is known."""


def asked(hub: Hub, unit: str = "05977", **figures: Any) -> list[tuple[str, str]]:
    """(pointer, message) of the queries about people, of a report that is accepted."""
    [outcome] = hub.send(a_report(hub, unit=unit, figures=figures), dry_run=True)
    assert outcome.verdict == "would_accept" and outcome.receipt is not None, outcome.problems
    return [
        (warning["pointer"], warning["message_vi"])
        for warning in outcome.receipt["warnings"]
        if warning["code"] == "people_above_population"
    ]


def live_in(hub: Hub, unit: str, people: int) -> None:
    hub.change_units(read_csv("populations", f"unit,year,value,source\n{unit},2025,{people},niên giám\n", "d.csv"))


def test_where_a_communes_people_are_not_known_its_province_has_no_fewer(hub: Hub) -> None:
    assert asked(hub, residents_reached=PEOPLE) == []
    [(pointer, message)] = asked(hub, residents_reached=ABSURD)
    assert pointer == "/data/figures/residents_reached"
    for part in ("999.999.999.999", "Lạng Sơn", "881.384", "2025"):
        assert part in message


def test_residents_are_held_against_those_of_the_commune_where_they_are_known(hub: Hub) -> None:
    live_in(hub, "05977", 8_000)
    [(_, message)] = asked(hub, residents_reached=8_001)
    assert "8.000" in message
    assert asked(hub, residents_reached=8_000) == asked(hub, unit="05983", residents_reached=8_001) == []


def test_nothing_is_asked_of_what_counts_no_people(hub: Hub) -> None:
    others = {f.code: ABSURD for f in hub.form.figures if not f.is_status and not f.counts_heads}
    assert "event_attendances_commune" in others, "turns are no heads"
    assert asked(hub, **others) == []


def test_nothing_is_asked_where_no_population_is_known(hub: Hub) -> None:
    definitions = hub.desk.definitions()
    known = definitions.registry
    unknown = replace(definitions, registry=Registry(units=known.units, relations=known.relations))
    place = Place(round=definitions.rounds[ROUND], form=hub.form, whole=hub.form)
    packed = [0 if figure.is_status else ABSURD for figure in hub.form.figures]
    found = [
        len(crowding.queries(each.fit_of(hub.form), packed, "05977", place, each, at=""))
        for each in (definitions, unknown)
    ]
    assert found == [1, 0]


def test_what_was_asked_so_can_be_explained_like_any_query(hub: Hub) -> None:
    said = [{"check": CHECK, "text": "Tính cả người dự từ nơi khác"}]
    [outcome] = hub.send(a_report(hub, figures={"residents_reached": ABSURD}, explanations=said))
    assert outcome.verdict == "accepted" and outcome.receipt is not None, outcome.problems
    [warning] = outcome.receipt["warnings"]
    assert (warning["params"]["check"], warning["code"]) == (CHECK, "people_above_population")
