"""What tests of export share: facts appended to a real log, consumed into export's tables, pushed step by step."""

from __future__ import annotations

import copy
import dataclasses
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from lienthong.contracts.canonical import digest_of
from lienthong.eventlog import stops
from lienthong.eventlog.append import PostgresAppender
from lienthong.eventlog.consumer import Consumer
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.events import (
    CONTENT_APPROVED,
    CONTENT_WITHDRAWN,
    FACT_SET_ASIDE,
    RELEASE_MADE,
    RELEASE_WITHDRAWN,
    TEXT_REDACTED,
    Event,
)
from lienthong.postgres.pool import Pool
from services.export.consumer import Exporter
from services.export.deliveries import acts
from services.export.deliveries.acts import ExportActor
from services.export.deliveries.destinations import Destination
from services.export.deliveries.listing import Delivery, list_deliveries
from services.export.deliveries.pusher import Pusher
from services.export.deliveries.queue import ClaimedDelivery, claim, next_due
from services.export.deliveries.wire import Wire
from services.export.store import CONSUMER
from tests.builders.running_platform import Running
from tests.conftest import ROOT

VALID = ROOT / "schemas" / "platform" / "examples" / "valid"
AT = datetime(2026, 10, 20, 2, tzinfo=UTC)


def a_dataset(
    *, round_: str = "P119-LS.2026", version: int = 1, province: str = "20", **changed: Any
) -> dict[str, Any]:
    """The committed example as a dataset of some round, version and province, with members changed."""
    dataset = copy.deepcopy(json.loads((VALID / "release.published.json").read_text("utf-8"))["data"])
    dataset |= {
        "release": f"{round_}/{version}",
        "round": round_,
        "version": version,
        "province": province,
        "supersedes": f"{round_}/{version - 1}" if version > 1 else None,
        "issuer": {"code": province, "name": f"Tỉnh {province}", "level": "province"},
    }
    return dataset | changed


def released(dataset: Mapping[str, Any]) -> Event:
    """The fact that a release was made."""
    data = {
        "release": dataset["release"],
        "round": dataset["round"],
        "version": dataset["version"],
        "supersedes": dataset["supersedes"],
        "dataset": dataset,
        "digest": digest_of(dataset),
    }
    return fact(RELEASE_MADE, dataset["release"], data, province=dataset["province"])


def release_withdrawn(round_: str = "P119-LS.2026", version: int = 1, *, province: str = "20") -> Event:
    """The fact that a release was withdrawn."""
    data = {"release": f"{round_}/{version}", "round": round_, "version": version, "reason": "Phát hành nhầm"}
    return fact(RELEASE_WITHDRAWN, data["release"], data, province=province)


def approved(
    item: str = "2026-0042", revision: int = 1, *, unit: str = "20.SKHCN", title: str = "Tin", province: str = ""
) -> Event:
    """The fact that a content item was released for publication."""
    content = {
        "unit": unit,
        "item": item,
        "revision": revision,
        "kind": "news",
        "title": title,
        "link": "https://skhcn.langson.example/tin",
        "language": "vi",
        "licence": "CC-BY-4.0",
        "programmes": ["P119"],
        "publishedAt": "2026-05-04T01:30:00Z",
    }
    data = {
        "unit": unit,
        "item": item,
        "revision": revision,
        "content": content,
        "approvedBy": "client:x",
        "approvedAt": "2026-05-05T02:00:00Z",
    }
    return fact(CONTENT_APPROVED, f"{unit}/{item}/r{revision}", data, province=province or unit[:2])


def withdrawn(item: str = "2026-0042", *, unit: str = "20.SKHCN") -> Event:
    """The fact that a content item was withdrawn."""
    data = {
        "unit": unit,
        "receivedAt": "2026-06-01T02:00:00Z",
        "data": {"unit": unit, "item": item, "reason": "Nội dung có sai sót"},
    }
    return fact(CONTENT_WITHDRAWN, f"{unit}/{item}/w", data, province=unit[:2])


def redacted(province: str, position: int) -> Event:
    """The fact that the text of an event was removed."""
    data = {
        "target": {"partition": province, "position": position},
        "pointers": ["/content/title"],
        "reason": "Có dữ liệu cá nhân",
        "document": {"number": "7/QĐ", "date": "2026-07-01"},
        "by": "client:x",
    }
    return fact(TEXT_REDACTED, f"{province}-{position}", data, province=province)


def set_aside(province: str, position: int) -> Event:
    """An operator sets a fact aside for export."""
    event = fact(
        FACT_SET_ASIDE,
        f"aside-{province}-{position}",
        {
            "partition": province,
            "position": position,
            "consumers": [CONSUMER],
            "by": "test",
            "reason": "hỏng",
        },
        province=province,
    )
    return dataclasses.replace(event, subject=stops.subject_of(province, position))


def fact(type_: str, identifier: str, data: Mapping[str, Any], *, province: str) -> Event:
    """Any fact of a province's partition."""
    return Event(
        type=type_,
        source="urn:lienthong:test",
        id=f"{type_}/{identifier}",
        time=AT,
        partition_key=province,
        data=orjson.dumps(data).decode(),
        subject=identifier,
    )


class Export:
    """A hub's export over a database: append facts, take them in, push."""

    def __init__(self, pool: Pool, appender: PostgresAppender, *, sample: bool = False) -> None:
        self.pool = pool
        self._appender = appender
        self._log = PostgresEventLog(pool)
        self._sample = sample

    def append(self, *events: Event) -> None:
        with self.pool.transaction() as tx:
            self._appender.append(tx, list(events))

    def take_in(self, *events: Event) -> None:
        """Append facts and consume the log up to its heads."""
        self.append(*events)
        subscription = self._log.subscribe(CONSUMER)
        try:
            Consumer(subscription, Exporter(sample=self._sample), self.pool).consume_until(self._log.heads())
        finally:
            subscription.close()

    def add(self, platform: Running, **changed: Any) -> Destination:
        """Make the running platform a destination."""
        given = {
            "id": "platform",
            "name": "Nền tảng",
            "province": "20",
            "url": platform.url,
            "reach": "loopback",
            "sender": platform.sender,
            "secret": platform.secret,
            "per_minute": 60_000,
            "timeout_seconds": 30.0,
        }
        destination = Destination(**(given | changed))
        acts.add(self.pool, destination, ExportActor(name="cli:test"))
        return destination

    def pusher(self, schedule: tuple[int, ...] = (0, 0, 0), **wire: Any) -> Pusher:
        """One that need not wait between attempts."""
        return Pusher(self.pool, Wire(**wire), schedule=schedule)

    def push_all(self, pusher: Pusher | None = None, *, most: int = 200) -> int:
        """Push until nothing is due; the number of attempts."""
        pusher = pusher or self.pusher()
        attempts = 0
        while attempts < most:
            if pusher.step():
                attempts += 1
            elif not self._soon():
                return attempts
        raise AssertionError(f"still something due after {most} attempts")

    def claim(self, worker: str) -> ClaimedDelivery:
        """Claim what is due, as soon as the distance of the rate limit lets it."""
        while True:
            found = claim(self.pool, worker)
            if found is not None or not self._soon():
                assert found is not None, "nothing to claim"
                return found

    def deliveries(self) -> list[Delivery]:
        """Oldest first."""
        return list_deliveries(self.pool)[::-1]

    def only(self) -> Delivery:
        [delivery] = self.deliveries()
        return delivery

    def _soon(self) -> bool:
        """Whether something pending will be due within the distance of the rate limit."""
        wait = next_due(self.pool, 1.0)
        if wait < 0.1:
            time.sleep(wait + 0.002)
            return True
        return False
