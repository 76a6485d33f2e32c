"""Errors as RFC 9457 `application/problem+json`, Vietnamese first. The one place that says the error tree in HTTP's
words; who answers a request with them: lienthong/web/handling.py. A problem document:

    {"type": "https://lienthong.vn/problems/<code>", "title": "…", "status": 422, "detail": "…", "code": "…",
     "errors": [{"pointer": "/figures/x", "code": "…", "message": "…", "message_vi": "…", "message_en": "…",
                 "next": "…"}]}
"""

from __future__ import annotations

from datetime import date
from typing import Any

from lienthong import refusals
from lienthong.errors import HubError, Message, Problem, Rejected, Transient
from lienthong.refusals import advice_of, phrase, words_of

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "https://lienthong.vn/problems/"
MAX_ERRORS = 200  # a document with more faults than this needs another look, not a longer list

TITLES = {
    400: Message(vi="Yêu cầu không đọc được", en="The request can't be read"),
    401: Message(vi="Chưa xác thực", en="Not authenticated"),
    403: Message(vi="Không có quyền", en="Not allowed"),
    404: Message(vi="Không tìm thấy", en="Not found"),
    405: Message(vi="Phương thức không được hỗ trợ", en="Method not allowed"),
    409: Message(vi="Xung đột với dữ liệu đã tiếp nhận", en="Conflict with what was accepted"),
    408: Message(vi="Hết thời gian chờ", en="Timed out"),
    410: Message(vi="Không còn hiệu lực", en="Gone"),
    412: Message(vi="Đã có người khác sửa", en="Somebody changed it meanwhile"),
    413: Message(vi="Nội dung vượt quá giới hạn", en="The content is too large"),
    414: Message(vi="Địa chỉ quá dài", en="The address is too long"),
    415: Message(vi="Loại nội dung không được hỗ trợ", en="Content type not supported"),
    422: Message(vi="Dữ liệu bị từ chối", en="The data was refused"),
    429: Message(vi="Quá nhiều yêu cầu", en="Too many requests"),
    431: Message(vi="Phần đầu của yêu cầu quá lớn", en="The head of the request is too large"),
    500: Message(vi="Lỗi hệ thống", en="System error"),
    503: Message(vi="Tạm thời chưa phục vụ được", en="Temporarily unavailable"),
}


def language(accept_language: str | None) -> str:
    """`en` when English is asked for before Vietnamese, else `vi`."""
    if not accept_language:
        return "vi"
    for part in accept_language.lower().split(","):
        tag = part.split(";")[0].strip()
        if tag.startswith("vi"):
            return "vi"
        if tag.startswith("en"):
            return "en"
    return "vi"


def document(error: HubError, *, lang: str = "vi", instance: str | None = None) -> dict[str, Any]:
    """The problem document of an error; shape as in the module docstring."""
    status = status_of(error)
    problems = error.problems if isinstance(error, Rejected) else words_of(error)
    title = TITLES.get(status, TITLES[500])
    body: dict[str, Any] = {
        "type": TYPE_BASE + error.code,
        "title": _say(title, lang),
        "status": status,
        "code": error.code,
        "detail": _detail(error, problems, lang),
        "errors": [entry(p, lang) for p in problems[:MAX_ERRORS]],
    }
    if len(problems) > MAX_ERRORS:
        body["errorsLeftOut"] = len(problems) - MAX_ERRORS
    if instance is not None:
        body["instance"] = instance
    return body


def entry(item: Problem, lang: str = "vi") -> dict[str, Any]:
    """One member of `errors`; message in the asked language, both languages beside it."""
    vi, en = item.message.vi, item.message.en  # read once: it is put together then
    body: dict[str, Any] = {
        "pointer": item.pointer,
        "code": item.code,
        "message": en if lang == "en" else vi,
        "message_vi": vi,
        "message_en": en,
    }
    advice = advice_of(item)
    if advice is not None:
        body["next"] = _say(advice, lang)
    if item.params:
        body["params"] = {name: _on_the_wire(value) for name, value in item.params.items()}
    return body


def _on_the_wire(value: object) -> object:
    """A parameter as JSON has it; words of our own in both languages."""
    if isinstance(value, Message):
        return {"vi": value.vi, "en": value.en}
    return value.isoformat() if isinstance(value, date) else value


def status_of(error: HubError) -> int:
    """The HTTP status that says what the error says."""
    if isinstance(error, Rejected):
        return refusals.status_of(error.problems) if error.status is None else error.status
    return 503 if isinstance(error, Transient) else 500


def _detail(error: HubError, problems: tuple[Problem, ...], lang: str) -> str:
    if len(problems) == 1:
        return _say(problems[0].message, lang)
    if problems:
        return _say(phrase("several_problems", number=len(problems)), lang)
    return _say(phrase("hub_busy" if isinstance(error, Transient) else "hub_failed"), lang)


def _say(message: Message, lang: str) -> str:
    return message.en if lang == "en" else message.vi
