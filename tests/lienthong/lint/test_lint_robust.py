"""Whatever an office sends in as a plan, the lint answers with findings: it never breaks."""

import copy
import random
from typing import Any

import pytest

from lienthong.errors import Rejected
from lienthong.lint import lint
from lienthong.programmes import files as planfiles
from lienthong.programmes.files import from_data

ODD: tuple[Any, ...] = (
    None,
    "",
    "x",
    0,
    -1,
    99,
    0.5,
    [],
    {},
    [[]],
    ["a", "a"],
    {"vi": "a"},
    "02-30",
    "12-31",
    "02-29",
    "2026",
    "status",
    "at_least",
    "year",
    True,
    "events_commune",
    "commune",
    "I-119-01",
    "%",
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in below for place in places(each, (*path, key)))]


def broken(document: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The document with one value replaced, taken out, or put somewhere else."""
    changed = copy.deepcopy(document)
    *way, last = chance.choice(places(changed)[1:])
    holder: Any = changed
    for step in way:
        holder = holder[step]
    if chance.random() < 0.3:
        del holder[last]
    else:
        other = chance.choice(places(document)[1:])
        donor: Any = document
        for step in other:
            donor = donor[step]
        holder[last] = copy.deepcopy(chance.choice((*ODD, donor)))
    return changed


@pytest.mark.parametrize(
    "name", ["p119/lang-son.yaml", "p438/hung-yen.yaml", "p1169/lang-son.yaml", "p1169/nam-cuong.yaml"]
)
def test_a_broken_plan_gets_findings_not_a_crash(name: str) -> None:
    programme, plan = (dict(f.data) for f in planfiles.load_with_programme(planfiles.SCHEMAS / name))
    chance = random.Random(name)
    for turn in range(120):
        pair = (broken(programme, chance), plan) if turn % 3 == 0 else (programme, broken(plan, chance))
        files = [from_data(document, f"{n}.yaml") for n, document in enumerate(pair)]
        findings = lint(files)
        assert all(finding.message.vi for finding in findings)
        if not any(finding.severity == "error" for finding in findings):
            planfiles.plans(files)


@pytest.mark.parametrize("document", [{}, {"plan": []}, {"programme": []}, {"programme": {}, "plan": {}}])
def test_documents_of_no_shape_are_refused_by_both(document: dict[str, Any]) -> None:
    assert {finding.rule for finding in lint([from_data(document, "x.yaml")])} == {"LT-S01"}
    with pytest.raises(Rejected):
        planfiles.plans([from_data(document, "x.yaml")])
