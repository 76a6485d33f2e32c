"""What plans, their publishing and their schemas look like in answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import ConfigDict, Field

from lienthong.web.wire import Text, Wire
from services.ingest.bodies import OfficialCode
from services.ingest.units.bodies import UnitRow


class Duty(Wire):
    """Nghĩa vụ báo cáo đòi biểu mẫu. / An obligation that asks for the form."""

    obligation: str
    frequency: Text
    official: OfficialCode | None = None
    to: list[str]
    to_text: str | None = Field(description="Nơi nhận theo lời văn bản / the recipient in the document's words")
    via: str | None
    via_text: str | None


class PlanForm(Wire):
    form: str
    version: str
    label: Text
    figures: list[str]
    official: OfficialCode | None = None
    duties: list[Duty]


class OutsideChannel(Wire):
    """Nội dung không gửi qua hệ thống này và kênh riêng của nó. / What is not taken here, and where it goes instead."""

    system: str
    name: Text
    carries: Text
    agency: str | None = Field(
        description="Nơi nhận; null: nguồn không nêu / who takes it; null: the source names nobody"
    )
    way: Text
    reference: str


class PlanInForce(Wire):
    """Một kế hoạch đang có hiệu lực. / A plan in force."""

    plan: str = Field(examples=["P119-LS"])
    programme: str
    version: int
    title: str
    title_en: str = Field(alias="title_en")
    issued_by: str
    forms: list[PlanForm]
    outside: list[OutsideChannel]
    retired_on: date | None = Field(
        description="Ngày chốt số liệu cuối cùng / the last close of data; null: it goes on"
    )
    rounds: list[str]


class Plans(Wire):
    plans: list[PlanInForce]


class ObligedForm(Wire):
    form: str
    version: str
    units: list[UnitRow]


class Obliged(Wire):
    """Đơn vị phải báo cáo từng biểu mẫu. / The units that owe each form, in Vietnamese order."""

    plan: str
    on: date
    forms: list[ObligedForm]


class ChangeSaid(Wire):
    """Một thay đổi so với bản trước. / A change against the version before."""

    message_vi: str = Field(alias="message_vi")
    message_en: str = Field(alias="message_en")


class RoundAhead(Wire):
    """Kỳ chưa mở: mở ngay, mở sau, hoặc không mở. / What becomes of a planned round."""

    round: str
    state: Literal["opens_now", "opens_later", "stays_closed"]
    close: date
    opens: datetime
    deadline: datetime | None
    deadline_passed: bool
    obliged: int


class PlanFinding(ChangeSaid):
    """Điểm cần xem lại trong kế hoạch. / What the lint found."""

    rule: str
    severity: str
    file: str
    line: int
    pointer: str
    quote: str | None


class PlanPublished(Wire):
    """version 0: bản giống hệt đã công bố từ trước. / published before; published false: it was only checked."""

    plan: str
    version: int
    published: bool
    changes: list[ChangeSaid]
    rounds: list[RoundAhead]
    findings: list[PlanFinding]


class PlanRetired(Wire):
    plan: str
    retired_on: date


class JsonSchema(Wire):
    """Một JSON Schema (2020-12), nguyên văn. / A JSON Schema, with all words of that standard."""

    model_config = ConfigDict(extra="allow")

    schema_: str = Field(alias="$schema")
    id: str = Field(alias="$id")
    title: str | None = None
    description: str | None = None


class FormSchema(Wire):
    form: str
    version: str
    url: str


class NamedSchema(Wire):
    id: str
    url: str


class SchemaList(Wire):
    forms: list[FormSchema]
    schemas: list[NamedSchema]
