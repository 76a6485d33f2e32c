"""A hub reduced to its log and its aggregator: facts are appended as ingest would, then consumed."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from lienthong import events
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.eventlog.consumer import Consumer
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.events import Event, Recorded
from lienthong.postgres.pool import Pool
from services.aggregate import store
from services.aggregate.rounds import Round
from services.aggregate.store import PlanVersions
from services.aggregate.worker import CONSUMER, Aggregator

Values = Sequence[int | None]
QUERY = {"check": "jump", "figure": "items", "message": {"vi": "Tăng gấp đôi", "en": "Twice as many"}}
IN_TIME, LATE = "2026-12-18T03:00:00+00:00", "2026-12-21T03:00:00+00:00"


class Hub:
    """The log of one fresh database, and a consumer of it."""

    def __init__(self, pool: Pool, *, batch: int = 1000) -> None:
        self.pool = pool
        with pool.connection() as conn:
            self.appender = PostgresAppender(partitions_of(conn))
        self.log = PostgresEventLog(pool, batch_events=batch)
        self._numbers = itertools.count(1)

    def append(
        self, kind: str, data: Mapping[str, Any], *, subject: str, key: str = "20", at: str | None = None
    ) -> Recorded:
        event = Event(
            type=kind,
            source="/hub/test",
            id=f"e{next(self._numbers)}",
            partition_key=key,
            subject=subject,
            time=datetime.now(UTC) if at is None else datetime.fromisoformat(at),
            data=orjson.dumps(data).decode(),
        )
        with self.pool.transaction() as tx:
            [recorded] = self.appender.append(tx, [event])
        return recorded

    def plan(self, document: Mapping[str, Any], *, key: str = "20") -> None:
        code, version = document["plan"]["plan"], document["plan"]["version"]
        self.append(
            events.PLAN_PUBLISHED,
            {
                "plan": document,
                "planVersion": version,
                "programme": "P1",
                "province": key,
                "digest": f"v{version}",
            },
            subject=code,
            key=key,
        )

    def opened(self, opening: Mapping[str, Any]) -> None:
        self.append(events.ROUND_OPENED, opening, subject=opening["round"], key=opening["province"])

    def report(
        self,
        unit: str,
        values: Values,
        *,
        form: str = "P1-LS.commune",
        round_: str = "P1-LS.2026",
        revision: int = 1,
        late: bool = False,
        nil: bool = False,
        key: str = "20",
        asks: bool = False,
        says: str = "",
        document: Mapping[str, Any] | None = None,
    ) -> Recorded:
        """document: the signed one that it names. asks: with a query; says: with an explanation of it. late: received
        after the deadline of 20 December, as the small plan's rounds of 2026 have it.
        """
        return self.append(
            events.REPORT_ACCEPTED,
            report_data(unit, values, form=form, round_=round_, revision=revision, late=late)
            | ({"nil": True} if nil else {})
            | ({"queries": [QUERY]} if asks else {})
            | ({"report": {"explanations": [{"check": QUERY["check"], "text": says}]}} if says else {})
            | ({"report": {"signedDocument": document}} if document else {}),
            subject=f"{round_}/{form}/{unit}",
            key=key,
            at=LATE if late else IN_TIME,
        )

    def explain(
        self,
        unit: str,
        text: str,
        *,
        form: str = "P1-LS.commune",
        round_: str = "P1-LS.2026",
        revision: int = 1,
        key: str = "20",
    ) -> Recorded:
        """An explanation that came after the report."""
        place = {"round": round_, "form": form, "unit": unit, "revision": revision}
        said = {**place, "explanations": [{"check": QUERY["check"], "text": text}]}
        return self.append(
            events.EXPLANATION_ACCEPTED, {**place, "data": said}, subject=f"{round_}/{form}/{unit}", key=key, at=IN_TIME
        )

    def difficulty(
        self, unit: str, *, plan: str = "P1-LS", round_: str | None = None, text: str = "Thiếu máy", key: str = "20"
    ) -> Recorded:
        raised = {"unit": unit, "plan": plan, "round": round_, "title": "Máy", "text": text}
        return self.append(
            events.DIFFICULTY_ACCEPTED, {"unit": unit, "data": raised}, subject=unit, key=key, at=IN_TIME
        )

    def step(self, kind: str, raised: Recorded, text: str, *, holder: str = "20.SKHCN", at: str = IN_TIME) -> Recorded:
        """kind: difficulty.forwarded, answered or closed."""
        receipt = f"{raised.event.partition_key}-{raised.position}"
        data = {"difficulty": receipt, "holder": holder, "text": text, "by": "person:a"}
        return self.append(kind, data, subject=receipt, key=raised.event.partition_key, at=at)

    def task(
        self,
        unit: str,
        status: str = "in_hand",
        *,
        task: str = "T-1",
        plan: str = "P1-LS",
        key: str = "20",
        at: str = IN_TIME,
        **more: Any,
    ) -> Recorded:
        """more: note, asOf."""
        said = {"unit": unit, "plan": plan, "task": task, "status": status, **more}
        return self.append(
            events.TASK_ACCEPTED,
            {"unit": unit, "client": "phần mềm", "data": said},
            subject=f"{plan}/{task}",
            key=key,
            at=at,
        )

    def item(self, name: str, *, unit: str = "20.SKHCN", kind: str = "news", key: str = "20", **more: Any) -> Recorded:
        """An item that was submitted and approved. more: link, publishedAt, jointEvent, programmes."""
        content = {
            "unit": unit,
            "item": name,
            "kind": kind,
            "link": f"https://langson.gov.vn/{name}",
            "publishedAt": "2026-03-02T01:00:00Z",
            "programmes": ["P1"],
            **more,
        }
        self.append(events.CONTENT_ACCEPTED, {"unit": unit, "data": content}, subject=f"{unit}/{name}", key=key)
        return self.append(
            events.CONTENT_APPROVED,
            {"unit": unit, "item": name, "content": content},
            subject=f"{unit}/{name}",
            key=key,
        )

    def item_withdrawn(self, name: str, *, unit: str = "20.SKHCN", key: str = "20") -> Recorded:
        told = {"unit": unit, "data": {"unit": unit, "item": name, "reason": "sai"}}
        return self.append(events.CONTENT_WITHDRAWN, told, subject=f"{unit}/{name}", key=key)

    def directive(self, name: str, *, unit: str = "20.SKHCN", key: str = "20", **more: Any) -> Recorded:
        """more: posted, shared, withdrawn, issued, number."""
        body = {
            "unit": unit,
            "directive": name,
            "number": f"{name}/CT-UBND",
            "issued": "2026-03-02",
            "programmes": ["P1"],
            **more,
        }
        return self.append(events.DIRECTIVE_ACCEPTED, {"unit": unit, "data": body}, subject=f"{unit}/{name}", key=key)

    def redact(self, recorded: Recorded, *pointers: str) -> None:
        """A text is removed: from the log, as the act does it, and then told."""
        with self.pool.connection() as conn:
            data = recorded.event.content()
            for pointer in pointers:
                *path, last = pointer.split("/")[1:]
                place = data
                for part in path:
                    place = place[int(part)] if isinstance(place, list) else place[part]
                place[last] = ""
            conn.execute(
                "UPDATE eventlog.events SET data = %s WHERE partition = %s AND position = %s",
                (orjson.dumps(data).decode(), recorded.partition, recorded.position),
            )
        key = recorded.event.partition_key
        target = {"partition": key, "position": recorded.position}
        self.append(
            events.TEXT_REDACTED,
            {"target": target, "pointers": list(pointers), "reason": "x"},
            subject=f"{key}-{recorded.position}",
            key=key,
        )

    def withdraw(
        self, unit: str, *, form: str = "P1-LS.commune", round_: str = "P1-LS.2026", revision: int = 1, key: str = "20"
    ) -> Recorded:
        data = report_data(unit, [], form=form, round_=round_, revision=revision)
        return self.append(
            events.REPORT_WITHDRAWN, {**data, "reason": "nhầm"}, subject=f"{round_}/{form}/{unit}", key=key
        )

    def review(
        self,
        kind: str,
        unit: str,
        *,
        form: str = "P1-LS.commune",
        round_: str = "P1-LS.2026",
        revision: int = 1,
        key: str = "20",
    ) -> Recorded:
        """kind: report.returned or report.passed_on."""
        data = {"round": round_, "form": form, "unit": unit, "revision": revision, "via": "20.SKHCN", "by": "person:a"}
        return self.append(kind, data, subject=f"{round_}/{form}/{unit}", key=key)

    def sign(
        self,
        version: int = 1,
        *,
        round_: str = "P1-LS.2026",
        at: str = "2026-12-29T03:00:00+00:00",
        recipients: Sequence[str] = ("VN", "platform"),
        key: str = "20",
    ) -> Recorded:
        release = f"{round_}/{version}"
        return self.append(
            events.RELEASE_SIGNED,
            {
                "release": release,
                "round": round_,
                "version": version,
                "recipients": list(recipients),
                "by": "client:vp",
                "signedAt": at,
                "document": {"number": "9/BC-UBND", "date": "2026-12-29"},
                "note": "",
            },
            subject=release,
            key=key,
        )

    def consume(self, aggregator: Aggregator | None = None) -> None:
        """Until everything is in."""
        aggregator = aggregator or Aggregator(self.appender, self.log)
        subscription = self.log.subscribe(CONSUMER)
        try:
            while (goal := self.log.heads()) != self.log.positions(CONSUMER):
                Consumer(subscription, aggregator, self.pool, lost=aggregator.forget).consume_until(goal, 30)
        finally:
            subscription.close()

    def round(self, code: str = "P1-LS.2026") -> Round:
        with self.pool.connection() as conn:
            round_ = store.load_round(conn, PlanVersions(), code)
        assert round_ is not None
        return round_

    def slot(self, name: str, *, form: str = "P1-LS.commune", round_: str = "P1-LS.2026") -> int:
        """One cell of a rollup."""
        layout = self.round(round_).layouts[form]
        with self.pool.connection() as conn:
            held = store.rollup(conn, round_, form)
        assert held is not None
        assert held[0] == layout.digest
        return layout.at(held[1], name)

    def dataset(self, release: str = "P1-LS.2026/1") -> Mapping[str, Any]:
        """The dataset that the log holds."""
        [made] = self.log.find(events.RELEASE_MADE, release)
        dataset: Mapping[str, Any] = made.event.content()["dataset"]
        return dataset


def report_data(
    unit: str, values: Values, *, form: str, round_: str, revision: int = 1, late: bool = False
) -> dict[str, Any]:
    """The data of report.accepted, without what aggregation does not read."""
    told = orjson.dumps([unit, list(values), form, round_, revision])
    return {
        "unit": unit,
        "round": round_,
        "form": form,
        "revision": revision,
        "values": list(values),
        "late": late,
        "contentHash": f"sha256:{hashlib.sha256(told).hexdigest()}",
        "formVersion": "1.0.0",
    }
