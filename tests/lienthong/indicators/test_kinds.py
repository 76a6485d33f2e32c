"""The kinds of computation that a plan may name are those that are measured and explained."""

from __future__ import annotations

import json
import re

from lienthong.indicators.measuring import KINDS
from lienthong.programmes import Computation
from lienthong.shipped import schemas_folder


def test_a_plan_may_name_every_kind_and_no_other() -> None:
    schema = json.loads((schemas_folder() / "programmes" / "plan.schema.json").read_text("utf-8"))
    assert set(schema["$defs"]["computation"]["properties"]["kind"]["enum"]) == set(KINDS)


def test_every_kind_says_what_it_means() -> None:
    said = re.findall(r"^ {6}(\w+) {2,}\S", Computation.__doc__ or "", re.MULTILINE)
    assert sorted(said) == sorted(KINDS)
