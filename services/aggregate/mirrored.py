"""What aggregate keeps of the log besides rollups, held against it column by column: definitions, the latest revision
of each report, sign-offs. A witness of one partition, for `lienthong verify`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from lienthong import events
from lienthong.errors import Problem
from lienthong.eventlog import stops
from lienthong.events import Recorded
from lienthong.instants import read
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.proof.seals import hash_of_remains
from lienthong.proof.table import ANY, Table
from lienthong.proof.witness import finding
from lienthong.rounds.round import extension_from, from_data, members_of, with_dormant
from services.aggregate.counting import PASSED_ON, RETURNED
from services.aggregate.facts import report_of
from services.aggregate.queries import asked_by, redacted_explanations
from services.aggregate.worker import CONSUMER

SQL = Queries(Path(__file__).with_name("evidence.sql"))

_REVIEW = ("review", "review_revision", "review_position")
_PAGE = 2_000  # rows of reports fetched at once

Data = Mapping[str, Any]


class AggregateTables:
    """Holds what the tables must say at the position that aggregate stands at."""

    def __init__(self, conn: Connection, key: str, goal: int) -> None:
        """conn: in a transaction that sees one moment. goal: aggregate's position."""
        self._conn, self._key, self._goal = conn, key, goal
        self._passed = stops.passed_over(conn, CONSUMER, key)
        self._newest: dict[str, int] = {}
        self._bodies: dict[str, Data] = {}
        self._extensions: dict[str, list[Data]] = {}
        self._plans = Table(key, "aggregate.plans", "programme province digest document", documents=("document",))
        self._rounds = Table(
            key,
            "aggregate.rounds",
            "province programme plan period opened_version reading_version body extensions opened_at locked_at "
            "changed_position",
            documents=("body", "extensions"),
        )
        self._units = Table(key, "aggregate.units", "valid_to level full_name")
        self._populations = Table(key, "aggregate.populations", "value source")
        self._reports = Table(
            key,
            "aggregate.reports",
            "revision figures content_hash position received_at review review_revision review_position "
            "first_received_at late nil",
        )
        self._queries = Table(key, "aggregate.queries", "figure message_vi message_en")
        self._explanations = Table(key, "aggregate.explanations", "round form unit revision check_code text said_at")
        self._releases = Table(
            key,
            "aggregate.releases",
            "round version position signed_at recipients withdrawn_at",
            whole=False,
        )

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        take = _TAKE.get(recorded.event.type)
        if take is None or data is None or recorded.position > self._goal or recorded.position in self._passed:
            return
        try:
            take(self, recorded, data)
        except (LookupError, TypeError, ValueError):
            yield finding(self._key, recorded.position, "fact_unreadable", field="data")

    def end(self) -> Iterator[Problem]:
        for code, body in self._bodies.items():
            self._rounds.change(code, body=hash_of_remains(body), extensions=hash_of_remains(self._extensions[code]))
        held = self._rows
        yield from self._plans.differences(held(SQL.plans_of_partition))
        yield from self._rounds.differences(held(SQL.rounds_of_partition))
        yield from self._units.differences(held(SQL.units_of_partition))
        yield from self._populations.differences(held(SQL.populations_of_partition))
        self._judge()
        yield from self._reports.differences(self._told_of(row) for row in self._held_reports())
        yield from self._queries.differences(held(SQL.queries_of_partition))
        yield from self._explanations.differences(held(SQL.explanations_of_partition))
        yield from self._releases.differences(held(SQL.signed_of_partition))

    def _judge(self) -> None:
        """Late by the deadlines as they stand now, with every extension."""
        rounds = {
            code: replace(
                from_data(body), extensions=tuple(extension_from(extension) for extension in self._extensions[code])
            )
            for code, body in self._bodies.items()
        }
        for name in self._reports.names():
            code, form, unit = name.split("/")
            first = self._reports.get(name, "first_received_at")
            self._reports.change(name, late=rounds[code].is_late(form, unit, first))

    def _told_of(self, row: Sequence[Any]) -> tuple[Any, ...]:
        name, revision, figures, content_hash, *rest = row
        *_, first_received_at, _, _ = rest
        if first_received_at is None:  # as a process of before wrote it, until `lienthong replay`
            self._reports.change(name, first_received_at=ANY, late=ANY)
        return (name, revision, _digest_of(figures), bytes(content_hash), *rest)

    def _rows(self, query: str) -> list[Sequence[Any]]:
        return list(self._conn.execute(query, {"key": self._key}))

    def _held_reports(self) -> Iterator[Sequence[Any]]:
        with self._conn.cursor(f"reports_{self._key}") as cursor:
            cursor.itersize = _PAGE
            yield from cursor.execute(SQL.reports_of_partition, {"key": self._key})

    def _plan_published(self, recorded: Recorded, data: Data) -> None:
        plan, version = data["planCode"], data["planVersion"]
        self._newest[plan] = max(version, self._newest.get(plan, 0))
        self._plans.put(
            f"{plan}/v{version}",
            recorded.position,
            data["programme"],
            data["province"],
            data["digest"],
            hash_of_remains(data["plan"]),
        )
        for code, body in self._bodies.items():
            if body["plan"] == plan and self._rounds.get(code, "locked_at") is None:
                self._change_round(code, recorded.position, reading_version=version)

    def _round_opened(self, recorded: Recorded, data: Data) -> None:
        if self._plans.get(f"{data['plan']}/v{data['planVersion']}", "digest") is None:
            return  # its plan was set aside, and what is about it goes too
        code, opened = data["round"], members_of(data)
        self._bodies[code], self._extensions[code] = data, []
        self._rounds.put(
            code,
            recorded.position,
            opened["province"],
            opened["programme"],
            opened["plan"],
            opened["period"].code,
            data["planVersion"],
            self._newest[data["plan"]],
            "",
            "",
            recorded.recorded_at,
            None,
            recorded.position,
        )

    def _round_extended(self, recorded: Recorded, data: Data) -> None:
        if data["round"] in self._bodies:
            self._extensions[data["round"]].append(data)
            self._change_round(data["round"], recorded.position)

    def _obliged_changed(self, recorded: Recorded, data: Data) -> None:
        code = data["round"]
        if code in self._bodies:
            obliged = {form: sorted(units) for form, units in data["obliged"].items()}
            self._bodies[code] = {**self._bodies[code], "obliged": obliged}
            self._change_round(code, recorded.position)

    def _round_dormant(self, recorded: Recorded, data: Data) -> None:
        code = data["round"]
        if code in self._bodies:
            self._bodies[code] = with_dormant(self._bodies[code], data)
            self._change_round(code, recorded.position)

    def _round_locked(self, recorded: Recorded, data: Data) -> None:
        self._rounds.change(data["round"], recorded.position, locked_at=recorded.recorded_at)

    def _unit_changed(self, recorded: Recorded, data: Data) -> None:
        for row in data["units"]:
            self._units.put(
                f"{row['code']} {row['valid_from']}",
                recorded.position,
                row.get("valid_to") or None,
                row["level"],
                row["full_name"],
            )

    def _population_set(self, recorded: Recorded, data: Data) -> None:
        self._populations.put(
            f"{data['unit']} {data['year']}", recorded.position, data["value"], data.get("source", "")
        )

    def _report(self, recorded: Recorded, data: Data) -> None:
        report, round_, form = report_of(recorded)
        if round_ not in self._bodies:
            return
        if report.values is not None:
            self._put_queries(recorded, data)
        name = f"{round_}/{form}/{report.unit}"
        first = self._reports.get(name, "first_received_at") or report.received_at
        reviewed = [self._reports.get(name, column) for column in _REVIEW]
        self._reports.put(
            name,
            recorded.position,
            report.revision,
            _digest_of(report.values),
            report.content_hash,
            report.position,
            report.received_at,
            *reviewed,
            first,
            None,
            report.nil,
        )

    def _put_queries(self, recorded: Recorded, data: Data) -> None:
        """What a fact asks and explains."""
        if data["round"] not in self._bodies:
            return
        round_queries = asked_by(recorded, data)
        for query in round_queries.queries:
            name = f"{query.round}/{query.form}/{query.unit} {query.revision} {query.check_code}"
            self._queries.put(name, recorded.position, query.figure, query.message_vi, query.message_en)
        for each in round_queries.explanations:
            name = f"{each.position} {each.number}"
            text = each.text or ANY  # it was redacted, and aggregate may not have come to that yet
            self._explanations.put(
                name,
                recorded.position,
                each.round,
                each.form,
                each.unit,
                each.revision,
                each.check_code,
                text,
                each.said_at,
            )

    def _text_redacted(self, recorded: Recorded, data: Data) -> None:
        for number in redacted_explanations(data):
            name = f"{data['target']['position']} {number}"
            if self._explanations.get(name, "round") is not None:
                self._explanations.change(name, recorded.position, text="")

    def _report_reviewed(self, recorded: Recorded, data: Data) -> None:
        name = f"{data['round']}/{data['form']}/{data['unit']}"
        if self._reports.get(name, "revision") == data["revision"]:
            state = RETURNED if recorded.event.type == events.REPORT_RETURNED else PASSED_ON
            self._reports.change(
                name,
                recorded.position,
                review=state,
                review_revision=data["revision"],
                review_position=recorded.position,
            )

    def _release_signed(self, recorded: Recorded, data: Data) -> None:
        self._releases.put(
            data["release"],
            recorded.position,
            data["round"],
            data["version"],
            recorded.position,
            read(data["signedAt"]),
            list(data["recipients"]),
            None,
        )

    def _release_withdrawn(self, recorded: Recorded, data: Data) -> None:
        self._releases.change(data["release"], recorded.position, withdrawn_at=recorded.recorded_at)

    def _change_round(self, code: str, position: int, **values: Any) -> None:
        self._rounds.change(code, position, changed_position=position, **values)


_TAKE: Mapping[str, Callable[[AggregateTables, Recorded, Data], None]] = {
    events.PLAN_PUBLISHED: AggregateTables._plan_published,
    events.ROUND_OPENED: AggregateTables._round_opened,
    events.ROUND_EXTENDED: AggregateTables._round_extended,
    events.ROUND_OBLIGED_CHANGED: AggregateTables._obliged_changed,
    events.ROUND_DORMANT: AggregateTables._round_dormant,
    events.ROUND_LOCKED: AggregateTables._round_locked,
    events.UNIT_CHANGED: AggregateTables._unit_changed,
    events.POPULATION_SET: AggregateTables._population_set,
    events.REPORT_ACCEPTED: AggregateTables._report,
    events.REPORT_WITHDRAWN: AggregateTables._report,
    events.REPORT_RETURNED: AggregateTables._report_reviewed,
    events.REPORT_PASSED_ON: AggregateTables._report_reviewed,
    events.EXPLANATION_ACCEPTED: AggregateTables._put_queries,
    events.TEXT_REDACTED: AggregateTables._text_redacted,
    events.RELEASE_SIGNED: AggregateTables._release_signed,
    events.RELEASE_WITHDRAWN: AggregateTables._release_withdrawn,
}


def _digest_of(values: Sequence[int | None] | None) -> str | None:
    """Packed figures by a short digest: there may be a hundred thousand reports."""
    return None if values is None else blake2b(repr(tuple(values)).encode(), digest_size=16).hexdigest()
