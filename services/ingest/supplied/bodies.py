"""What an assembled draft looks like over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from lienthong.web.wire import Wire
from services.ingest.bodies import Answer

Number = int | float | str | None


class Source(Wire):
    """Một hệ thống đã cung cấp số liệu này. / A system that supplied the figure."""

    system: str
    client: str
    share: Literal["part", "whole"]
    value: Number
    as_of: date
    at: datetime
    receipt: str


class DraftFigure(Wire):
    """Một số liệu và nguồn của nó. / A figure and where it comes from."""

    figure: str
    state: Literal["supplied", "conflict", "missing"] = Field(
        description="conflict: hai nguồn không thể cùng đúng, đơn vị quyết định / sources that can't both be true"
    )
    value: Number
    sources: list[Source]


class Supply(Wire):
    """Một lần cung cấp mà báo cáo đã lấy số liệu. / A supply that the report took figures from."""

    receipt: str
    system: str
    client: str
    share: Literal["part", "whole"]
    as_of: date
    at: datetime
    figures: dict[str, Number]


class ConfirmedReport(Wire):
    """Một lần báo cáo được xác nhận từ dự thảo. / A revision that was confirmed from a draft."""

    unit: str
    revision: int
    supplies: list[Supply]


class ConfirmedReports(Answer):
    """Báo cáo của một biểu mẫu được xác nhận từ dự thảo. / Reports on a form that were confirmed from drafts."""

    round: str
    form: str
    reports: list[ConfirmedReport]


class AssembledDraft(Answer):
    """Dự thảo báo cáo tổng hợp từ các hệ thống; chỉ thành báo cáo khi đơn vị gửi. / It becomes a report when the unit
    submits it."""

    unit: str
    round: str
    form: str
    form_version: str
    complete: bool
    figures: dict[str, Number] = Field(description="Như trong báo cáo / as a report takes them")
    provenance: list[DraftFigure]
