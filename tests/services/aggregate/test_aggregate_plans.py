"""The shipped plans go through aggregation: every round consolidates, every indicator says something."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import orjson
import pytest

from lienthong import events, units
from lienthong.contracts import strict
from lienthong.indicators.targets import OPEN
from lienthong.postgres.pool import Pool
from lienthong.programmes import Figure, Plan, files, parse_published
from lienthong.rounds import opening as rounds
from services.aggregate.verify import verify
from tests.builders.aggregating import Hub
from tests.builders.plans import shipped
from tests.conftest import ROOT

SCHEMAS = ROOT / "schemas"
DOCUMENTS = files.published_documents(shipped())


@pytest.fixture(scope="module")
def registry() -> units.Registry:
    return units.load(SCHEMAS / "units")


def a_value(figure: Figure, chance: random.Random) -> int | None:
    if chance.random() < 0.05:
        return None
    return (
        chance.randrange(len(figure.values)) if figure.is_status else chance.randrange(10 ** (1 + figure.decimals) * 5)
    )


def filled(hub: Hub, code: str, registry: units.Registry) -> Iterator[str]:
    """Publish a plan and give every round of 2025–2027 reports from nine of ten units; yields round codes."""
    document, chance = DOCUMENTS[code], random.Random(code)
    plan: Plan = parse_published(document)
    periods = [period for year in (2025, 2026, 2027) for period in plan.periods(year)]
    key = rounds.province_of(plan, registry, periods[0].last)
    hub.append(
        events.PLAN_PUBLISHED,
        {
            "plan": document,
            "planVersion": plan.version,
            "programme": plan.programme,
            "province": key,
            "digest": "d",
        },
        subject=code,
        key=key,
    )
    for period in periods:
        opening = rounds.opening(plan, period, registry)
        hub.opened(opening)
        for form in plan.forms:
            for unit in opening["obliged"].get(form.code, ()):
                if chance.random() < 0.9:
                    hub.report(
                        unit,
                        [a_value(figure, chance) for figure in form.figures],
                        form=form.code,
                        round_=opening["round"],
                        key=key,
                    )
        yield opening["round"]


@pytest.mark.parametrize("code", sorted(DOCUMENTS))
def test_every_round_of_a_shipped_plan_can_be_released(pool: Pool, code: str, registry: units.Registry) -> None:
    hub = Hub(pool)
    schema = jsonschema_rs.validator_for(
        orjson.loads((SCHEMAS / "platform" / "release-dataset.schema.json").read_bytes()), validate_formats=True
    )
    plan = parse_published(DOCUMENTS[code])
    for round_ in list(filled(hub, code, registry)):
        hub.sign(round_=round_, key=_key(hub, round_))
        hub.consume()
        dataset = hub.dataset(f"{round_}/1")
        assert [f"{e.instance_path} {e.message}" for e in schema.iter_errors(dataset)] == []
        assert strict.clean(dataset) == dataset
        assert [i["code"] for i in dataset["indicators"]] == [i.code for i in plan.indicators]
        _says_why(dataset["indicators"])
    assert verify(pool).is_good


def _key(hub: Hub, round_: str) -> str:
    hub.consume()
    return hub.round(round_).province


def _says_why(indicators: list[dict[str, Any]]) -> None:
    for indicator in indicators:
        has_value = indicator["value"] is not None or indicator["status"] is not None
        assert has_value == (indicator["assessment"] != "cannot_be_assessed"), indicator
        assert bool(indicator["reasons"]) == (indicator["assessment"] != "assessed"), indicator
        for target in indicator["targets"]:
            assert bool(target["reasons"]) == (target["status"] in OPEN), indicator
        if indicator["measure"]["vi"] == "%" and indicator["value"] is not None and "/ " in indicator["arithmetic"]:
            assert indicator["arithmetic"].endswith("%")
