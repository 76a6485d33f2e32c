"""Our own client as a system under test, and the example of an adapter: what `lienthong conformance --own` drives.

It keeps in memory what a system keeps in its database: the event of each report, before it goes out.
"""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lienthong.client import (
    Data,
    Event,
    Fault,
    Hub,
    NotAnswered,
    Obligation,
    Patience,
    Receipt,
    Refused,
    Result,
    Secret,
    report_for,
    withdrawal,
)
from services.conformance.tasks import Owed, Said, Wrong

Asked = Mapping[str, Any]
Key = tuple[str, str, str]
OWED = ("missing", "returned")


@dataclass(slots=True)
class Own:
    """patience: of every connection that it makes."""

    patience: Patience = field(default_factory=Patience)
    _hub: Hub | None = None
    _access: Mapping[str, str] | None = None
    _events: dict[Key, Event] = field(default_factory=dict)

    def do(self, task: Mapping[str, Any]) -> Said:
        """One task; see docs/conformance.md."""
        hub = self._connection(task["hub"])
        try:
            return self._carry_out(hub, task["do"], task["reports"])
        except Refused as refused:
            if refused.status == 401:
                return Said(outcome="failed", why=str(refused))
            return Said(outcome="refused", problems=_problems(refused.faults or ()) or _codes(refused.codes))
        except NotAnswered as error:
            return Said(outcome="failed", why=str(error))

    def close(self) -> None:
        if self._hub is not None:
            self._hub.close()

    def _connection(self, access: Mapping[str, str]) -> Hub:
        """One connection for all tasks, until the secret changes."""
        if self._hub is None or access != self._access:
            self.close()
            proof = Secret(client_id=access["clientId"], secret=access["secret"])
            self._hub = Hub(access["address"], proof, source=access["source"], patience=self.patience)
            self._access = dict(access)
        return self._hub

    def _carry_out(self, hub: Hub, do: str, reports: Sequence[Asked]) -> Said:
        match do:
            case "report" | "correct" | "withdraw":
                return _accepted([hub.submit(self._keep(reports[0], self._event(hub, reports[0])))])
            case "resend":
                return _accepted([hub.submit(self._events[_key(reports[0])])])
            case "bulk":
                events = [self._keep(each, self._event(hub, each)) for each in reports]
                return _of_many(list(hub.submit_all(events)))
            case "obligations":
                owed = [duty for duty in hub.obligations() if duty.state in OWED]
                lines = tuple(Owed(round=each.round, form=each.form, unit=each.unit) for each in owed)
                return Said(outcome="told", obligations=lines)
            case "receipts":
                return Said(outcome="told", receipts=tuple(receipt.number for receipt in hub.receipts()))
        return Said(outcome="unsupported", why=do)

    def _event(self, hub: Hub, report: Asked) -> Event:
        """The event for a report: its form's version and its revision are as the hub says now."""
        duties = hub.obligations(round=report["round"], unit=report["unit"])
        duty = next(each for each in duties if each.form == report["form"])
        name = unicodedata.normalize("NFC", report.get("id") or f"bc/{report['unit']}/{uuid.uuid4().hex}")
        return hub.event(_claim(report, duty), id=name)

    def _keep(self, report: Asked, event: Event) -> Event:
        """Kept before it goes out: what is sent again after a crash is this very event."""
        self._events[_key(report)] = event
        return event


def _key(report: Asked) -> Key:
    return report["round"], report["form"], report["unit"]


def _claim(report: Asked, duty: Obligation) -> Data:
    if "reason" in report:
        return withdrawal(
            round=duty.round, form=duty.form, unit=duty.unit, revision=duty.next_revision - 1, reason=report["reason"]
        )
    more = {"nil": True} if report.get("nil") else {}
    text = unicodedata.normalize("NFC", report["narrative"])
    return report_for(duty, figures=report["figures"], results=text, **more)


def _accepted(receipts: Sequence[Receipt]) -> Said:
    return Said(
        outcome="accepted",
        receipts=tuple(receipt.number for receipt in receipts),
        warnings=tuple(fault.code for receipt in receipts for fault in receipt.warnings),
        late=any(receipt.late for receipt in receipts),
    )


def _of_many(results: Sequence[Result]) -> Said:
    receipts = [result.receipt for result in results if result.receipt is not None]
    wrong = tuple(each for result in results for each in _problems(result.faults))
    outcome = {True: "accepted", False: "partly" if receipts else "refused"}[not wrong]
    return _accepted(receipts).model_copy(update={"outcome": outcome, "problems": wrong})


def _problems(faults: Sequence[Fault]) -> tuple[Wrong, ...]:
    return tuple(Wrong(code=fault.code, pointer=fault.pointer) for fault in faults)


def _codes(codes: Sequence[str]) -> tuple[Wrong, ...]:
    return tuple(Wrong(code=code) for code in codes)
