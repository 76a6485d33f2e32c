"""The report of a run: for programs as JSON, for people as a page. Pure but for the page's template."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.conformance.cases import Case
from services.conformance.judging import CaseVerdict
from services.conformance.rules import BY_CODE, RULES
from services.conformance.tasks import PROTOCOL


def document(table: Sequence[Case], verdicts: Sequence[CaseVerdict]) -> dict[str, Any]:
    """Every case with what was wrong in it, and every rule with the cases in which it was not kept."""
    words = {case.code: case.words for case in table}
    return {
        "protocol": PROTOCOL,
        **counts(verdicts),
        "rules": [
            {
                "rule": rule.code,
                "vi": rule.words.vi,
                "en": rule.words.en,
                "brokenIn": [each.case for each in verdicts if rule.code in each.broken],
            }
            for rule in RULES
        ],
        "cases": [_case(each, words[each.case].vi, words[each.case].en) for each in verdicts],
    }


def counts(verdicts: Sequence[CaseVerdict]) -> dict[str, int]:
    """How many cases of each state."""
    states = [each.state for each in verdicts]
    return {state: states.count(state) for state in ("passed", "failed", "unsupported")}


def page(document: dict[str, Any]) -> str:
    """The report as one page of HTML, without scripts and without anything from elsewhere."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  (for who wants the page)

    loader = FileSystemLoader(Path(__file__).with_name("templates"))
    env = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return env.get_template("report.html").render(document=document, rules=BY_CODE)


def _case(verdict: CaseVerdict, vi: str, en: str) -> dict[str, Any]:
    findings = [{"rule": each.rule, "step": each.step, "evidence": list(each.evidence)} for each in verdict.findings]
    return {
        "case": verdict.case,
        "vi": vi,
        "en": en,
        "state": verdict.state,
        "requests": verdict.requests,
        "findings": findings,
    }
