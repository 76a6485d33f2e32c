"""What a unit owes in a round, as it looks in answers (`lines.py` makes it)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from lienthong.web.wire import Wire
from services.ingest.bodies import Answer, OfficialCode
from services.ingest.reviews.bodies import ReviewStep


class RoundPeriod(Wire):
    code: str
    first: date
    last: date


class OfficialCodes(Wire):
    """Của biểu mẫu, chế độ báo cáo, kỳ. / Of form, reporting regime and period, where a list names them."""

    form: OfficialCode | None = None
    regime: OfficialCode | None = None
    period: OfficialCode | None = None


class Obligation(Wire):
    """Một nghĩa vụ báo cáo trong một kỳ. / What a unit owes in a round."""

    round: str = Field(examples=["P119-LS.2026"])
    plan: str
    form: str
    form_version: str
    unit: str
    obligation: str | None
    to: list[str] = Field(description="Gửi đến / whom it is for", examples=[["20"]])
    period: RoundPeriod
    deadline: datetime | None = Field(
        description="Thời điểm đầu tiên bị coi là quá hạn / the first instant that is late"
    )
    original_deadline: datetime | None
    locked: bool
    figures: list[str] | None = Field(description="Chỉ những số liệu này; null: cả biểu / these alone; null: all")
    schema_: str = Field(alias="schema", description="Địa chỉ JSON Schema của biểu mẫu / address of the form's schema")
    state: Literal["missing", "returned", "reported", "dormant"]
    overdue: bool
    via: str | None = Field(description="Đơn vị mà báo cáo đi qua / the unit that it passes through")
    review: Literal["under_review", "passed_on", "returned"] | None = Field(
        description="Đơn vị đó đã làm gì với báo cáo / what that unit did with it"
    )
    returned: ReviewStep | None = Field(description="Lần trả lại, khi còn phải báo cáo lại / why it is owed again")
    next_revision: int
    revision: int | None = None
    receipt: str | None = Field(None, description="Của lần báo cáo mới nhất / of the latest revision")
    withdrawn: bool | None = None
    nil: bool | None = Field(None, description="Báo cáo không phát sinh / it says that there is nothing to report")
    late: bool | None = None
    received_at: datetime | None = None
    first_received_at: datetime | None = None
    corrected_at: datetime | None = None
    official: OfficialCodes | None = None
    queries: int = Field(description="Số câu hỏi số liệu của lần báo cáo mới nhất / queries on the latest revision")
    unexplained: int = Field(description="Trong đó chưa giải trình / of these without an explanation")
    mended: bool = Field(description="Từng bị từ chối, nay đã đạt / came after a submission had been refused")


class Planned(Wire):
    """Kỳ sắp mở. / The next round of a plan."""

    round: str
    state: Literal["planned"]
    opens: datetime


class Obligations(Answer):
    now: datetime
    missing: int
    obligations: list[Obligation]
    planned: list[Planned]
