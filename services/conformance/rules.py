"""Every rule of the kit, once: its code, what it asks for in both languages, and what decides it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lienthong.errors import Message
from services.conformance import asking, sending, told
from services.conformance.leg import Leg


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """words: what a good system does."""

    code: str
    words: Message
    judge: Callable[[Leg], Iterable[str]]


def _rule(code: str, judge: Callable[[Leg], Iterable[str]], vi: str, en: str) -> Rule:
    return Rule(code=code, judge=judge, words=Message(vi=vi, en=en))


RULES = (
    _rule(
        "arrived",
        sending.arrived,
        "Báo cáo phải đến nơi: mất trả lời, 408, 429, 5xx thì gửi lại.",
        "A report arrives: after a lost answer, 408, 429 or 5xx it is sent again.",
    ),
    _rule(
        "same_again",
        sending.same_again,
        "Gửi lại y nguyên: cùng nguồn, cùng mã sự kiện, cùng nội dung.",
        "What is sent again is the same: source, id and content.",
    ),
    _rule(
        "once",
        sending.once,
        "Một báo cáo chỉ được tiếp nhận một lần, dưới một mã sự kiện.",
        "A report is accepted once, under one id.",
    ),
    _rule(
        "content",
        sending.content,
        "Nội dung gửi đi đúng như đơn vị đã nhập, không thêm, không bớt.",
        "What is sent is what the unit entered, no more and no less.",
    ),
    _rule(
        "numbers",
        sending.numbers,
        "Số nguyên viết bằng chữ số: không dấu thập phân, không số mũ, không để trong ngoặc kép.",
        "Whole numbers are written in digits: no point, no exponent, no quotes.",
    ),
    _rule(
        "revision",
        sending.revision,
        "Lần báo cáo lấy từ nextRevision của GET /v1/obligations; rút thì nêu lần đang đứng.",
        "Revisions are taken from nextRevision of GET /v1/obligations; a withdrawal names the one that stands.",
    ),
    _rule(
        "refused_again",
        sending.refused_again,
        "Bản bị từ chối không gửi lại y nguyên; phải sửa trước.",
        "What was refused is not sent again as it is; it is mended first.",
    ),
    _rule(
        "new_id",
        sending.new_id,
        "Nội dung khác thì mã sự kiện khác: bản đã sửa, bản đính chính có mã mới.",
        "Another content has another id: what was mended or corrected gets a new one.",
    ),
    _rule(
        "own",
        sending.own,
        "Chỉ dùng nguồn (source) của mình; một mã sự kiện chỉ dùng cho một nội dung.",
        "Only own sources are used, and an id for one content alone.",
    ),
    _rule(
        "composed",
        sending.composed,
        "Mã sự kiện và văn bản ở dạng Unicode NFC (dựng sẵn).",
        "Ids and texts are in Unicode NFC.",
    ),
    _rule(
        "waits",
        asking.waits,
        "Retry-After: chờ đủ thời gian hệ thống yêu cầu; ngày giờ tính theo Date của chính trả lời.",
        "Retry-After is kept to; a date counts from the answer's own Date.",
    ),
    _rule(
        "waits_not_too_long",
        asking.waits_not_too_long,
        "Chờ xong thì gửi lại, dù đồng hồ hai bên lệch nhau.",
        "After the wait it is sent again, whatever the two clocks say.",
    ),
    _rule(
        "pauses",
        asking.pauses,
        "Từ lần gửi lại thứ hai phải nghỉ giữa các lần, mỗi lần lâu hơn.",
        "From the second repetition on there is a pause, longer each time.",
    ),
    _rule(
        "awaits",
        asking.awaits,
        "Hệ thống chậm thì đợi (đến 60 giây), không gửi chồng.",
        "A slow answer is waited for (up to 60 s), and nothing is sent meanwhile.",
    ),
    _rule(
        "renews",
        asking.renews,
        "Gặp 401 thì lấy mã truy cập mới một lần rồi gửi lại.",
        "A 401 is followed by one new token, and the same again.",
    ),
    _rule(
        "stops",
        asking.stops,
        "Mã mới cũng bị từ chối thì dừng và báo người quản trị.",
        "Where the new token is refused too it stops, and tells somebody.",
    ),
    _rule(
        "keeps_token",
        asking.keeps_token,
        "Mã truy cập dùng chung cho nhiều yêu cầu, không lấy mã mới cho từng yêu cầu.",
        "A token serves many requests, and is not fetched for each.",
    ),
    _rule(
        "hides",
        asking.hides,
        "Mật khẩu và mã truy cập không bao giờ nằm trong địa chỉ.",
        "No secret or token stands in an address.",
    ),
    _rule(
        "fits",
        asking.fits,
        "Địa chỉ, Content-Type và nội dung đúng như /openapi.json.",
        "Addresses, content types and bodies are those of /openapi.json.",
    ),
    _rule(
        "outcome",
        told.outcome,
        "Phần mềm biết kết quả thật: đã nhận, bị từ chối hay chưa gửi được.",
        "The system knows what became of it: accepted, refused or not sent.",
    ),
    _rule(
        "receipt",
        told.receipt,
        "Giữ biên nhận của từng báo cáo, kể cả khi trả lời đầu bị mất.",
        "The receipt of each report is kept, also where the first answer was lost.",
    ),
    _rule(
        "problems",
        told.problems,
        "Cho người dùng thấy mọi lỗi mà hệ thống nêu, không chỉ lỗi đầu.",
        "Users see every fault that the hub names, not the first alone.",
    ),
    _rule(
        "warnings",
        told.warnings,
        "Cho người dùng thấy cảnh báo của bản đã nhận.",
        "Users see the warnings of what was accepted.",
    ),
    _rule(
        "late",
        told.late,
        "Cho người dùng biết báo cáo đúng hạn hay quá hạn, theo biên nhận.",
        "Users are told whether a report was late, as the receipt says.",
    ),
    _rule(
        "lists",
        told.lists,
        "Danh sách đọc đủ, theo links.next cho đến hết.",
        "Lists are read whole, by links.next to the end.",
    ),
)
"""In the order in which they are told."""

BY_CODE = {rule.code: rule for rule in RULES}
