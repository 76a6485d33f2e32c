"""What export keeps of the log: releases, the feed's entries, messages, and deliveries to come.

Everything here runs inside a consumer's transaction (`services/export/consumer.py`), so a fact has its effect
once. Order of locks: destinations (shared), rows, and the feed's head last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from lienthong.cursors import CURSOR_LIFE, Cursors
from lienthong.eventlog.installation import installation
from lienthong.eventlog.rows import from_row
from lienthong.events import PLAN_PUBLISHED, RELEASE_WITHDRAWN, Recorded
from lienthong.postgres.answers import certain, value
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import refused
from lienthong.releases import Dataset, Written
from lienthong.releases.figures import FigureTold
from services.export.mapping import PLATFORM, Message

CONSUMER = "export"
"""Export's name as a consumer of the log."""

SQL = Queries(Path(__file__).with_name("queries.sql"))

# Any fixed numbers that nobody else uses (advisory locks are per database).
DESTINATIONS_LOCK = 7_301_190_438
PUSHERS_SPACE = 763_723_267  # of two-part locks: the seats of workers that push


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptMessage:
    """A message as it stands in the table. data: canonical JSON; `{}` once its text was erased."""

    type: str
    kind: str
    subject: str
    version: int
    digest: str
    at: datetime
    sample: bool
    data: str

    @property
    def message(self) -> Message:
        return Message(
            type=self.type,
            kind=self.kind,
            id=self.subject,
            version=self.version,
            digest=self.digest,
            at=self.at,
            sample=self.sample,
            text=self.data,
        )


def keep_release(tx: Connection, written: Written, *, at: datetime) -> None:
    """Keep a release and list it in the feed."""
    dataset, row = written.dataset, release_row(written, at=at)
    if tx.execute(SQL.add_release, row).rowcount == 0:
        return
    with tx.cursor() as cursor:
        cursor.executemany(SQL.add_figure, [figure_row(dataset["release"], figure) for figure in dataset["figures"]])
    tx.execute(SQL.add_feed_entry, row | {"entry": "release"})


def release_row(written: Written, *, at: datetime) -> dict[str, Any]:
    """The row of a release. at: when it was made."""
    dataset = written.dataset
    return {
        "release": dataset["release"],
        "round": dataset["round"],
        "version": dataset["version"],
        "supersedes": dataset["supersedes"],
        "programme": dataset["programme"]["code"],
        "plan": dataset["plan"]["code"],
        "period": dataset["period"]["code"],
        "province": dataset["province"],
        "issuer": dataset["issuer"]["code"],
        "issuer_level": dataset["issuer"]["level"],
        "recipients": list(dataset["recipients"]),
        "sample": dataset["sample"],
        "digest": written.digest,
        "signed_at": dataset["signedOff"]["at"],
        "made_at": at,
        "dataset": written.text,
    }


def withdraw_release(tx: Connection, fact: Mapping[str, Any], *, at: datetime) -> None:
    """Mark a release as withdrawn; the feed says so by id."""
    values = {
        "round": fact["round"],
        "version": fact["version"],
        "at": at,
        "reason": fact.get("reason") or "",
    }
    row = tx.execute(SQL.withdraw_release, values).fetchone()
    if row is not None:
        release, province, programme = row
        entry = {"entry": "withdrawn", "release": release, "province": province, "programme": programme}
        tx.execute(SQL.add_feed_entry, entry)


def withdrawn_before(tx: Connection, recorded: Recorded, release: str) -> Recorded | None:
    """The withdrawal of a release that came before aggregate had made it, or None."""
    parameters = {
        "type": RELEASE_WITHDRAWN,
        "release": release,
        "partition": recorded.partition,
        "position": recorded.position,
    }
    row = tx.execute(SQL.withdrawn_before, parameters).fetchone()
    return None if row is None else from_row(recorded.event.partition_key, recorded.partition, row)


def keep_message(tx: Connection, message: Message, recorded: Recorded) -> None:
    """Keep what goes out and put it on its way to the destinations of the fact's province.

    A withdrawal goes out only where something was published, and stops what was not sent yet.
    """
    key = _key_of(message)
    if message.withdraws and not _was_published(tx, key):
        return
    row = key | {
        "type": message.type,
        "province": recorded.event.partition_key,
        "partition": recorded.partition,
        "position": recorded.position,
        "sample": message.sample,
        "digest": message.digest,
        "at": message.at,
        "data": message.text,
    }
    tx.execute(SQL.share_destinations, {"lock": DESTINATIONS_LOCK})
    if tx.execute(SQL.add_message, row).rowcount == 0:
        return
    if message.withdraws:
        tx.execute(SQL.supersede, key)
    for (destination,) in tx.execute(SQL.targets, {"province": row["province"], "kind": message.kind}).fetchall():
        put_on_its_way(tx, message, destination)


def put_on_its_way(tx: Connection, message: Message, destination: str) -> None:
    """Add the delivery of a message to a destination; at most one."""
    tx.execute(SQL.add_delivery, _key_of(message) | {"id": message.webhook_id(destination), "destination": destination})


def _key_of(message: Message) -> dict[str, Any]:
    return {"kind": message.kind, "subject": message.id, "version": message.version, "withdraws": message.withdraws}


def cursors(conn: Connection, path: str, *, head: int, life: timedelta = CURSOR_LIFE) -> Cursors:
    """The cursors of a list now, for reading it outside of a consumer's transaction. head: its highest position."""
    row = conn.execute(SQL.key_and_now).fetchone()
    assert row is not None, "the migration wrote the key"
    key, now = row
    return Cursors(path=path, key=key, epoch=installation(conn).epoch, now=now, head=head, life=life)


def published_at(tx: Connection, key: str, position: int) -> tuple[str, int] | None:
    """(subject, version) of the content item that a fact of the log published, or None."""
    row: tuple[str, int] | None = tx.execute(SQL.published_at_place, {"key": key, "position": position}).fetchone()
    return row


def erase(tx: Connection, subject: str, version: int) -> None:
    """Remove the text of a published item; call it after its withdrawal was kept, which stops its sending."""
    tx.execute(SQL.erase, {"subject": subject, "version": version})


def explain_nothing(conn: Connection, programme: str | None) -> None:
    """Where nothing was found by this programme. Raises Rejected (404), unless somebody published a plan of it."""
    parameters = {"programme": programme, "type": PLAN_PUBLISHED}
    if programme is not None and not certain(conn, bool, SQL.is_programme, parameters):
        raise refused("programme_not_here", programme=programme)


def latest_version(tx: Connection, kind: str, subject: str) -> int | None:
    """The highest version of a subject that ever went out, or None."""
    return value(tx, int, SQL.latest_version, {"kind": kind, "subject": subject})


def for_platform(dataset: Dataset) -> bool:
    """Whether the scope of a release names the platform."""
    return PLATFORM in dataset["recipients"]


def _was_published(tx: Connection, key: Mapping[str, Any]) -> bool:
    return certain(tx, bool, SQL.was_published, key)


def sum_description(figure: FigureTold) -> dict[str, Any]:
    """What a sum is called, and how many units stand at each value of a status."""
    return {"label": figure["label"], "measure": figure["measure"], "statuses": figure["statuses"]}


def figure_row(release: str, figure: FigureTold) -> dict[str, Any]:
    """The row of one sum of a release."""
    total = figure["sum"]
    return {
        "release": release,
        "form": figure["form"],
        "code": figure["code"],
        "kind": figure["kind"],
        "decimals": figure["decimals"],
        "total": None if total is None else Decimal(total).scaleb(figure["decimals"]),
        "given": figure["given"],
        "obliged": figure["obliged"],
        "described": orjson.dumps(sum_description(figure)).decode(),
    }
