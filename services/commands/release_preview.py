"""What a signer has to know before a release is drafted or signed, on the terminal: read from ingest and aggregate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from lienthong.calendar import last_day
from lienthong.indicators.arithmetic import vietnamese
from lienthong.instants import read
from services.aggregate import reading as consolidated
from services.aggregate import store
from services.aggregate.store import PlanVersions
from services.commands import listing
from services.commands.office import ReadingDesk

_ASSESSED = {"provisional": "tạm tính", "cannot_be_assessed": "không đánh giá được"}
SIGNED = {"signed": "đang hiệu lực", "withdrawn": "đã thu hồi"}
"""What has become of a release."""
SINCE = (
    ("Mã biên nhận", "receipt"),
    ("Mã đơn vị", "unit"),
    ("Mã biểu", "form"),
    ("Lần", "revision"),
    ("Rút", "withdrawn"),
    ("Nhận lúc", "receivedAt"),
)
"""Columns of what came after a cut."""


def show(body: Mapping[str, Any], weak: Sequence[Mapping[str, Any]]) -> None:
    """body: as ingest previews a release. weak: of `not_assessed`."""
    last, drafted = body["lastRelease"], body["draft"]
    listing.facts(
        f"Bản phát hành {body['round']}/{body['version']} / release",
        [
            ("Nơi nhận", body["recipients"]),
            ("Đủ báo cáo", body["complete"]),
            ("Bản trước", None if last is None else f"{last['release']} ({SIGNED[last['state']]})"),
            ("Có gì mới", _news(body)),
            ("Dự thảo", None if drafted is None else _draft_in_words(drafted)),
        ],
    )
    listing.show(
        "Biểu mẫu / forms",
        (
            ("Mã biểu", "form"),
            ("Phải nộp", "obliged"),
            ("Đã nộp", "reported"),
            ("Quá hạn", "late"),
            ("Thiếu", "missing"),
        ),
        body["forms"],
    )
    listing.show(
        "Còn thiếu / missing",
        (("Mã đơn vị", "unit"), ("Mã biểu", "form"), ("Hạn cuối", "due"), ("Quá hạn", "overdue")),
        [{**each, "due": _last_day(each["deadline"])} for each in body["missing"]],
    )
    listing.show(
        "Chưa đánh giá được, tạm tính / not assessed, provisional",
        (("Mã chỉ tiêu", "code"), ("Giá trị", "value"), ("Tình trạng", "assessment"), ("Vì", "why")),
        map(_weak_row, weak),
    )
    listing.show(
        "Câu hỏi số liệu / queries",
        (("Mã đơn vị", "unit"), ("Mã biểu", "form"), ("Vì", "why")),
        [{**each, "why": "\n".join(map(_words, each["warnings"]))} for each in body["warnings"]],
    )
    if last is not None:
        listing.show("Đến sau bản trước / since the last release", SINCE, body["since"])


def _weak_row(indicator: Mapping[str, Any]) -> dict[str, Any]:
    value = indicator["value"]
    return {
        **indicator,
        "value": None if value is None else vietnamese(value),
        "why": "\n".join(indicator["why"]),
    }


def _news(preview: Mapping[str, Any]) -> str:
    """What is new beside the release before: what lets it be drafted."""
    last, added = preview["lastRelease"], preview["addedRecipients"]
    if last is None:
        return "phát hành lần đầu"
    news = [
        *(["số liệu có thể đã thay đổi"] if preview["changed"] else []),
        *([f"bản trước {SIGNED[last['state']]}"] if last["state"] != "signed" else []),
        *([f"thêm nơi nhận {', '.join(added)}"] if added else []),
    ]
    return "; ".join(news) or "không; như bản trước thì không trình lại"


def _draft_in_words(draft: Mapping[str, Any]) -> str:
    outdated = "; số liệu đã thay đổi, cần trình lại" if draft["outdated"] else ""
    return f"{draft['draftedBy']}, {listing.cell(draft['draftedAt'])}{outdated}"


def _last_day(deadline: str | None) -> str | None:
    """Of an exclusive deadline the last day in time."""
    return None if deadline is None else last_day(read(deadline)).isoformat()


def _words(warning: object) -> str:
    if not isinstance(warning, Mapping):
        return str(warning)
    query, explanation = str(warning.get("message_vi") or warning.get("code") or warning), warning.get("explanation")
    return f"{query} → {explanation['text'] or 'đã xóa nội dung'}" if explanation else f"{query} (chưa giải trình)"


def not_assessed(hub: ReadingDesk, round_: str) -> list[dict[str, Any]]:
    """Indicators that a release would show as provisional or not assessed, and why, as far as the log is worked off."""
    with ExitStack() as stack, hub.base.pool("aggregate", stack, size=1).transaction() as tx:
        loaded = store.load_round(tx, PlanVersions(), round_)
        if loaded is None:  # aggregate has not come that far
            return []
        indicators = consolidated.indicators(tx, PlanVersions(), loaded, None)["indicators"]
    return [
        {
            "code": each["code"],
            "value": each["value"],
            "assessment": _ASSESSED[each["assessment"]],
            "why": [reason["message"]["vi"] for reason in each["reasons"]],
        }
        for each in indicators
        if each["assessment"] != "assessed"
    ]
