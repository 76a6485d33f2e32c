"""What a report's way past its via unit looks like in answers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from lienthong.web.lists import Links
from lienthong.web.wire import Wire
from services.ingest.bodies import Answer, Query, Redaction


class DoubtedFigure(Wire):
    """Chỉ tiêu bị trả lại và lý do. / A figure that a return is about."""

    code: str
    reason: str


class ReviewStep(Wire):
    """Một lần trả lại hoặc chuyển. / One return or passing on."""

    state: Literal["returned", "passed_on"]
    via: str
    at: datetime
    by: str
    reason: str
    figures: list[DoubtedFigure]
    position: int
    redactions: list[Redaction]


class PassingReport(Wire):
    """Lần báo cáo mới nhất trên đường đi. / A report's latest revision on its way."""

    round: str
    form: str
    unit: str
    revision: int
    via: str
    state: Literal["under_review", "returned", "passed_on", "released"]
    receipt: str
    position: int
    received_at: datetime
    late: bool
    queries: list[Query]
    unexplained: int = Field(description="Câu hỏi chưa giải trình / queries without an explanation")
    reason: str = Field(description="Của lần trả lại gần nhất / of the last return")
    figures: list[DoubtedFigure]
    reviewed_by: str | None
    reviewed_at: datetime | None
    redactions: list[Redaction]


class Passing(Answer):
    reports: list[PassingReport]
    links: Links
