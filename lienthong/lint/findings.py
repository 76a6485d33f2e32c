"""What the lint says: rules with stable codes, findings with file, line, quote and a message in two languages.

`schemas/lint/rules.yaml` holds the rules with the words of their findings, `schemas/lint/consequences.yaml` what
follows from a warning. Words are filled as those of problems are (`lienthong/refusals.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from lienthong.errors import Message
from lienthong.shipped import schemas_folder, shipped_yaml

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing the lint found.

    lack: its name among those of the rule. pointer: RFC 6901, into the document of `file`.
    """

    rule: str
    lack: str
    severity: Severity
    file: str
    line: int
    pointer: str
    message: Message
    quote: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lack:
    """What a rule can find lacking. words hold `{names}` of parameters; together: what `{count}` of them are called."""

    severity: Severity
    words: Message
    together: Message | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """asks: what the rule asks for. lacks: what it can find, each by its name."""

    asks: Message
    lacks: Mapping[str, Lack]


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its code, in the order in which a report shows them."""
    bodies = shipped_yaml(schemas_folder() / "lint" / "rules.yaml")
    return {code: Rule(asks=_words(body), lacks=_lacks_by_name(body["findings"])) for code, body in bodies.items()}


@cache
def consequences() -> Mapping[str, Message]:
    """What follows from a warning, by the code of its rule, in the order of its weight."""
    bodies = shipped_yaml(schemas_folder() / "lint" / "consequences.yaml")
    return {code: _words(body) for code, body in bodies.items()}


def _lacks_by_name(bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, Lack]:
    return {name: _lack(body) for name, body in bodies.items()}


def _lack(body: Mapping[str, Any]) -> Lack:
    together = body.get("together")
    return Lack(
        severity=_severity(body["severity"]),
        words=_words(body),
        together=None if together is None else _words(together),
    )


def _severity(text: str) -> Severity:
    return next(severity for severity in SEVERITIES if severity == text)


def _words(body: Mapping[str, Any]) -> Message:
    return Message(vi=body["vi"], en=body["en"])
