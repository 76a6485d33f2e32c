"""What operators' acts left in ingest's tables, held against the log: plans, rounds, extensions, sign-offs, reviews of
reports, the steps of difficulties. A witness of one partition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from lienthong import events
from lienthong.errors import Problem
from lienthong.events import Recorded
from lienthong.instants import read, read_or_none, wire
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.proof.seals import hash_of_remains
from lienthong.proof.table import Table
from lienthong.proof.witness import finding
from lienthong.rounds.round import with_dormant

SQL = Queries(Path(__file__).with_name("evidence.sql"))

Data = Mapping[str, Any]


class OfficeWitness:
    """Holds what the log says must stand there. conn: in a transaction that sees one moment."""

    def __init__(self, conn: Connection, key: str) -> None:
        self._conn = conn
        self._key = key
        self._bodies: dict[str, Data] = {}
        self._plans = Table(
            key, "ingest.plans", "programme province digest document published_at published_by", documents=("document",)
        )
        self._rounds = Table(
            key, "ingest.rounds", "plan plan_version province body opened_at locked_at", documents=("body",)
        )
        self._extensions = Table(
            key, "ingest.extensions", "until original reason document granted_by", documents=("document",)
        )
        self._reviews = Table(
            key, "ingest.reviews", "revision state via reason figures reviewed_by reviewed_at", documents=("figures",)
        )
        self._steps = Table(key, "ingest.difficulty_steps", "state holder text due done_by done_at")
        self._releases = Table(
            key,
            "ingest.releases",
            "round version recipients document drafted_by signed_by signed_at withdrawn_at partition position",
            documents=("document",),
        )
        self._drafts = Table(
            key,
            "ingest.release_drafts",
            "round version recipients document note digest reports missing drafted_by drafted_at",
            documents=("document",),
        )
        self._single = Table(
            key, "ingest.single_people", "allowed reason document decided_by decided_at", documents=("document",)
        )

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        take = _TAKE.get(recorded.event.type)
        if take is None or data is None:
            return
        try:
            take(self, recorded, data)
        except (LookupError, TypeError, ValueError):
            yield finding(self._key, recorded.position, "fact_unreadable", field="data")

    def end(self) -> Iterator[Problem]:
        for code, body in self._bodies.items():
            self._rounds.change(code, body=hash_of_remains(body))
        parameters = {"key": self._key}
        yield from self._plans.differences(self._conn.execute(SQL.plans_of_partition, parameters))
        yield from self._rounds.differences(self._conn.execute(SQL.rounds_of_partition, parameters))
        granted = self._conn.execute(SQL.extensions_of_partition, parameters)
        yield from self._extensions.differences(_extension_row(row) for row in granted)
        yield from self._reviews.differences(self._conn.execute(SQL.reviews_of_partition, parameters))
        yield from self._steps.differences(self._conn.execute(SQL.steps_of_partition, parameters))
        yield from self._releases.differences(self._conn.execute(SQL.releases_of_partition, parameters))
        yield from self._drafts.differences(self._conn.execute(SQL.drafts_of_partition, parameters))
        yield from self._single.differences(self._conn.execute(SQL.single_of_partition, parameters))

    def _plan_published(self, recorded: Recorded, data: Data) -> None:
        self._plans.put(
            f"{data['planCode']}/v{data['planVersion']}",
            recorded.position,
            data["programme"],
            data["province"],
            data["digest"].removeprefix("sha256:"),
            hash_of_remains(data["plan"]),
            recorded.event.time,
            data["by"],
        )

    def _round_opened(self, recorded: Recorded, data: Data) -> None:
        self._bodies[data["round"]] = data
        self._rounds.put(
            data["round"],
            recorded.position,
            data["plan"],
            data["planVersion"],
            data["province"],
            "",
            recorded.event.time,
            None,
        )

    def _obliged_changed(self, recorded: Recorded, data: Data) -> None:
        self._bodies[data["round"]] = {**self._bodies[data["round"]], "obliged": data["obliged"]}
        self._rounds.change(data["round"], recorded.position)

    def _round_dormant(self, recorded: Recorded, data: Data) -> None:
        self._bodies[data["round"]] = with_dormant(self._bodies[data["round"]], data)
        self._rounds.change(data["round"], recorded.position)

    def _round_locked(self, recorded: Recorded, data: Data) -> None:
        self._rounds.change(data["round"], recorded.position, locked_at=recorded.event.time)

    def _round_extended(self, recorded: Recorded, data: Data) -> None:
        name = _extension(data["round"], data["obligation"], data["unit"] or "all", recorded.event.time)
        self._extensions.put(
            name,
            recorded.position,
            read(data["until"]),
            read_or_none(data["original"]),
            data["reason"],
            hash_of_remains(data["document"]),
            data["by"],
        )

    def _report_reviewed(self, recorded: Recorded, data: Data) -> None:
        returned = recorded.event.type == events.REPORT_RETURNED
        self._reviews.put(
            f"{data['round']}/{data['form']}/{data['unit']} {recorded.position}",
            recorded.position,
            data["revision"],
            "returned" if returned else "passed_on",
            data["via"],
            data["reason" if returned else "note"],
            hash_of_remains(data.get("figures", [])),
            data["by"],
            recorded.event.time,
        )

    def _difficulty_moved(self, recorded: Recorded, data: Data) -> None:
        state = recorded.event.type.removeprefix(f"{events.PREFIX}difficulty.").removesuffix(".v1")
        due = None if data["due"] is None else date.fromisoformat(data["due"])
        self._steps.put(
            f"{data['difficulty']} {recorded.position}",
            recorded.position,
            state,
            data["holder"],
            data["text"],
            due,
            data["by"],
            recorded.event.time,
        )

    def _release_signed(self, recorded: Recorded, data: Data) -> None:
        self._releases.put(
            data["release"],
            recorded.position,
            data["round"],
            data["version"],
            list(data["recipients"]),
            hash_of_remains(data["document"]),
            data.get("draftedBy"),
            data["by"],
            read(data["signedAt"]),
            None,
            self._key,
            recorded.position,
        )

    def _release_drafted(self, recorded: Recorded, data: Data) -> None:
        self._drafts.put(
            f"{data['release']} {recorded.position}",
            recorded.position,
            data["round"],
            data["version"],
            list(data["recipients"]),
            hash_of_remains(data["document"]),
            data["note"],
            data["digest"],
            data["reports"],
            data["missing"],
            data["by"],
            recorded.event.time,
        )

    def _single_person(self, recorded: Recorded, data: Data) -> None:
        self._single.put(
            f"{data['unit']} {recorded.position}",
            recorded.position,
            data["allowed"],
            data["reason"],
            hash_of_remains(data["document"]),
            data["by"],
            recorded.event.time,
        )

    def _release_withdrawn(self, recorded: Recorded, data: Data) -> None:
        self._releases.change(data["release"], recorded.position, withdrawn_at=read(data["withdrawnAt"]))


_TAKE: Mapping[str, Callable[[OfficeWitness, Recorded, Data], None]] = {
    events.PLAN_PUBLISHED: OfficeWitness._plan_published,
    events.ROUND_OPENED: OfficeWitness._round_opened,
    events.ROUND_OBLIGED_CHANGED: OfficeWitness._obliged_changed,
    events.ROUND_DORMANT: OfficeWitness._round_dormant,
    events.ROUND_LOCKED: OfficeWitness._round_locked,
    events.ROUND_EXTENDED: OfficeWitness._round_extended,
    events.REPORT_RETURNED: OfficeWitness._report_reviewed,
    events.REPORT_PASSED_ON: OfficeWitness._report_reviewed,
    events.DIFFICULTY_FORWARDED: OfficeWitness._difficulty_moved,
    events.DIFFICULTY_ANSWERED: OfficeWitness._difficulty_moved,
    events.DIFFICULTY_CLOSED: OfficeWitness._difficulty_moved,
    events.RELEASE_DRAFTED: OfficeWitness._release_drafted,
    events.SINGLE_PERSON_ALLOWED: OfficeWitness._single_person,
    events.RELEASE_SIGNED: OfficeWitness._release_signed,
    events.RELEASE_WITHDRAWN: OfficeWitness._release_withdrawn,
}


def _extension_row(row: Sequence[Any]) -> tuple[Any, ...]:
    round_, obligation, unit, at, until, original, reason, body, by = row
    return _extension(round_, obligation, unit, at), until, original, reason, body, by


def _extension(round_: str, obligation: str, unit: str, at: datetime) -> str:
    return f"{round_}/{obligation}/{unit}/{wire(at)}"
