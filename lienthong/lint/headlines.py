"""The dozen findings that matter: what makes a figure wrong, late or impossible to judge, before what is missing.

Findings of one rule are told together, with the plans and what they name; rules stand in the order in which an
office should look at them. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from lienthong.errors import Message
from lienthong.lint.findings import Finding, consequences, rules

LIMIT = 12
FEW = 2
"""Findings of a rule that are told in full."""
NAMED = 4
"""Subjects named in one headline; the section of the rule has them all."""


_CODE = re.compile(r"[A-Za-z0-9_.-]+(?=:)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Headline:
    """Findings of one rule, told in one line. subjects: codes they name, each once. messages: of the first few."""

    rule: str
    count: int
    plans: tuple[str, ...]
    subjects: tuple[str, ...]
    messages: tuple[Message, ...]

    def said(self, lang: str = "vi") -> str:
        """The findings themselves where they are few, else how many there are and the first codes; and what follows."""
        english = lang == "en"
        title, why = rules()[self.rule].asks, consequences().get(self.rule)
        if self.count <= FEW:
            text = " ".join(message.en if english else message.vi for message in self.messages)
        else:
            named = ", ".join(self.subjects[:NAMED]) + (", …" if len(self.subjects) > NAMED else "")
            text = f"{title.en if english else title.vi}: {self.count} ({named})."
        follows = "" if why is None else f" → {why.en if english else why.vi}"
        return f"{self.rule} ({', '.join(self.plans)}): {text}{follows}"


def headlines(findings: Sequence[Finding], limit: int = LIMIT) -> list[Headline]:
    """The most important groups of errors and warnings, at most `limit`; infos are never among them."""
    groups: dict[tuple[int, str], list[Finding]] = {}
    for finding in findings:
        if finding.severity != "info":
            groups.setdefault((_weight(finding), finding.rule), []).append(finding)
    return [_headline(rule, groups[weight, rule]) for weight, rule in sorted(groups)][:limit]


def _weight(finding: Finding) -> int:
    if finding.severity == "error":
        return -1
    order = list(consequences())
    return order.index(finding.rule) if finding.rule in order else len(order)


def _headline(rule: str, group: Sequence[Finding]) -> Headline:
    subjects = [match[0] for finding in group if (match := _CODE.match(finding.message.vi))]
    return Headline(
        rule=rule,
        count=len(group),
        plans=tuple(dict.fromkeys(_plan(finding.file) for finding in group)),
        subjects=tuple(dict.fromkeys(subjects)),
        messages=tuple(finding.message for finding in group[:FEW]),
    )


def _plan(file: str) -> str:
    """`p438/hung-yen` of `schemas/programmes/p438/hung-yen.yaml`."""
    path = PurePath(file)
    return f"{path.parent.name}/{path.stem}"
