"""What happens in 2026: the demonstration's calendar as data. Pure. Who plays which part is dealt in `casting`.

Deadlines stand here as the plans' texts state them, apart from the plans' files, so that the hub's own idea of
late can be compared with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lienthong.calendar import VIETNAM

BULK_CLIENT = "ioc-33"
"""Hưng Yên's data centre, which sends for the communes that have no system of their own."""
MEDIA = "20.BPTTH"
APPROVER = "toa-soan"
"""Approves what the newspaper's own system sends."""
MINISTRY = "bo-khcn"
VIA = "20.SKHCN"
"""The department through which the figures of Lạng Sơn's communes pass."""
ON_THE_WAY = (VIA, "33.SKHCN", "02026.TTPVHCC")
"""Those through whom, or to whom, the plans send reports and difficulties."""
COMMUNE_OFFICE = {
    "parent": "02026",
    "level": "agency",
    "code": "02026.PVHXH",
    "type": "pvhxh",
    "group": "commune_office",
    "name": "Phòng Văn hóa - Xã hội",
    "full_name": "Phòng Văn hóa - Xã hội xã Nam Cường",
    "valid_from": "2025-07-01",
    "provisional": "true",
    "source": "dữ liệu mẫu",
}
"""An office that the shipped list lacks: the commune brings it in, as any list of agencies is."""


def at(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    """An instant of 2026 in Vietnam."""
    return datetime(2026, month, day, hour, minute, tzinfo=VIETNAM)


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """One round: when it is reported, corrected, late, signed off; how many communes do what.

    deadline: the exclusive instant of the plan's text. operator: the province whose operator signs off; signs_at None:
    nobody does, what was asked for is read as it came. opens_at, request: of a round on demand (đột xuất), what the
    operator asks for and when.
    """

    round: str
    operator: str
    province: str
    deadline: datetime
    reports_at: datetime
    signs_at: datetime | None = None
    opens_at: datetime | None = None
    request: Mapping[str, Any] | None = None
    recipients: tuple[str, ...] = ("VN", "platform")
    document: str = ""
    corrects_at: datetime | None = None
    late_at: datetime | None = None
    missing: int = 0
    late: int = 0
    corrected: int = 0
    extended: int = 0
    withdrawn: int = 0
    later: int = 0
    """How many correct their report after the release."""

    @property
    def units_asked(self) -> tuple[str, ...]:
        """Of whom a round on demand asks; empty for all that the plan obliges."""
        return tuple((self.request or {}).get("units", ()))


START = at(5, 20, 8)
EXTENSION = (at(6, 5, 10), at(6, 16, 0), "88/SKHCN-CĐS")
"""When a deadline is extended, until when (exclusive), by which document."""
CORRECTION_AFTER_RELEASE = at(6, 25)
SECOND_RELEASE = at(6, 26)
LOCK = at(7, 15)
MISTAKES = at(10, 7)
ROAD, URGING = at(10, 7, 14), at(10, 8, 9)
WITHDRAWAL, REINSTATEMENT = at(10, 8, 15), at(10, 12)
CONTENT, PORTAL = at(10, 20, 14), at(10, 20, 15)
SUPPLIED = at(10, 20, 8)
TASKS = at(10, 13)
PASSING_ON = at(10, 20, 9)
PLAN_ADDED = at(10, 13, 8, 30)
MINISTRY_READS = at(12, 22)

FIRST_HALF = Episode(
    round="P1169-LS.2026-H1",
    operator="tinh-20",
    province="20",
    deadline=at(6, 10, 0),
    reports_at=at(6, 4),
    corrects_at=at(6, 8, 14),
    late_at=at(6, 12),
    signs_at=at(6, 17, 10),
    document="212/BC-UBND",
    missing=2,
    late=3,
    corrected=3,
    extended=1,
    later=1,
)
COMMUNE_FIRST_HALF = Episode(
    round="P1169-NC.2026-H1",
    operator="xa-02026",
    province="19",
    deadline=at(6, 20, 0),
    reports_at=at(6, 16),
    signs_at=at(6, 18),
    document="31/BC-UBND",
    recipients=("VN", "19", "platform"),
)
NUCLEAR_COMMUNICATION = Episode(
    round="P119-LS.2026",
    operator="tinh-20",
    province="20",
    deadline=at(10, 15, 0),
    reports_at=at(10, 6),
    corrects_at=at(10, 8),
    late_at=at(10, 17),
    signs_at=at(10, 20, 16),
    document="355/BC-UBND",
    missing=3,
    late=4,
    corrected=4,
    withdrawn=1,
)
NUCLEAR_STRATEGY = Episode(
    round="P438-HY.2026",
    operator="tinh-33",
    province="33",
    deadline=at(10, 31, 0),
    reports_at=at(10, 21),
    corrects_at=at(10, 28),
    late_at=at(11, 3),
    signs_at=at(11, 5),
    document="290/BC-UBND",
    missing=4,
    late=6,
    corrected=5,
)
AD_HOC = Episode(
    round="P119-LS.2026-DX1",
    operator="tinh-20",
    province="20",
    deadline=at(11, 17, 0),
    opens_at=at(11, 9),
    request={
        "plan": "P119-LS",
        "period": "2026-DX1",
        "first": "2026-10-01",
        "last": "2026-11-05",
        "deadline": at(11, 17, 0).isoformat(),
        "forms": ["P119-LS.skhcn", "P119-LS.media"],
        "reason": "Bộ Khoa học và Công nghệ yêu cầu báo cáo đột xuất về tin, bài và lượt truy cập tháng 10.",
    },
    reports_at=at(11, 12),
    signs_at=at(11, 16),
    document="377/BC-UBND",
)
STRATEGY_ASKED = Episode(
    round="P438-HY.2026-DX1",
    operator="tinh-33",
    province="33",
    deadline=at(11, 20, 0),
    opens_at=at(11, 10),
    request={
        "plan": "P438-HY",
        "period": "2026-DX1",
        "first": "2026-10-16",
        "last": "2026-11-09",
        "deadline": at(11, 20, 0).isoformat(),
        "units": ["11977", "33.SCT"],
        "reason": "Bộ Khoa học và Công nghệ hỏi riêng về cơ sở chiếu xạ và hội nghị ở cấp xã.",
    },
    reports_at=at(11, 18),
)
RESOLUTION_ASKED = Episode(
    round="P1169-LS.2026-DX1",
    operator="tinh-20",
    province="20",
    deadline=at(11, 21, 0),
    opens_at=at(11, 11),
    request={
        "plan": "P1169-LS",
        "period": "2026-DX1",
        "first": "2026-06-01",
        "last": "2026-11-10",
        "deadline": at(11, 21, 0).isoformat(),
        "units": ["05983", "20.SCT"],
        "reason": "Tỉnh ủy yêu cầu báo cáo nhanh việc duy trì chuyên mục về Nghị quyết số 57-NQ/TW.",
    },
    reports_at=at(11, 19),
)
COMMUNE_ASKED = Episode(
    round="P1169-NC.2026-DX1",
    operator="xa-02026",
    province="19",
    deadline=at(11, 22, 0),
    opens_at=at(11, 12, 8),
    request={
        "plan": "P1169-NC",
        "period": "2026-DX1",
        "first": "2026-06-15",
        "last": "2026-11-10",
        "deadline": at(11, 22, 0).isoformat(),
        "reason": "Bộ Khoa học và Công nghệ yêu cầu báo cáo đột xuất.",
    },
    reports_at=at(11, 19, 14),
    signs_at=at(11, 20, 8),
    document="58/BC-UBND",
    recipients=("VN", "19", "platform"),
)
SECOND_HALF = Episode(
    round="P1169-LS.2026-H2",
    operator="tinh-20",
    province="20",
    deadline=at(12, 10, 0),
    reports_at=at(12, 3),
    corrects_at=at(12, 8),
    late_at=at(12, 11),
    signs_at=at(12, 14),
    document="401/BC-UBND",
    recipients=("VN", "20", "platform"),
    missing=1,
    late=2,
    corrected=2,
)
COMMUNE_SECOND_HALF = Episode(
    round="P1169-NC.2026-H2",
    operator="xa-02026",
    province="19",
    deadline=at(12, 20, 0),
    reports_at=at(12, 16),
    signs_at=at(12, 17),
    document="67/BC-UBND",
    recipients=("VN", "19", "platform"),
)

EPISODES = (
    FIRST_HALF,
    COMMUNE_FIRST_HALF,
    NUCLEAR_COMMUNICATION,
    NUCLEAR_STRATEGY,
    AD_HOC,
    STRATEGY_ASKED,
    RESOLUTION_ASKED,
    COMMUNE_ASKED,
    SECOND_HALF,
    COMMUNE_SECOND_HALF,
)


DIFFICULTY_TEXT: dict[str, Any] = {
    "plan": "P119-LS",
    "obligation": "R-119-LS-3",
    "title": "Thiếu tài liệu bằng tiếng dân tộc thiểu số",
    "text": "Xã có trên 80% người dân tộc Tày, Nùng; tài liệu tuyên truyền hiện có chỉ bằng tiếng Việt nên "
    "khó truyền đạt đến người cao tuổi.",
    "proposal": "Đề nghị Sở KH&CN cung cấp tài liệu nghe nhìn song ngữ.",
}

ITEMS: tuple[dict[str, Any], ...] = (
    {
        "item": "tin-2026-0142",
        "kind": "news",
        "language": "vi",
        "licence": "CC-BY-4.0",
        "programmes": ["P119"],
        "title": "Lạng Sơn tập huấn truyền thông về năng lượng nguyên tử cho cán bộ cấp xã",
        "link": "https://bao-mau.example.vn/tin/2026-0142",
        "publishedAt": "2026-10-19T08:00:00+07:00",
        "summary": "Hơn 130 cán bộ của 65 xã, phường dự lớp tập huấn.",
    },
    {
        "item": "info-2026-0031",
        "kind": "infographic",
        "language": "vi",
        "licence": "CC-BY-4.0",
        "programmes": ["P119"],
        "title": "Ứng dụng bức xạ trong y tế: những con số",
        "link": "https://bao-mau.example.vn/do-hoa/2026-0031",
        "publishedAt": "2026-10-19T15:30:00+07:00",
        "summary": "Đồ họa đang chờ lãnh đạo Báo duyệt.",
    },
    {
        "item": "video-2026-0007",
        "kind": "video",
        "language": "vi",
        "licence": "CC-BY-4.0",
        "programmes": ["P119"],
        "title": "Hỏi đáp về điện hạt nhân",
        "link": "https://bao-mau.example.vn/video/2026-0007",
        "publishedAt": "2026-10-18T19:00:00+07:00",
        "summary": "Chuyên mục hỏi đáp 15 phút.",
    },
)
"""Content items of the newspaper: the first is approved and pushed, the second waits for its approval, the third
is approved, pushed and then withdrawn."""
APPROVED, WAITING, WITHDRAWN = (item["item"] for item in ITEMS)
