"""What tasks look like over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from lienthong.web.wire import Text, Wire
from services.ingest.bodies import Answer, Redaction

Status = Literal["not_begun", "in_hand", "done"]
State = Literal["not_reported", "not_begun", "in_hand", "done", "overdue"]


class TaskReport(Wire):
    """Báo cáo mới nhất về nhiệm vụ. / What was last said of a task."""

    receipt: str
    unit: str
    status: Status
    note: str
    as_of: date = Field(description="Tính đến ngày; ngày hoàn thành / the day for which it holds, or it was done")
    at: datetime
    by: str
    redactions: list[Redaction]


class PlanTask(Wire):
    """Nhiệm vụ của kế hoạch. / A task of a plan, and where it stands."""

    plan: str
    task: str
    title: Text
    lead: list[str] = Field(description="Chủ trì, như kế hoạch ghi / as the plan writes it")
    leads: list[str] = Field(description="Đơn vị báo cáo nhiệm vụ / the units that report on it")
    lead_names: list[str] = Field(description="Tên các đơn vị đó / what these are called")
    partners: list[str] = Field(description="Phối hợp / those that take part")
    result: str | None = Field(description="Kết quả, sản phẩm / the result")
    due: date | None = Field(description="Thời hạn / the last day")
    due_text: str | None = Field(description="Thời hạn không phải ngày / what the plan writes instead of a date")
    state: State = Field(description="Quá hạn do hệ thống tính / overdue is computed, never said")
    done_late: bool
    reports: int
    latest: TaskReport | None


class TaskCounts(Wire):
    total: int
    not_reported: int
    not_begun: int
    in_hand: int
    done: int
    overdue: int
    done_late: int


class LeadCounts(TaskCounts):
    unit: str
    lead_names: list[str] = Field(description="Tên đơn vị / what it is called")


class PlanCounts(TaskCounts):
    """Tổng hợp nhiệm vụ của một kế hoạch. / How many tasks of a plan stand where, all and by lead."""

    plan: str
    leads: list[LeadCounts]


class Tasks(Answer):
    now: datetime
    tasks: list[PlanTask]
    consolidated: list[PlanCounts]


class TaskRecorded(Wire):
    """Đã ghi nhận. / What was recorded."""

    receipt: str
    plan: str
    task: str
    status: Status
