"""What the statement of deliveries (bảng kê báo cáo) looks like."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from lienthong.web.wire import Wire
from services.ingest.bodies import Answer, Receipt
from services.ingest.rounds.bodies import Obligation


class Delivered(Receipt):
    """Một lần gửi. / One revision. withdrawal: it takes the report back."""

    withdrawal: bool


class StatementLine(Obligation):
    """Một biểu mẫu trong một kỳ. / One form of one round, with every revision."""

    obliged: bool
    revisions: list[Delivered]


class Grade(Wire):
    code: str
    vi: str
    en: str


class CriterionCounted(Wire):
    """per: điểm trừ mỗi lần. / points lost for each time that is counted."""

    criterion: str
    vi: str
    en: str
    points: int
    per: int
    count: int
    earned: int


class RoundQuality(Wire):
    """Chất lượng báo cáo của một kỳ. / The grade of a round; null where nothing was owed."""

    round: str
    rules: str
    grade: Grade | None
    points: int | None
    of: int
    arithmetic: list[CriterionCounted]


class Statement(Answer):
    now: datetime
    unit: str
    year: int
    lines: list[StatementLine]
    quality: list[RoundQuality]


class UnitQuality(RoundQuality):
    """Chất lượng báo cáo của một đơn vị trong kỳ. / The grade of one unit in a round."""

    unit: str


class RoundGrades(Answer):
    now: datetime
    round: str
    units: list[UnitQuality]


class Redacted(Wire):
    """Nội dung chữ đã xóa. / What was removed."""

    receipt: str = Field(examples=["20-17"])
    pointers: list[str] = Field(description="JSON Pointer vào nội dung sự kiện / into the event's data")
