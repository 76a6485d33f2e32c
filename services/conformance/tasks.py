"""What the kit asks an integrator's system to do, and what the system says of it: the two JSON documents. Pure.

docs/conformance.md shows both to whoever writes an adapter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

PROTOCOL = "lienthong-conformance/1"
MOST_WORDS = 4000  # characters of what an adapter says to people

Do = Literal["report", "correct", "withdraw", "resend", "bulk", "obligations", "receipts"]
Outcome = Literal["accepted", "refused", "partly", "failed", "told", "unsupported"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedReport:
    """One report that the system is asked for, or to take back. figures None: of a withdrawal. id: the name that the
    event shall have, where the kit cares. bad: the hub has to refuse it."""

    round: str
    form: str
    unit: str
    figures: Mapping[str, Any] | None = None
    nil: bool = False
    narrative: str = ""
    reason: str = ""
    id: str | None = None
    bad: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        return self.round, self.form, self.unit

    def document(self) -> dict[str, Any]:
        """As the task says it: no word of what the kit expects."""
        body: dict[str, Any] = {"round": self.round, "form": self.form, "unit": self.unit}
        if self.figures is None:
            body["reason"] = self.reason
        else:
            body |= {"figures": dict(self.figures), "narrative": self.narrative}
        return body | ({"nil": True} if self.nil else {}) | ({} if self.id is None else {"id": self.id})


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """Where the sandbox is, and who the system is there."""

    address: str
    client_id: str
    source: str
    secret: str = field(repr=False)

    def document(self) -> dict[str, str]:
        return {
            "address": self.address,
            "clientId": self.client_id,
            "secret": self.secret,
            "source": self.source,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class AdapterTask:
    """One instruction."""

    case: str
    step: int
    do: Do
    hub: Access
    reports: tuple[AskedReport, ...] = ()

    def document(self) -> dict[str, Any]:
        return {
            "protocol": PROTOCOL,
            "case": self.case,
            "step": self.step,
            "do": self.do,
            "hub": self.hub.document(),
            "reports": [each.document() for each in self.reports],
        }


class OfAdapter(BaseModel):
    """Of an adapter's answer. Members that a newer adapter adds are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Wrong(OfAdapter):
    """One thing that the hub said is wrong, as the system would show it to its user."""

    code: str
    pointer: str = ""


class Owed(OfAdapter):
    """One obligation, as the system found it."""

    round: str
    form: str
    unit: str


class Said(OfAdapter):
    """What the system says that became of a task. receipts: numbers of receipts that it got. why: words for people."""

    outcome: Outcome
    receipts: tuple[str, ...] = ()
    problems: tuple[Wrong, ...] = ()
    warnings: tuple[str, ...] = ()
    late: bool | None = None
    obligations: tuple[Owed, ...] = ()
    why: str = Field("", max_length=MOST_WORDS)
