"""Facts of the log as aggregate reads and writes them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from lienthong import events, releases
from lienthong.events import Event, Recorded
from lienthong.instants import read
from services.aggregate.counting import Report
from services.aggregate.cut import SignOff

SOURCE = "/hub"


Data = Mapping[str, Any]


def report_of(recorded: Recorded) -> tuple[Report, str, str]:
    """(report, round, form) of report.accepted or report.withdrawn, as if it were the first; whether it is late,
    `with_first_revision` says.
    """
    data = orjson.loads(recorded.event.data)
    withdrawn = recorded.event.type == events.REPORT_WITHDRAWN
    report = Report(
        unit=data["unit"],
        revision=data["revision"],
        values=None if withdrawn else data["values"],
        content_hash=bytes.fromhex(data["contentHash"].removeprefix("sha256:")),
        position=recorded.position,
        received_at=recorded.event.time,
        first_received_at=recorded.event.time,
        late=False,
        nil=not withdrawn and data.get("nil") is True,
    )
    return report, data["round"], data["form"]


def sign_off_of(data: Data, position: int) -> SignOff:
    """The sign-off of a release.signed event at its position."""
    return SignOff(
        release=data["release"],
        version=data["version"],
        recipients=tuple(data["recipients"]),
        by=data["by"],
        note=data.get("note") or "",
        document=data.get("document"),
        at=read(data["signedAt"]),
        position=position,
        identifiers=data.get("identifiers") or {},
    )


def made_event(signed: Recorded, sign_off: SignOff, release: releases.Written) -> Event:
    return Event(
        type=events.RELEASE_MADE,
        source=SOURCE,
        id=f"release.made/{sign_off.release}",
        time=sign_off.at,
        partition_key=signed.event.partition_key,
        subject=sign_off.release,
        data=releases.made_of(release),
        correlation_id=signed.event.correlation_id,
        causation_id=signed.event.id,
        traceparent=signed.event.traceparent,
    )
