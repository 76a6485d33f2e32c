"""What units do: ask what they owe, report, correct, withdraw, and make mistakes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

from lienthong.client import Data, Event, Hub, explanation, report, withdrawal
from lienthong.forms.schema import form_of
from lienthong.programmes import Form
from services.demo import plausible
from services.demo.book import Book, Key
from services.demo.people import Participants
from services.demo.plausible import Rules, Value
from services.demo.script import BULK_CLIENT, MISTAKES
from services.demo.sender import EventAnswer, send, send_all

THREADS = 6  # two cores run the hub as well: more senders only wait for each other

Counted = Callable[[int], None]
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A report ready to be sent, and what the book has to know of it."""

    key: Key
    revision: int
    figures: Mapping[str, Value]
    late: bool
    event: Event


@dataclass(slots=True)
class Reporting:
    """The units' side. counted: told how many events were sent."""

    people: Participants
    book: Book
    rules: Rules
    counted: Counted
    _forms: dict[str, Form] = field(default_factory=dict)
    _first_events: dict[Key, Event] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, round_: str, units: Iterable[str]) -> dict[str, list[Form]]:
        """Every unit asks what it owes in a round; the forms by unit, of those that owe any."""
        accounts = {
            account.client_id: account for unit in units if (account := self.people.by_unit.get(unit)) is not None
        }
        owed: dict[str, list[Form]] = {}
        for lines in self._for_each(lambda account: self._missing_reports(account, round_), accounts.values()):
            for unit, form in lines:
                owed.setdefault(unit, []).append(form)
        return owed

    def report(
        self, round_: str, owed: Mapping[str, Sequence[Form]], day: date, late: Callable[[str], bool] = lambda _: False
    ) -> None:
        """These units send what they owe: alone, as a batch where a unit owes several forms, or in bulk."""
        by_account: dict[str, list[Prepared]] = {}
        for unit, forms in sorted(owed.items()):
            prepared = [self._first(round_, form, unit, day, late=late(unit)) for form in forms]
            by_account.setdefault(self.people.by_unit[unit].client_id, []).extend(prepared)
        self._for_each(lambda item: self._send(self.people.account(item[0]), item[1]), by_account.items())

    def confirm(self, key: Key, figures: Mapping[str, Value], receipts: Sequence[str], day: date) -> None:
        """A unit confirms a draft as its report. receipts: of what systems supplied for it."""
        prepared = self._prepare(key, self.book.forms[key[:2]], 1, figures, day, late=False)
        event = {**prepared.event, "data": {**prepared.event["data"], "assembledFrom": list(receipts)}}
        self._send_one(replace(prepared, event=event))

    def correct(self, round_: str, unit: str, day: date) -> None:
        """A unit sends its first form again with a higher revision and other figures; late is who was late at first."""
        form, key = self._any_form(round_, unit)
        standing = self.book.standing[key]
        assert standing.figures is not None, "only a standing report is corrected"
        figures = plausible.corrected_figures(form, standing.figures)
        self._send_one(self._prepare(key, form, standing.revision + 1, figures, day, late=standing.late))

    def explain(self, round_: str, unit: str, day: date, changes: Mapping[str, Value], text: str) -> None:
        """A unit corrects figures so that they are asked about, and explains whatever the receipt asks."""
        form, key = self._any_form(round_, unit)
        standing, account = self.book.standing[key], self.people.by_unit[unit]
        figures = {**(standing.figures or {}), **changes}
        prepared = self._prepare(key, form, standing.revision + 1, figures, day, late=standing.late)
        answer = send(account, prepared.event)
        self._note(prepared, answer)
        warnings = () if answer.receipt is None else answer.receipt.warnings
        data = explanation(
            round=round_,
            form=form.code,
            unit=unit,
            revision=prepared.revision,
            texts={str(warning.params["check"]): text for warning in warnings},
        )
        event = account.event(data, id=_event_id(key, prepared.revision, "gt"))
        self.book.note_other("giải trình", send(account, event), "accepted")
        self.counted(1)

    def report_nothing(self, round_: str, unit: str, day: date) -> None:
        """A unit says that its first form has nothing to report (không phát sinh)."""
        form, key = self._any_form(round_, unit)
        standing = self.book.standing[key]
        prepared = self._prepare(key, form, standing.revision + 1, {}, day, late=standing.late)
        event = {**prepared.event, "data": {**prepared.event["data"], "nil": True}}
        self._send_one(replace(prepared, figures=dict.fromkeys(form.codes), event=event))

    def withdraw(self, round_: str, unit: str) -> None:
        """A unit takes its report back."""
        _, key = self._any_form(round_, unit)
        revision, account = self.book.standing[key].revision, self.people.by_unit[unit]
        reason = "Số liệu tổng hợp nhầm kỳ; đơn vị rút để rà soát lại."
        data = withdrawal(round=round_, form=key[1], unit=unit, revision=revision, reason=reason)
        answer = send(account, account.event(data, id=_event_id(key, revision, "rut")))
        self.book.note_report(key, revision, None, False, answer)
        self.counted(1)

    def reinstate(self, round_: str, unit: str, day: date) -> None:
        """A withdrawn report comes back with a higher revision."""
        form, key = self._any_form(round_, unit)
        figures = plausible.figures(self.rules, form, unit, round_.rpartition(".")[2])
        self._send_one(self._prepare(key, form, self.book.standing[key].revision + 1, figures, day, late=False))

    def first_event(self, key: Key) -> Event:
        """The event of a report, as it was sent first."""
        return self._first_events[key]

    def form(self, account: Hub, path: str) -> Form:
        """A form by the address of its JSON Schema, fetched once."""
        with self._lock:
            if path not in self._forms:
                self._forms[path] = form_of(account.get(path))
            return self._forms[path]

    def event_for(self, key: Key, form: Form, revision: int, figures: Mapping[str, Any], *, id_: str) -> Event:
        """A report as an event of the unit's account, with whatever figures and id."""
        data = self._report_data(key, form, revision, figures, MISTAKES.date())
        return self.people.by_unit[key[2]].event(data, id=id_)

    def _missing_reports(self, account: Hub, round_: str) -> list[tuple[str, Form]]:
        duties = [duty for duty in account.obligations(round=round_) if duty.state == "missing"]
        pairs = [(duty.unit, self.form(account, duty.schema)) for duty in duties]
        for unit, form in pairs:
            self.book.note_duty(round_, form, unit)
        return pairs

    def _any_form(self, round_: str, unit: str) -> tuple[Form, Key]:
        key = min(key for key in self.book.standing if key[0] == round_ and key[2] == unit)
        return self.book.forms[(round_, key[1])], key

    def _first(self, round_: str, form: Form, unit: str, day: date, *, late: bool) -> Prepared:
        figures = plausible.figures(self.rules, form, unit, round_.rpartition(".")[2])
        return self._prepare((round_, form.code, unit), form, 1, figures, day, late=late)

    def _prepare(
        self, key: Key, form: Form, revision: int, figures: Mapping[str, Value], day: date, *, late: bool
    ) -> Prepared:
        data = self._report_data(key, form, revision, figures, day)
        event = self.people.by_unit[key[2]].event(data, id=_event_id(key, revision))
        return Prepared(key=key, revision=revision, figures=figures, late=late, event=event)

    def _report_data(self, key: Key, form: Form, revision: int, figures: Mapping[str, Any], day: date) -> Data:
        words = plausible.narrative(self.people.names[key[2]])
        return report(
            round=key[0],
            form=form.code,
            form_version=form.version,
            unit=key[2],
            revision=revision,
            figures=figures,
            results=words["results"],
            shortcomings=words["shortcomings"],
            proposals=words["proposals"],
            signed={"number": f"{100 + sum(key[2].encode()) % 400}/BC-UBND", "date": day.isoformat()},
        )

    def _send(self, account: Hub, reports: Sequence[Prepared]) -> None:
        events = [prepared.event for prepared in reports]
        if account.client_id == BULK_CLIENT:
            answers = send_all(account, events)
        elif len(events) > 1:
            answers = send_all(account, events, batch=True)
        else:
            answers = [send(account, events[0], binary=events[0]["data"]["unit"][-1] in "02468")]
        for prepared, answer in zip(reports, answers, strict=True):
            self._note(prepared, answer)

    def _send_one(self, prepared: Prepared) -> None:
        self._note(prepared, send(self.people.by_unit[prepared.key[2]], prepared.event))

    def _note(self, prepared: Prepared, answer: EventAnswer) -> None:
        self.book.note_report(prepared.key, prepared.revision, prepared.figures, prepared.late, answer)
        self._first_events.setdefault(prepared.key, prepared.event)
        self.counted(1)

    @staticmethod
    def _for_each(act: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """The act on each item, some at the same time; the first error ends it."""
        with ThreadPoolExecutor(THREADS, thread_name_prefix="unit") as threads:
            return list(threads.map(act, items))


def _event_id(key: Key, revision: int, word: str = "bc") -> str:
    return f"{word}/{'/'.join(key)}/{revision}"
