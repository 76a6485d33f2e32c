"""What deliveries and destinations look like in answers. FastAPI writes by these, so that nothing else gets out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from lienthong.web.lists import Links
from lienthong.web.wire import ClosedWire


class AttemptOf(ClosedWire):
    """Một lần thử. / finishedAt null: nobody learned what came of it."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    status: int | None = Field(description="HTTP")
    outcome: str | None
    detail: str | None


class DeliveryOf(ClosedWire):
    """Một lượt chuyển, với mọi lần thử. / One push of a message to one destination, with every attempt."""

    id: str
    destination: str
    province: str
    kind: str
    subject: str
    version: int
    withdraws: bool
    state: Literal["pending", "delivered", "dead", "superseded"]
    attempts: list[AttemptOf]
    created_at: datetime
    due_at: datetime | None = Field(description="Lần thử tới / when it is tried next; null: no more")
    settled_at: datetime | None
    reason: str | None


class Deliveries(ClosedWire):
    """sample: dữ liệu mẫu / none of it is real."""

    sample: bool
    notice: str | None = None
    deliveries: list[DeliveryOf]
    links: Links


class Retried(ClosedWire):
    id: str
    state: Literal["pending"]


class DestinationOf(ClosedWire):
    """Một nơi nhận. / A receiver, without its secrets."""

    id: str
    name: str
    province: str
    url: str
    address: str = Field(description="Như người đọc nên thấy / the address as people should see it")
    reach: str
    kinds: list[str]
    mapping: str
    sender: str
    per_minute: int
    in_flight: int
    timeout_seconds: float
    takes: bool
    active: bool
    paused_at: datetime | None
    paused_reason: str | None


class Destinations(ClosedWire):
    destinations: list[DestinationOf]
    links: Links


class TakingOf(ClosedWire):
    """Đã đọc nơi nhận đến đâu. / How far it was read; outcome: of the last time, `ok` or why not."""

    after: int
    asked_at: datetime | None
    outcome: str | None
    detail: str | None
    left_out: int = Field(description="Mục không đúng lược đồ / items that kept no schema")
    items: int


class DestinationWaiting(DestinationOf):
    """Với số lượt đang chờ. / With what waits for it."""

    pending: int
    dead: int
    delivered: int
    oldest_undelivered_seconds: float
    taking: TakingOf | None


class DestinationAdded(DestinationOf):
    """secret: chỉ hiển thị một lần. / shown once; queued: messages that wait for it now."""

    secret: str
    queued: int


class DestinationRemoved(ClosedWire):
    id: str
    removed: bool
    no_longer_waiting: int


class SecretRotated(ClosedWire):
    """secret: chỉ hiển thị một lần. / shown once."""

    id: str
    secret: str
    former_signs_until: datetime


class HeldThere(ClosedWire):
    id: str
    version: int


class KindCompared(ClosedWire):
    """Đối soát một loại. / How one kind compares. unknown: what the destination holds and should not; left alone."""

    kind: str
    ours: int
    theirs: int
    equal: bool
    missing: int
    different: int
    resent: int
    unknown: list[HeldThere]


class Reconciled(ClosedWire):
    id: str
    kinds: list[KindCompared]
