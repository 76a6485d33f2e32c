"""What the hub answers, as values: receipts, faults, obligations, the results of many events, refusals. Pure.

Members that a newer hub adds are left alone: `raw` has the answer as it came.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Self

from lienthong import instants

Raw = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing that is wrong, or worth a look (a warning). pointer: JSON Pointer into what was sent. code: stable, of
    docs/errors.md. message: in the language asked for. next: what to do about it."""

    pointer: str
    code: str
    message: str = ""
    message_vi: str = ""
    message_en: str = ""
    next: str = ""
    params: Raw = field(default_factory=dict)

    @classmethod
    def of(cls, raw: Raw) -> Self:
        words = {name: str(raw.get(name, "")) for name in ("message", "message_vi", "message_en", "next")}
        return cls(
            pointer=str(raw.get("pointer", "")), code=str(raw.get("code", "")), params=raw.get("params", {}), **words
        )

    def __str__(self) -> str:
        place = f"{self.pointer}: " if self.pointer else ""
        return f"{place}{self.message} {self.next}".rstrip() + f" [{self.code}]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """The receipt (biên nhận): keep it, it is the proof. number: `<province>-<position>`. client: who sent it; None in
    one of before receipts told it. late, deadline: of reports. warnings: accepted, but worth a look. repeated: the same
    event had been accepted before, and this is its receipt.
    """

    number: str
    source: str
    id: str
    client: str | None
    type: str
    unit: str
    content_hash: str
    salt: str
    link: str
    partition: str
    position: int
    received_at: datetime
    late: bool
    deadline: datetime | None
    round: str | None
    form: str | None
    revision: int | None
    warnings: tuple[Fault, ...]
    sample: bool
    repeated: bool
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def of(cls, raw: Raw, *, repeated: bool = False) -> Self:
        return cls(
            number=raw["receipt"],
            source=raw["source"],
            id=raw["id"],
            client=raw.get("client"),
            type=raw["type"],
            unit=raw["unit"],
            content_hash=raw["contentHash"],
            salt=raw["salt"],
            link=raw["link"],
            partition=raw["partition"],
            position=raw["position"],
            received_at=instants.read(raw["receivedAt"]),
            late=raw["late"],
            deadline=instants.read_or_none(raw.get("deadline")),
            round=raw.get("round"),
            form=raw.get("form"),
            revision=raw.get("revision"),
            warnings=tuple(map(Fault.of, raw.get("warnings", ()))),
            sample=raw.get("sample", False),
            repeated=repeated,
            raw=raw,
        )

    @property
    def redacted(self) -> bool:
        """Whether a text was removed from what was accepted, and the salt with it. One from before still proves."""
        return not self.salt.strip("0")

    def proves(self, data: Raw) -> bool:
        """Whether this is the receipt of that content: its hash, recomputed (docs/canonical-form.md)."""
        return self.compared(data) == "same"

    def compared(self, data: Raw) -> Literal["same", "different", "redacted"]:
        """The hash recomputed from that content, against the receipt's. redacted: nobody can tell any more."""
        if self.redacted:
            return "redacted"
        from lienthong.contracts import canonical, strict  # noqa: PLC0415  (who only sends needs none of it)

        own = canonical.content_hash(bytes.fromhex(self.salt), self.type, canonical.write(strict.clean(data)))
        return "same" if hmac.compare_digest(f"sha256:{own.hex()}", self.content_hash) else "different"

    def continues(self, before: str) -> bool:
        """Whether its link follows from the link before it in its partition (hex, of the receipt or event one position
        before), from the content's hash and from all that this receipt tells: so neither its time nor what was decided
        can have been changed since. docs/canonical-form.md says how. False for one of before, whose link covers the
        content alone.
        """
        if self.client is None:
            return False
        from lienthong.events import link  # noqa: PLC0415  (as above)
        from lienthong.proof.links import noted_of_claim  # noqa: PLC0415

        noted = noted_of_claim(
            partition=self.partition,
            position=self.position,
            source=self.source,
            id=self.id,
            client=self.client,
            unit=self.unit,
            round=self.round,
            form=self.form,
            revision=self.revision,
            received_at=self.received_at,
            deadline=self.deadline,
            late=self.late,
            queries=[warning["message_vi"] for warning in self.raw.get("warnings", ())],
        )
        seal = bytes.fromhex(self.content_hash.removeprefix("sha256:"))
        return hmac.compare_digest(link(bytes.fromhex(before), seal, noted).hex(), self.link)


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What became of one of many events. line: from 1, in the order of all that were sent. verdict: accepted, repeated,
    refused or would_accept (of a try-out). left_out: faults that the answer had no room for."""

    line: int
    source: str | None
    id: str | None
    verdict: str
    receipt: Receipt | None = None
    faults: tuple[Fault, ...] = ()
    left_out: int = 0

    @classmethod
    def of(cls, raw: Raw, line: int) -> Self:
        receipt: Raw = raw.get("receipt") or {}
        whole = "receipt" in receipt  # that of a try-out has warnings alone
        return cls(
            line=line,
            source=raw.get("source"),
            id=raw.get("id"),
            verdict=raw["status"],
            receipt=Receipt.of(receipt, repeated=raw["status"] == "repeated") if whole else None,
            faults=tuple(map(Fault.of, raw.get("errors", ()))),
            left_out=raw.get("errorsLeftOut", 0),
        )

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(fault.code for fault in self.faults)


@dataclass(frozen=True, kw_only=True, slots=True)
class Obligation:
    """What a unit owes (nghĩa vụ báo cáo) in one round. state: missing, reported … deadline: the first
    instant that is late. schema: address of the form's JSON Schema. next_revision: of the report to send."""

    round: str
    plan: str
    form: str
    form_version: str
    unit: str
    state: str
    overdue: bool
    locked: bool
    deadline: datetime | None
    next_revision: int
    schema: str
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def of(cls, raw: Raw) -> Self:
        return cls(
            round=raw["round"],
            plan=raw["plan"],
            form=raw["form"],
            form_version=raw["formVersion"],
            unit=raw["unit"],
            state=raw["state"],
            overdue=raw["overdue"],
            locked=raw["locked"],
            deadline=instants.read_or_none(raw.get("deadline")),
            next_revision=raw["nextRevision"],
            schema=raw["schema"],
            raw=raw,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A submission that was refused, as the hub remembers it."""

    number: int
    at: datetime
    source: str | None
    id: str | None
    unit: str | None
    round: str | None
    faults: tuple[Fault, ...]

    @classmethod
    def of(cls, raw: Raw) -> Self:
        return cls(
            number=raw["refusal"],
            at=instants.read(raw["at"]),
            source=raw.get("source"),
            id=raw.get("id"),
            unit=raw.get("unit"),
            round=raw.get("round"),
            faults=tuple(map(Fault.of, raw["errors"])),
        )
