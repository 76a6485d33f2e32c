"""What drafting and signing releases looks like in answers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from lienthong.web.wire import Wire
from services.ingest.bodies import Answer, Query
from services.ingest.office.wire import SignedDocument


class DraftRelease(Wire):
    """Dự thảo bản phát hành. / A draft, which is signed as it stands or drafted anew."""

    release: str = Field(examples=["P119-LS.2026/1"])
    version: int
    position: int
    recipients: list[str]
    document: SignedDocument
    note: str
    digest: str = Field(description="Của các báo cáo trong dự thảo / of the reports that stood there")
    reports: int
    missing: int
    drafted_by: str
    drafted_at: datetime


class DraftStanding(DraftRelease):
    """outdated: có thay đổi sau khi dự thảo, không ký được nữa. / something came since; it can be signed no more."""

    outdated: bool


class SignedRelease(Wire):
    """Bản phát hành đã ký. / A sign-off, and whether it stands."""

    release: str
    round: str
    version: int
    state: Literal["signed", "withdrawn"]
    recipients: list[str]
    drafted_by: str | None
    signed_by: str
    signed_at: datetime
    withdrawn_at: datetime | None
    position: int
    document: SignedDocument


class FormStanding(Wire):
    form: str
    obliged: int
    reported: int
    late: int
    missing: int


class MissingReport(Wire):
    unit: str
    form: str
    deadline: datetime | None
    overdue: bool


class QueriedReport(Wire):
    """Báo cáo có câu hỏi số liệu. / A report with queries, each with what was last said of it."""

    unit: str
    form: str
    revision: int
    warnings: list[Query]


class QueryCount(Wire):
    total: int
    unexplained: int


class CameSince(Wire):
    """Đã nhận sau bản phát hành trước. / What was accepted after the last release was cut."""

    receipt: str
    position: int
    unit: str
    form: str | None
    revision: int | None
    withdrawn: bool
    explanation: bool
    received_at: datetime
    late: bool


class ReleasePreview(Answer):
    """Điều người ký cần thấy. / What a signer has to see before."""

    round: str
    version: int = Field(description="Của bản phát hành tiếp theo / of the next release")
    recipients: list[str]
    complete: bool
    changed: bool = Field(description="Số liệu khác bản trước / the figures may differ from the last release's")
    added_recipients: list[str] = Field(
        description="Chưa nhận bản trước; có thì trình được dù số liệu như cũ / who did not get the last release: with "
        "them it may be released again though nothing changed"
    )
    last_release: SignedRelease | None
    draft: DraftStanding | None
    single_person: bool
    forms: list[FormStanding]
    missing: list[MissingReport]
    warnings: list[QueriedReport]
    queries: QueryCount
    since: list[CameSince]


class ReleaseSigned(Wire):
    """Bản phát hành được lập sau đó. / position: where it is cut; the dataset is made from it."""

    release: str
    position: int


class ReleaseWithdrawn(Wire):
    release: str
    state: Literal["withdrawn"]
