"""What operators do, each as one transaction: the change in ingest's tables, the facts in the log, the audit row.

Definitions change under the lock of the one row of `ingest.definitions`; every accepting transaction compares its
version. What decides a province's result is appended to that province's own partition.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson

from lienthong import events
from lienthong.access import audit
from lienthong.calendar import day_of
from lienthong.errors import Transient
from lienthong.eventlog.port import Appender
from lienthong.events import Event, Recorded
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.programmes import Plan, parse_published
from lienthong.rounds import opening
from lienthong.rounds.round import OpenRound
from lienthong.units import Import, Registry, Row, import_rows
from lienthong.web.problems import not_found
from services.ingest.claims import ledger
from services.ingest.claims.verdicts import ERASED_SALT
from services.ingest.definitions.loading import now_and_version
from services.ingest.definitions.snapshot import Definitions
from services.ingest.office.facts import fact
from services.ingest.plans.publishing import Published, form_verdicts
from services.ingest.reports.redaction import emptied, redact_item
from services.ingest.rights.acting import (
    Actor,
    own_plan,
    own_province,
    own_units,
)
from services.ingest.rounds import rules
from services.ingest.units.facts import population_events, registry_row, unit_events

SQL = ledger.SQL


class Acts:
    """The acts of operators. Made once per process."""

    def __init__(self, appender: Appender) -> None:
        self._appender = appender

    def publish_plan(
        self, tx: Connection, document: Mapping[str, Any], actor: Actor, definitions: Definitions
    ) -> Published:
        """Publish a plan, or a new version of it. document: {"programme": …, "plan": …}, linted by the caller.

        Raises Rejected when a changed form keeps its version, or the issuing unit isn't the actor's.
        """
        self._change(tx, definitions)
        plan = parse_published(document)
        now = now_and_version(tx)[0]
        province = opening.province_of(plan, definitions.registry, day_of(now))
        own_plan(actor, province, plan.issued_by)
        digest = _digest({**document, "plan": {**document["plan"], "version": 0}})
        known = tx.execute(SQL.plan_digest, {"plan": plan.code}).fetchone()
        if known is not None and known[1] == digest:
            return Published(plan=plan.code, version=0)
        verdicts = form_verdicts(definitions, plan)
        number = 1 if known is None else known[0] + 1
        body = {**document, "plan": {**document["plan"], "version": number}}
        tx.execute(
            SQL.put_plan,
            {
                "plan": plan.code,
                "version": number,
                "programme": plan.programme,
                "province": province,
                "digest": digest,
                "document": orjson.dumps(body).decode(),
                "at": now,
                "by": actor.name,
            },
        )
        data = {
            "plan": body,
            "planCode": plan.code,
            "planVersion": number,
            "programme": plan.programme,
            "province": province,
            "digest": f"sha256:{digest}",
            "by": actor.name,
        }
        _audit(tx, actor, "plan.published", f"{plan.code}/v{number}", province, {"digest": digest})
        self._append(tx, [fact(events.PLAN_PUBLISHED, f"{plan.code}/v{number}", plan.code, province, now, data)])
        return Published(plan=plan.code, version=number, verdicts=verdicts)

    def open_due(self, tx: Connection, definitions: Definitions, now: datetime) -> list[str]:
        """Open every planned round whose close of data has passed. Safe to call from several processes."""
        due = [
            (plan, period)
            for plan in definitions.plans.values()
            for period in opening.scheduled(plan, definitions.registry)
            if opening.opens_at(period) <= now and opening.code_of(plan, period) not in definitions.rounds
        ]
        if not due:
            return []
        self._change(tx, definitions)
        data = [opening.opening(plan, period, definitions.registry) for plan, period in due]
        return [found["round"] for found in data if self._open(tx, found, now)]

    def open_special(
        self,
        tx: Connection,
        definitions: Definitions,
        actor: Actor,
        *,
        plan: str,
        period: str,
        first: date,
        last: date,
        deadline: datetime,
        reason: str,
        forms: Sequence[str] | None = None,
    ) -> str:
        """Open an ad-hoc round (đột xuất) or a review (sơ kết, tổng kết). Returns the round's code."""
        self._change(tx, definitions)
        found = _plan(definitions, plan)
        span, kind = opening.special_period(period, first, last)
        now = now_and_version(tx)[0]
        rules.of_special_round(found, span, definitions, deadline=deadline, forms=forms, now=now)
        data = opening.opening(found, span, definitions.registry, kind=kind, until=deadline, forms=forms, reason=reason)
        own_plan(actor, data["province"], data["root"])
        _audit(
            tx,
            actor,
            "round.opened",
            data["round"],
            data["province"],
            {"reason": reason, "deadline": wire(deadline)},
        )
        self._open(tx, data, now)
        return str(data["round"])

    def extend(
        self,
        tx: Connection,
        definitions: Definitions,
        actor: Actor,
        *,
        round_: str,
        until: datetime,
        reason: str,
        document: Mapping[str, Any],
        unit: str | None = None,
        obligation: str | None = None,
    ) -> str:
        """Move the deadline of a round (gia hạn), for one unit or for all. Returns the obligation's code."""
        self._change(tx, definitions)
        found = _round(definitions, round_)
        own_plan(actor, found.province, found.root)
        rules.still_taking_reports(found)
        code, original = rules.obligation(found, obligation)
        rules.of_extension(found, original=original, until=until, unit=unit)
        now = now_and_version(tx)[0]
        tx.execute(
            SQL.put_extension,
            {
                "round": round_,
                "obligation": code,
                "unit": unit,
                "until": until,
                "original": original,
                "reason": reason,
                "document": orjson.dumps(document).decode(),
                "by": actor.name,
                "at": now,
            },
        )
        data = {
            "round": round_,
            "obligation": code,
            "unit": unit,
            "until": wire(until),
            "original": None if original is None else wire(original),
            "reason": reason,
            "document": dict(document),
            "by": actor.name,
        }
        name = f"{round_}/{code}/{unit or 'all'}/{wire(now)}"
        _audit(tx, actor, "round.extended", round_, found.province, data)
        self._append(tx, [fact(events.ROUND_EXTENDED, name, round_, found.province, now, data)])
        return code

    def lock(self, tx: Connection, definitions: Definitions, actor: Actor, *, round_: str, reason: str) -> None:
        """No more reports for the round. Raises Rejected when it is locked already."""
        self._change(tx, definitions)
        found = _round(definitions, round_)
        own_plan(actor, found.province, found.root)
        now = now_and_version(tx)[0]
        rules.of_lock(tx.execute(SQL.lock_round, {"round": round_, "at": now}).rowcount)
        data = {"round": round_, "by": actor.name, "reason": reason}
        _audit(tx, actor, "round.locked", round_, found.province, {"reason": reason})
        self._append(tx, [fact(events.ROUND_LOCKED, round_, round_, found.province, now, data)])

    def sign_release(
        self,
        tx: Connection,
        definitions: Definitions,
        actor: Actor,
        *,
        round_: str,
        recipients: Sequence[str],
        document: Mapping[str, Any],
        note: str = "",
    ) -> tuple[str, int]:
        """Sign the round's consolidation off, as it stands at this place of the log. Returns (release, position)."""
        self._change(tx, definitions)
        found = _round(definitions, round_)
        own_plan(actor, found.province, found.root)
        now = now_and_version(tx)[0]
        version = len(tx.execute(SQL.releases_of, {"round": round_}).fetchall()) + 1
        release = f"{round_}/{version}"
        data = {
            "release": release,
            "round": round_,
            "version": version,
            "recipients": list(recipients),
            "by": actor.name,
            "signedAt": wire(now),
            "document": dict(document),
            "note": note,
        }
        _audit(tx, actor, "release.signed", release, found.province, {"recipients": list(recipients)})
        [recorded] = self._append(tx, [fact(events.RELEASE_SIGNED, release, release, found.province, now, data)])
        tx.execute(
            SQL.put_release,
            {
                "release": release,
                "round": round_,
                "version": version,
                "recipients": list(recipients),
                "document": orjson.dumps(document).decode(),
                "by": actor.name,
                "at": now,
                "partition": recorded.partition,
                "position": recorded.position,
            },
        )
        return release, recorded.position

    def withdraw_release(
        self,
        tx: Connection,
        definitions: Definitions,
        actor: Actor,
        *,
        release: str,
        reason: str,
        document: Mapping[str, Any],
    ) -> None:
        """Withdraw a release that should not have gone out: recipients are told, the feed names it as withdrawn.

        It stays in the log and on record; a corrected consolidation is a new release.
        """
        self._change(tx, definitions)
        round_, _, number = release.rpartition("/")
        found = _round(definitions, round_)
        own_plan(actor, found.province, found.root)
        known = {row[0]: row[6] for row in tx.execute(SQL.releases_of, {"round": round_})}
        if release not in known:
            raise not_found("release_unknown", release=release)
        rules.of_withdrawal(known[release])
        now = now_and_version(tx)[0]
        tx.execute(SQL.withdraw_release, {"release": release, "at": now})
        data = {
            "release": release,
            "round": round_,
            "version": int(number),
            "by": actor.name,
            "withdrawnAt": wire(now),
            "document": dict(document),
            "reason": reason,
        }
        _audit(tx, actor, "release.withdrawn", release, found.province, {"reason": reason})
        self._append(tx, [fact(events.RELEASE_WITHDRAWN, release, release, found.province, now, data)])

    def approve_item(self, tx: Connection, definitions: Definitions, actor: Actor, *, unit: str, item: str) -> int:
        """An approver of the publishing unit releases a content item for publication. Returns its revision."""
        row = tx.execute(SQL.item, {"unit": unit, "item": item}).fetchone()
        if row is None:
            raise not_found(
                "item_unknown",
                item=item,
                unit=unit,
            )
        now = now_and_version(tx)[0]
        revision, state = row[2], row[3]
        rules.of_approval(state)
        province = definitions.province_of(unit, day_of(now)) or events.NATION
        tx.execute(SQL.set_item_state, {"unit": unit, "item": item, "state": "approved", "at": now})
        data = {
            "unit": unit,
            "item": item,
            "revision": revision,
            "content": orjson.loads(row[4]),
            "approvedBy": actor.name,
            "approvedAt": wire(now),
        }
        name = f"{unit}/{item}/r{revision}"
        _audit(tx, actor, "content.approved", name, province, {})
        self._append(tx, [fact(events.CONTENT_APPROVED, name, f"{unit}/{item}", province, now, data)])
        return int(revision)

    def change_units(self, tx: Connection, definitions: Definitions, actor: Actor, rows: Iterable[Row]) -> Import:
        """Import units, agencies, populations, aliases. Raises Rejected with every fault by file and line.

        Open rounds whose obliged units change by it get `round.obliged_changed`; locked rounds keep their tree.
        """
        self._change(tx, definitions)
        found = import_rows(definitions.registry, rows)
        if not found.changes:
            return found
        now = now_and_version(tx)[0]
        own_units(actor, found.changes, found.registry)
        with tx.cursor() as cursor:
            cursor.executemany(SQL.put_registry_row, [registry_row(change) for change in found.changes])
        _audit(tx, actor, "units.changed", "registry", actor.province or events.NATION, {"changes": len(found.changes)})
        self._append(
            tx,
            [
                *unit_events(found, now, actor.name),
                *population_events(found, now),
                *self._change_obliged(tx, definitions, found.registry, now),
            ],
        )
        return found

    def redact(
        self,
        tx: Connection,
        actor: Actor,
        *,
        province: str,
        position: int,
        pointers: Sequence[str],
        reason: str,
        document: Mapping[str, Any],
    ) -> None:
        """Remove free text of one accepted event and leave its place: the text becomes empty, the salt is erased so
        that nobody can guess the text from the hash, seal and link stay. Figures can't be removed this way.

        Raises Rejected when there is no such event or a pointer leads to no text.
        """
        own_province(actor, province)
        row = tx.execute(SQL.event_at, {"key": province, "position": position}).fetchone()
        if row is None:
            raise not_found(
                "receipt_unknown",
                province=province,
                position=position,
            )
        body = orjson.loads(row[1])
        own_plan(actor, province, str(body.get("unit")))
        rules.of_redaction([pointer for pointer in pointers if not emptied(body, pointer)])
        now = now_and_version(tx)[0]
        body["salt"] = ERASED_SALT.hex()
        redact_item(tx, orjson.loads(row[1]), body)
        tx.execute(SQL.redact_event, {"partition": row[0], "position": position, "data": orjson.dumps(body).decode()})
        tx.execute(SQL.erase_salt, {"partition": row[0], "position": position, "salt": ERASED_SALT})
        data = {
            "target": {"partition": province, "position": position},
            "pointers": list(pointers),
            "reason": reason,
            "document": dict(document),
            "by": actor.name,
        }
        name = f"{province}-{position}/{wire(now)}"
        _audit(
            tx,
            actor,
            "text.redacted",
            f"{province}-{position}",
            province,
            {"pointers": list(pointers), "reason": reason},
        )
        self._append(tx, [fact(events.TEXT_REDACTED, name, f"{province}-{position}", province, now, data)])

    def _change_obliged(
        self, tx: Connection, definitions: Definitions, registry: Registry, now: datetime
    ) -> list[Event]:
        """Open rounds whose obliged units change: the rows are changed, the events returned."""
        made = []
        for round_ in definitions.rounds.values():
            change = None if round_.locked else opening.obliged_change(round_, definitions.plan_of(round_), registry)
            if change is None:
                continue
            body = {**round_.data, "obliged": change.obliged}
            tx.execute(SQL.set_round_body, {"round": round_.code, "body": orjson.dumps(body).decode()})
            data = {
                "round": round_.code,
                "obliged": change.obliged,
                "added": change.added,
                "gone": change.gone,
                "reason": "units changed",
            }
            made.append(
                fact(
                    events.ROUND_OBLIGED_CHANGED, f"{round_.code}/{wire(now)}", round_.code, round_.province, now, data
                )
            )
        return made

    def _open(self, tx: Connection, data: Mapping[str, Any], now: datetime) -> bool:
        row = {
            "round": data["round"],
            "plan": data["plan"],
            "plan_version": data["planVersion"],
            "province": data["province"],
            "body": orjson.dumps(data).decode(),
            "at": now,
        }
        if tx.execute(SQL.put_round, row).rowcount == 0:
            return False
        self._append(tx, [fact(events.ROUND_OPENED, data["round"], data["round"], data["province"], now, data)])
        return True

    def _change(self, tx: Connection, definitions: Definitions) -> int:
        """Take the lock under which definitions change, and count the change.

        Raises Transient when somebody changed them since `definitions` was read: nothing is decided on old ones.
        """
        row = tx.execute(SQL.bump_definitions).fetchone()
        assert row is not None, "the migration writes the row"
        if row[0] != definitions.version + 1:
            raise Transient("the definitions changed meanwhile; try again", code="definitions_changed")
        return int(row[0])

    def _append(self, tx: Connection, found: Sequence[Event]) -> list[Recorded]:
        return self._appender.append(tx, found)


def _audit(tx: Connection, actor: Actor, act: str, subject: str, province: str, details: Mapping[str, Any]) -> None:
    """Before anything is appended: the audit chain's lock comes before the heads of the log."""
    audit.record(tx, actor.name, act, subject, details, address=actor.address, province=province)


def _plan(definitions: Definitions, code: str) -> Plan:
    found = definitions.plans.get(code)
    if found is None:
        raise not_found("plan_unknown", plan=code)
    return found


def _round(definitions: Definitions, code: str) -> OpenRound:
    found = definitions.rounds.get(code)
    if found is None:
        raise not_found("round_unknown", round=code)
    return found


def _digest(document: Mapping[str, Any]) -> str:
    """sha256 (hex) of a document with sorted keys."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()
