"""What ingest's HTTP answers to those who send look like, for its description: the routes write them themselves.

`tests/services/hub/test_descriptions.py` holds what really comes against it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from lienthong.web.lists import Links
from lienthong.web.wire import Wire


class Fault(Wire):
    """Một lỗi, hoặc một điểm cần xem lại. / One thing that is wrong, or worth a look."""

    pointer: str = Field(description="JSON Pointer vào nội dung đã gửi / into what was sent")
    code: str = Field(description="Mã ổn định, docs/errors.md / stable code", examples=["too_many_decimals"])
    message: str | None = Field(None, description="Theo Accept-Language / in the language asked for")
    message_vi: str | None = Field(None, alias="message_vi")
    message_en: str | None = Field(None, alias="message_en")
    next: str | None = Field(None, description="Việc cần làm / what to do next")
    params: dict[str, Any] | None = None


class Problem(Wire):
    """Vì sao không được (RFC 9457), mọi lỗi cùng lúc. / Why not, everything at once."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[Fault]
    errors_left_out: int | None = None
    instance: str | None = None


class OAuthError(Wire):
    """RFC 6749 §5.2."""

    error: str = Field(examples=["invalid_client"])
    error_description: str | None = Field(None, alias="error_description")


class Redaction(Wire):
    """Nội dung văn bản đã được xóa: khi nào, vì sao, ở đâu. / Text that was removed: when, why, where."""

    at: datetime
    reason: str
    pointers: list[str] = Field(description="JSON Pointer vào nội dung sự kiện / into the event's data")
    document: dict[str, Any]


class Receipt(Wire):
    """Biên nhận: bằng chứng đã nộp. / The receipt: keep it, it is the proof."""

    receipt: str = Field(examples=["20-17"])
    source: str
    id: str
    client: str = Field(description="Ứng dụng đã gửi / the client that sent it")
    type: str
    unit: str
    content_hash: str = Field(pattern="^sha256:[0-9a-f]{64}$")
    salt: str
    link: str = Field(
        description="Mắt xích: gồm mắt xích trước, mã băm và những gì biên nhận này ghi / over the link before, the"
        " content hash and what this receipt tells (docs/canonical-form.md)"
    )
    partition: str
    position: int
    received_at: datetime
    late: bool
    deadline: datetime | None
    warnings: list[Fault]
    round: str | None = None
    form: str | None = None
    revision: int | None = None
    redacted: bool | None = Field(
        None, description="Đã xóa chữ: không so mã băm được nữa / a text was removed: the hash can't be compared"
    )
    sample: bool | None = None
    notice: str | None = None


class Submitted(Receipt):
    """accepted: đã nhận (201); repeated: đã nhận từ trước, cùng biên nhận (200). / repeated: the same receipt again."""

    status: Literal["accepted", "repeated"]


class TriedOut(Wire):
    """Trả lời cho dryRun=true; không lưu gì. / The answer to a try-out; nothing is kept."""

    status: Literal["would_accept"]
    warnings: list[Fault]


class Warnings(Wire):
    """Trong biên nhận của một lần gửi thử. / In place of the receipt of a try-out."""

    warnings: list[Fault]


class Result(Wire):
    """Kết quả của một sự kiện, đánh số từ 1. / What became of one event, numbered from 1."""

    line: int = Field(ge=1)
    status: Literal["accepted", "repeated", "refused", "would_accept"]
    id: str | None = None
    source: str | None = None
    receipt: Receipt | Warnings | None = None
    errors: list[Fault] | None = None
    errors_left_out: int | None = None


class Summary(Wire):
    """Số sự kiện theo kết quả. / How many of each."""

    accepted: int
    repeated: int
    refused: int
    would_accept: int | None = Field(None, alias="would_accept")


class Batch(Wire):
    """Trả lời một lô. / The answer to a batch."""

    summary: Summary
    results: list[Result]


class LastLine(Wire):
    """Dòng cuối của trả lời NDJSON. / The last line of an NDJSON answer; without it the answer was cut off."""

    summary: Summary


class Answer(Wire):
    """sample: dữ liệu mẫu / none of it is real."""

    sample: bool
    notice: str | None = None


class OfficialCode(Wire):
    """Mã theo danh mục chung, bên cạnh mã của hệ thống. / A code in an official list, beside ours."""

    code: str
    list: str


class Receipts(Answer):
    receipts: list[Receipt]
    links: Links


class Refusal(Wire):
    refusal: int
    at: datetime
    client: str
    source: str | None
    id: str | None
    unit: str | None
    round: str | None
    errors: list[Fault]


class Refusals(Answer):
    refusals: list[Refusal]
    links: Links


DifficultyState = Literal["raised", "forwarded", "answered", "closed"]


class DifficultyStep(Wire):
    """Một bước: chuyển, trả lời, đóng. / One step of its road."""

    state: DifficultyState
    holder: str = Field(description="Đơn vị giữ từ bước này / with whom it lies from then on")
    text: str = Field(description="Ý kiến chuyển, nội dung trả lời, ghi chú đóng / the note, the answer")
    by: str
    due: date | None
    at: datetime
    position: int
    redactions: list[Redaction]


class Difficulty(Wire):
    receipt: str
    position: int
    unit: str
    received_at: datetime
    difficulty: dict[str, Any]
    redactions: list[Redaction]
    state: DifficultyState
    holder: str = Field(description="Đơn vị đang giữ / with whom it lies")
    route: list[str] = Field(description="Tuyến theo kế hoạch / its route by the plan")
    asks_for_amendment: bool
    due: date | None = Field(description="Trả lời trước hết ngày / the last day for an answer; null: none is named")
    overdue: bool
    steps: list[DifficultyStep]


class DifficultyMoved(Wire):
    """Khó khăn sau một bước. / Where a difficulty stands after an act."""

    receipt: str
    state: DifficultyState
    holder: str


class Difficulties(Answer):
    difficulties: list[Difficulty]
    waiting: int = Field(description="Chưa trả lời, tính tất cả / of all of them, those without an answer")
    links: Links


class Explanation(Wire):
    """Giải trình mới nhất. / What was last said of a query."""

    text: str
    at: datetime
    by: str = Field(description="Hệ thống hoặc người gửi / the client or person who sent it")
    receipt: str
    redactions: list[Redaction]


class Query(Fault):
    """Câu hỏi số liệu: kiểm tra mức cảnh báo không đạt. / A check of severity warning that failed."""

    check: str
    explanation: Explanation | None = Field(description="null: chưa giải trình / nobody has explained it")


class Revision(Wire):
    receipt: Receipt
    queries: list[Query]
    content: dict[str, Any] | None = Field(description="null: đã xóa chữ và lưu trữ / redacted and archived")
    redactions: list[Redaction]


class Report(Answer):
    """Một báo cáo với mọi lần gửi. / A report with all revisions; of other events the receipt alone."""

    state: str = Field(examples=["reported", "withdrawn", "accepted"])
    round: str | None = None
    form: str | None = None
    unit: str | None = None
    revision: int | None = None
    late: bool | None = Field(
        None, description="Lần đầu so với hạn hiện nay / the first revision, by the deadline as it stands"
    )
    deadline: datetime | None = Field(None, description="Hạn hiện nay, kể cả gia hạn / as it stands, with extensions")
    original_deadline: datetime | None = None
    revisions: list[Revision] | None = None
    receipt: Receipt | None = None
    redactions: list[Redaction] | None = None
