"""Errors as RFC 9457 `application/problem+json`, Vietnamese first. The one place that maps the error tree to HTTP.

Routes raise `lienthong.errors`; `install` puts the one handler on an app. A problem document:

    {"type": "https://lienthong.vn/problems/<code>", "title": "…", "status": 422, "detail": "…", "code": "…",
     "errors": [{"pointer": "/figures/x", "code": "…", "message": "…", "message_vi": "…", "message_en": "…",
                 "next": "…"}]}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from itertools import islice
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from lienthong import refusals
from lienthong.contracts import texts
from lienthong.errors import HubError, Message, Problem, Rejected, Transient
from lienthong.logs import Sparingly
from lienthong.refusals import advice_of, phrase, problem, words_of
from lienthong.web.guard import Guard

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "https://lienthong.vn/problems/"
_FAULTS = {
    "missing": "còn thiếu",
    "extra_forbidden": "không có trong mẫu yêu cầu",
    "json_invalid": "không phải JSON",
    "string_pattern_mismatch": "không đúng mẫu",
    "string_too_long": "quá dài",
    "string_too_short": "quá ngắn",
    "string_type": "phải là văn bản",
    "int_parsing": "phải là số nguyên",
    "int_type": "phải là số nguyên",
    "bool_parsing": "phải là true hoặc false",
    "literal_error": "không thuộc các giá trị cho phép",
    "greater_than_equal": "nhỏ hơn mức cho phép",
    "less_than_equal": "lớn hơn mức cho phép",
    "date_parsing": "phải là ngày dạng 2026-10-15",
    "date_from_datetime_parsing": "phải là ngày dạng 2026-10-15",
    "datetime_parsing": "phải là thời điểm dạng 2026-10-15T09:00:00+07:00",
    "datetime_from_date_parsing": "phải là thời điểm dạng 2026-10-15T09:00:00+07:00",
    "timezone_aware": "thiếu múi giờ",
    "list_type": "phải là danh sách",
    "dict_type": "phải là đối tượng JSON",
    "model_attributes_type": "phải là đối tượng JSON",
    "day_out_of_bounds": "phải từ năm 1900 đến năm 2200",
    "control_character": "phải là văn bản một dòng, không có ký tự điều khiển",
    "too_long": "có quá nhiều phần tử",
    "too_short": "có quá ít phần tử",
}
"""What is wrong with a parameter, by the framework's own name of the fault."""
_ONE_OF = re.compile(r"\^\((?P<known>[\w|-]+)\)\$")
"""A pattern that is nothing but a list of values."""
_BOUNDS = ("ge", "le", "gt", "lt", "max_length", "min_length")

_AGAIN = {"database_full": 30, "database_read_only": 15, "database_locked": 5, "database_timeout": 10}
"""Seconds after which to send again what failed here, where not two."""

_failures = Sparingly("request_failed")

MAX_ERRORS = 200  # a document with more faults than this needs another look, not a longer list

_TITLES = {
    400: Message(vi="Yêu cầu không đọc được", en="The request can't be read"),
    401: Message(vi="Chưa xác thực", en="Not authenticated"),
    403: Message(vi="Không có quyền", en="Not allowed"),
    404: Message(vi="Không tìm thấy", en="Not found"),
    405: Message(vi="Phương thức không được hỗ trợ", en="Method not allowed"),
    409: Message(vi="Xung đột với dữ liệu đã tiếp nhận", en="Conflict with what was accepted"),
    408: Message(vi="Hết thời gian chờ", en="Timed out"),
    410: Message(vi="Không còn hiệu lực", en="Gone"),
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
    title = _TITLES.get(status, _TITLES[500])
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
    found: dict[str, Any] = {
        "pointer": item.pointer,
        "code": item.code,
        "message": _say(item.message, lang),
        "message_vi": item.message.vi,
        "message_en": item.message.en,
    }
    advice = advice_of(item)
    if advice is not None:
        found["next"] = _say(advice, lang)
    if item.params:
        found["params"] = {name: _on_the_wire(value) for name, value in item.params.items()}
    return found


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


def response(error: HubError, request: Request, more: Mapping[str, str] | None = None) -> Response:
    """The error as a response to a request. more: headers that come with it, such as Allow with a 405."""
    lang = language(request.headers.get("accept-language"))
    headers: dict[str, str] = {"Content-Language": lang, **(more or {}), **_headers(error)}
    if isinstance(error, Transient):
        headers["Retry-After"] = str(_AGAIN.get(error.code, 2))
        _failures.warning(error.code, reason=str(error))
    body = document(error, lang=lang, instance=request.url.path)
    return Response(
        orjson.dumps(body, default=str), status_code=status_of(error), media_type=MEDIA_TYPE, headers=headers
    )


def install(app: FastAPI) -> None:
    """Put the guard and the one handler of the error tree on an app. Frameworks' own errors get the same shape."""

    async def of_hub(request: Request, error: Exception) -> Response:
        assert isinstance(error, HubError)
        return response(error, request)

    async def of_framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        title = _TITLES.get(error.status_code, _TITLES[400])
        rejected = Rejected(
            [Problem(pointer="", code=f"http_{error.status_code}", message=title)], status=error.status_code
        )
        return response(rejected, request, error.headers)

    async def of_parameters(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        told = islice(error.errors(), texts.MOST_PROBLEMS)  # 1 MB of unknown members has 100,000
        return response(Rejected([_parameter(e) for e in told], status=400), request)

    async def of_bug(request: Request, error: Exception) -> Response:
        """The framework raises the error again after this answer, so that it is logged."""
        return response(internal_error(), request)

    app.router.redirect_slashes = False  # it would redirect to an address made of whatever Host was sent
    app.add_middleware(Guard, answered=response)
    app.add_exception_handler(Exception, of_bug)
    app.add_exception_handler(HubError, of_hub)
    app.add_exception_handler(HTTPException, of_framework)
    app.add_exception_handler(RequestValidationError, of_parameters)


def internal_error() -> HubError:
    """What a sender is told of a bug."""
    return HubError("internal error; please tell the operator", code="internal_error")


def not_found(code: str, **params: Any) -> Rejected:
    """Rejected with status 404 and one problem."""
    return Rejected([problem("", code, **params)], status=404)


def _headers(error: HubError) -> Mapping[str, str]:
    found = getattr(error, "headers", None)
    return found if isinstance(found, Mapping) else {}


def _parameter(error: Mapping[str, Any]) -> Problem:
    """A fault that the framework found. Its place: a pointer into the body, or `/query/<name>`, `/path/<name>`."""
    kind, *path = [str(part) for part in error.get("loc", ())] or ["body"]
    if error.get("type") == "json_invalid":
        path = []  # the framework names the byte, which is no place in a document
    place = "/".join(path if kind == "body" else (kind, *path))
    return problem(
        f"/{place}" if place else "",
        "invalid_parameter",
        what=phrase("of_parameter", name=place) if place else phrase("of_body"),
        why=_why(error),
    )


def _why(error: Mapping[str, Any]) -> Message:
    """What is wrong, with the values that there are or the bound that was passed."""
    fault, limits = str(error.get("type")), error.get("ctx") or {}
    values = _ONE_OF.fullmatch(str(limits.get("pattern", "")))
    if fault == "literal_error" or values is not None:
        known = str(limits.get("expected", "")).replace("' or '", "', '") if values is None else values["known"]
        return phrase("one_of_these", known=known.replace("'", "").replace("|", ", "))
    bound = next((limits[name] for name in _BOUNDS if name in limits), None)
    words = _FAULTS.get(fault, "không hợp lệ")
    return Message(vi=words if bound is None else f"{words} ({bound})", en=str(error.get("msg", "")))


def _detail(error: HubError, problems: tuple[Problem, ...], lang: str) -> str:
    if len(problems) == 1:
        return _say(problems[0].message, lang)
    if problems:
        return _say(phrase("several_problems", number=len(problems)), lang)
    return _say(phrase("hub_busy" if isinstance(error, Transient) else "hub_failed"), lang)


def _say(message: Message, lang: str) -> str:
    return message.en if lang == "en" else message.vi
