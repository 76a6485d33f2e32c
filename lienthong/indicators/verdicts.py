"""How verdicts are called where people read: one word for one thing, in tables, pages and the command line. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from lienthong.errors import Message
from lienthong.indicators import targets

ASSESSMENTS: Mapping[str, Message] = {
    "assessed": Message(vi="Đánh giá được", en="Assessed"),
    "provisional": Message(vi="Tạm tính", en="Provisional"),
    "cannot_be_assessed": Message(vi="Không đánh giá được", en="Cannot be assessed"),
}
"""Of an indicator's value."""

TARGETS: Mapping[str, Message] = {
    targets.REACHED: Message(vi="Đạt", en="Reached"),
    targets.EXCEEDED: Message(vi="Vượt", en="Exceeded"),
    targets.REACHED_EARLY: Message(vi="Đã đạt mức mục tiêu (trước hạn)", en="Reached ahead of time"),
    targets.NOT_REACHED: Message(vi="Chưa đạt", en="Not reached"),
    targets.ON_TRACK: Message(vi="Đúng tiến độ", en="On track"),
    targets.BEHIND: Message(vi="Chậm tiến độ", en="Behind"),
    targets.NOT_DUE: Message(vi="Chưa đến kỳ kết luận", en="Not due yet"),
    targets.CONDITION_PENDING: Message(vi="Chưa đến điều kiện", en="Waits for a condition"),
    targets.CANNOT: Message(vi="Không đánh giá được", en="Cannot be assessed"),
}
"""Of a target."""

_PROVISIONAL = Message(vi="tạm tính", en="provisional")


def of_target(status: str, *, provisional: bool) -> Message:
    """`Chưa đạt (tạm tính)`. Raises KeyError for an unknown status."""
    name = TARGETS[status]
    if not provisional or status in targets.OPEN:
        return name
    return Message(vi=f"{name.vi} ({_PROVISIONAL.vi})", en=f"{name.en} ({_PROVISIONAL.en})")
