"""What docs/programmes.md shows of checks is what a plan may hold."""

from __future__ import annotations

import json
import re

import yaml

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "programmes.md").read_text("utf-8")
SCHEMA = json.loads((ROOT / "schemas" / "programmes" / "plan.schema.json").read_text("utf-8"))


def test_the_page_explains_every_kind_of_check_and_no_other() -> None:
    kinds = next(kind for kind in _kinds(SCHEMA) if "at_most" in kind)
    table = PAGE.partition("(`checks`)")[2].partition("### ")[0].partition("`minimum_coverage`")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) - {"kind"} == kinds


def test_the_example_of_checks_is_yaml_with_known_members() -> None:
    [example] = re.findall(r"```yaml\n(forms:.*?)```", PAGE, re.DOTALL)
    checks = yaml.safe_load(example)["forms"][0]["checks"]
    assert {name for check in checks for name in check} == {
        "code",
        "severity",
        "kind",
        "left",
        "right",
        "percent",
        "message",
    }
    assert {check["severity"] for check in checks} == {"error", "warning"}


def _kinds(node: object) -> list[set[str]]:
    """Every enumeration of the schema."""
    if isinstance(node, dict):
        own = [set(node["enum"])] if isinstance(node.get("enum"), list) else []
        return own + [kind for value in node.values() for kind in _kinds(value)]
    return [kind for value in node for kind in _kinds(value)] if isinstance(node, list) else []
