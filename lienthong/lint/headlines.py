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
from lienthong.refusals import phrase, say

LIMIT = 12
FEW = 2
"""Findings of a rule that are told in full."""
NAMED = 4
"""Subjects named in one headline; the section of the rule has them all."""


_CODE = re.compile(r"[A-Za-z0-9_.-]+(?=:)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Alike:
    """Findings of one kind. subjects: codes they name, each once."""

    rule: str
    lack: str
    count: int
    subjects: tuple[str, ...]

    @property
    def message(self) -> Message:
        """What is lacking, never what the rule asks for: “4 chỉ tiêu tăng trưởng không có năm gốc (…)”."""
        rule = rules()[self.rule]
        together = rule.lacks[self.lack].together
        words = phrase("lint_unmet", asks=rule.asks, count=self.count)
        if together is not None:
            words = say(together, {"count": self.count})
        named = ", ".join(self.subjects[:NAMED]) + (", …" if len(self.subjects) > NAMED else "")
        return Message(vi=f"{words.vi} ({named})", en=f"{words.en} ({named})") if named else words


@dataclass(frozen=True, kw_only=True, slots=True)
class Headline:
    """Findings of one rule, told in one line. messages: of the first few."""

    rule: str
    count: int
    plans: tuple[str, ...]
    kinds: tuple[Alike, ...]
    messages: tuple[Message, ...]

    def text(self, lang: str = "vi") -> str:
        """The findings themselves where they are few, else how many of each kind there are; and what follows."""
        why = consequences().get(self.rule)
        if self.count <= FEW:
            text = " ".join(_in(message, lang) for message in self.messages)
        else:
            text = "; ".join(_in(alike.message, lang) for alike in self.kinds) + "."
        follows = "" if why is None else f" → {_in(why, lang)}"
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
    kinds: dict[str, list[Finding]] = {}
    for finding in group:
        kinds.setdefault(finding.lack, []).append(finding)
    return Headline(
        rule=rule,
        count=len(group),
        plans=tuple(dict.fromkeys(_plan(finding.file) for finding in group)),
        kinds=tuple(_alike(rule, lack, kinds[lack]) for lack in rules()[rule].lacks if lack in kinds),
        messages=tuple(finding.message for finding in group[:FEW]),
    )


def _alike(rule: str, lack: str, group: Sequence[Finding]) -> Alike:
    subjects = [match[0] for finding in group if (match := _CODE.match(finding.message.vi))]
    return Alike(rule=rule, lack=lack, count=len(group), subjects=tuple(dict.fromkeys(subjects)))


def _in(message: Message, lang: str) -> str:
    return message.en if lang == "en" else message.vi


def _plan(file: str) -> str:
    """`p438/hung-yen` of `schemas/programmes/p438/hung-yen.yaml`."""
    path = PurePath(file)
    return f"{path.parent.name}/{path.stem}"
