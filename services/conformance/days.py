"""The table of cases, in the order in which they are run. Pure."""

from __future__ import annotations

import unicodedata

from services.conformance.cases import (
    NARRATIVE,
    PLANNED,
    UNKNOWN,
    Case,
    CaseStep,
    Delays,
    WantedReport,
    case,
    reports_of,
)
from services.conformance.faults import Disturbance

BATCH = 3
"""Most events in one batch of the sandbox: what a batch of a large office meets elsewhere."""

_MORE = {"events_commune": 4, "event_attendances_commune": 310}
_TEN = {
    "events_commune": -1,
    "event_attendances_commune": -2,
    "training_turns_commune": 1.5,
    "news_items_commune": -4,
    "loudspeaker_minutes_commune": "360",
    "social_posts_commune": -6,
    "residents_reached": 10**16,
    "qa_channel_commune": "maybe",
    "questions_received_commune": -8,
    "questions_answered_commune": -9,
}
_LARGE = {"residents_reached": 123_456_789_012_345, "loudspeaker_minutes_commune": 1_000_000}
_DECOMPOSED = unicodedata.normalize("NFD", "Xã Đồng Đăng đã tổ chức hội nghị ở thôn Nà Pàn.")


def table(delays: Delays) -> tuple[Case, ...]:
    """Every case, at a delays."""
    return (
        *_plain_days(),
        *_lost_answers(),
        *_unanswered(delays),
        *_later_answers(delays),
        *_proving(delays),
        *_revisions(),
        *_refusals(),
        *_bulk(delays),
        *_reading(),
        *_late_day(),
    )


def _plain_days() -> tuple[Case, ...]:
    return (
        case("report", "Một báo cáo bình thường", "One report, and nothing goes wrong", CaseStep()),
        case(
            "nil", "Kỳ không phát sinh", "Nothing to report in this round", CaseStep(wanted=(WantedReport(nil=True),))
        ),
        case(
            "null",
            "Một số liệu chưa có: để null, không phải 0",
            "A figure is not reported: null, and not zero",
            CaseStep(wanted=(WantedReport(changed={"training_turns_commune": None, "social_posts_commune": 0}),)),
        ),
        case(
            "large_numbers",
            "Số rất lớn, giữ đúng từng chữ số",
            "Very large numbers, exact to the last digit",
            CaseStep(wanted=(WantedReport(changed=_LARGE),)),
        ),
        case(
            "decomposed",
            "Văn bản và mã sự kiện ở dạng NFD (dấu rời), lần đầu mất trả lời",
            "Text and an id in NFD; the first answer is lost",
            CaseStep(
                wanted=(
                    WantedReport(narrative=_DECOMPOSED, id=unicodedata.normalize("NFD", "bc/Xã Đồng Đăng/{unit}")),
                ),
                faults=(Disturbance(kind="lose"),),
            ),
        ),
        case(
            "warning",
            "Được nhận kèm cảnh báo",
            "Accepted with a warning",
            CaseStep(wanted=(WantedReport(changed={"event_attendances_commune": None}),)),
        ),
        case(
            "newer_hub",
            "Hệ thống mới hơn trả lời thêm trường lạ",
            "A newer hub answers with members nobody knows",
            CaseStep(faults=(Disturbance(kind="newer", times=None), Disturbance(kind="newer", at="token", times=None))),
        ),
    )


def _lost_answers() -> tuple[Case, ...]:
    return (
        case(
            "lost_answer",
            "Đã nhận nhưng trả lời bị mất",
            "Accepted, and the answer is lost",
            CaseStep(faults=(Disturbance(kind="lose"),)),
        ),
        case(
            "lost_twice",
            "Trả lời bị mất hai lần liền",
            "The answer is lost twice",
            CaseStep(faults=(Disturbance(kind="lose", times=2),)),
        ),
        case(
            "broken_before",
            "Kết nối đứt trước khi hệ thống đọc",
            "The connection breaks before the hub has read",
            CaseStep(faults=(Disturbance(kind="close"),)),
        ),
        case(
            "away",
            "Hệ thống vắng mặt ba lần liền",
            "The hub is away three times in a row",
            CaseStep(faults=(Disturbance(kind="close", times=3),)),
        ),
    )


def _unanswered(delays: Delays) -> tuple[Case, ...]:
    return (
        case(
            "slow",
            "Hệ thống trả lời chậm",
            "The hub is slow to answer",
            CaseStep(faults=(Disturbance(kind="slow", seconds=delays.slow),)),
        ),
        case(
            "bad_gateway",
            "Máy chủ trung gian trả 502 với trang HTML",
            "A proxy answers 502 with a page of HTML",
            CaseStep(faults=(Disturbance(kind="page", status=502),)),
        ),
        case(
            "internal_error",
            "Lỗi 500 hai lần",
            "500, twice",
            CaseStep(faults=(Disturbance(kind="page", status=500, times=2),)),
        ),
        case(
            "duplicate",
            "Người dùng bấm gửi hai lần",
            "Somebody presses the button twice",
            CaseStep(),
            CaseStep(do="resend"),
        ),
        case(
            "lost_withdrawal",
            "Rút báo cáo, trả lời bị mất",
            "A withdrawal whose answer is lost",
            CaseStep(),
            CaseStep(do="withdraw", wanted=(WantedReport(withdraws=True),), faults=(Disturbance(kind="lose"),)),
        ),
    )


def _later_answers(delays: Delays) -> tuple[Case, ...]:
    wait = delays.later
    return (
        case(
            "unavailable",
            "503 kèm Retry-After",
            "503 with Retry-After",
            CaseStep(faults=(Disturbance(kind="answer", status=503, retry_after=wait),)),
        ),
        case(
            "too_many",
            "429 kèm Retry-After, hai lần",
            "429 with Retry-After, twice",
            CaseStep(faults=(Disturbance(kind="answer", status=429, retry_after=wait, times=2),)),
        ),
        case(
            "clock_ahead",
            "Đồng hồ hệ thống nhanh; Retry-After là ngày giờ",
            "The hub's clock is ahead, and Retry-After is a date",
            CaseStep(skew=delays.skew, faults=(Disturbance(kind="answer", retry_after=wait, as_date=True),)),
        ),
        case(
            "clock_behind",
            "Đồng hồ hệ thống chậm; Retry-After là ngày giờ",
            "The hub's clock is behind, and Retry-After is a date",
            CaseStep(skew=-delays.skew, faults=(Disturbance(kind="answer", retry_after=wait, as_date=True),)),
        ),
        case(
            "lost_then_later",
            "Mất trả lời, rồi 503, rồi mới được",
            "A lost answer, then 503, then well",
            CaseStep(faults=(Disturbance(kind="lose"), Disturbance(kind="answer", retry_after=wait))),
        ),
    )


def _proving(delays: Delays) -> tuple[Case, ...]:
    return (
        case(
            "token_expired",
            "Mã truy cập hết hạn giữa chừng",
            "The token expires between two requests",
            CaseStep(),
            CaseStep(wanted=(WantedReport(place=1),), faults=(Disturbance(kind="expire"),)),
        ),
        case(
            "token_away",
            "Hết hạn, mà nơi cấp mã đang bận (503)",
            "It expires, and the token endpoint is busy",
            CaseStep(
                faults=(Disturbance(kind="expire"), Disturbance(kind="answer", at="token", retry_after=delays.later))
            ),
        ),
        case(
            "shut_out",
            "Mọi mã truy cập đều bị từ chối",
            "Every token is refused",
            CaseStep(expect="failed", faults=(Disturbance(kind="revoke", times=None),)),
        ),
        case(
            "secret_rotated",
            "Người vận hành đổi mật khẩu ứng dụng",
            "The operator rotates the client's secret",
            CaseStep(),
            CaseStep(act="secret_rotates", wanted=(WantedReport(place=1),)),
        ),
    )


def _revisions() -> tuple[Case, ...]:
    more, gone = WantedReport(changed=_MORE), WantedReport(withdraws=True)
    return (
        case("correction", "Đính chính", "A correction", CaseStep(), CaseStep(do="correct", wanted=(more,))),
        case(
            "correction_lost",
            "Đính chính, trả lời bị mất",
            "A correction whose answer is lost",
            CaseStep(),
            CaseStep(do="correct", wanted=(more,), faults=(Disturbance(kind="lose"),)),
        ),
        case(
            "gap",
            "Hệ thống khác của đơn vị đã đính chính trước",
            "Another system of the unit corrected meanwhile",
            CaseStep(),
            CaseStep(do="correct", wanted=(more,), act="colleague_corrects", conflicts=True),
        ),
        case(
            "withdrawal",
            "Rút, rồi báo cáo lại",
            "A withdrawal, and then a report again",
            CaseStep(),
            CaseStep(do="withdraw", wanted=(gone,)),
            CaseStep(do="correct", wanted=(more,)),
        ),
        case(
            "returned",
            "Sở trả lại, đơn vị gửi lần cao hơn",
            "The via unit returns it; a higher revision follows",
            CaseStep(),
            CaseStep(do="correct", wanted=(more,), act="office_returns"),
        ),
    )


def _refusals() -> tuple[Case, ...]:
    wrong = WantedReport(changed=_TEN, bad=True)
    return (
        case(
            "ten_errors",
            "Bị từ chối với mười lỗi",
            "Refused with ten faults",
            CaseStep(wanted=(wrong,), expect="refused"),
        ),
        case(
            "mended",
            "Bị từ chối, sửa rồi gửi lại",
            "Refused, mended, sent again",
            CaseStep(wanted=(wrong,), expect="refused"),
            CaseStep(),
        ),
        case(
            "unknown_round",
            "Kỳ không có",
            "A round that there is not",
            CaseStep(wanted=(WantedReport(round=UNKNOWN, bad=True),), expect="refused"),
        ),
        case(
            "round_not_open",
            "Kỳ chưa mở",
            "A round that is not open yet",
            CaseStep(wanted=(WantedReport(round=PLANNED, bad=True),), expect="refused"),
        ),
        case(
            "foreign_unit",
            "Báo cáo thay đơn vị không thuộc mình",
            "A report for a unit that is not one's own",
            CaseStep(wanted=(WantedReport(foreign=True, bad=True),), expect="refused"),
        ),
    )


def _bulk(delays: Delays) -> tuple[Case, ...]:
    return (
        case("bulk", "Nhiều báo cáo một lượt", "Many reports at once", CaseStep(do="bulk", wanted=reports_of(3))),
        case(
            "bulk_bad_line",
            "Nhiều báo cáo, một bản sai",
            "Many reports, one of them bad",
            CaseStep(do="bulk", wanted=reports_of(3, 1), expect="partly"),
        ),
        case(
            "bulk_cut",
            "Trả lời của cả lượt bị cắt giữa chừng",
            "The answer to all of them is cut off",
            CaseStep(do="bulk", wanted=reports_of(3), faults=(Disturbance(kind="cut"),)),
        ),
        case(
            "bulk_lost",
            "Mất trả lời của cả lượt",
            "The answer to all of them is lost",
            CaseStep(do="bulk", wanted=reports_of(3), faults=(Disturbance(kind="lose"),)),
        ),
        case(
            "bulk_too_large",
            f"Lô lớn hơn mức nhận ({BATCH} sự kiện)",
            f"A batch above the limit ({BATCH} events)",
            CaseStep(do="bulk", wanted=reports_of(BATCH + 2)),
        ),
        case(
            "bulk_token_expired",
            "Mã hết hạn khi gửi cả lượt",
            "The token expires with many at once",
            CaseStep(do="bulk", wanted=reports_of(3), faults=(Disturbance(kind="expire"),)),
        ),
        case(
            "bulk_busy",
            "429 khi gửi cả lượt",
            "429 with many at once",
            CaseStep(
                do="bulk",
                wanted=reports_of(3),
                faults=(Disturbance(kind="answer", status=429, retry_after=delays.later),),
            ),
        ),
    )


def _reading() -> tuple[Case, ...]:
    return (
        case(
            "obligations", "Hỏi đơn vị còn nợ gì", "What is owed", CaseStep(do="obligations", wanted=(), expect="told")
        ),
        case(
            "receipts",
            "Đọc lại mọi biên nhận; mỗi trang ba mục",
            "All receipts, on pages of three",
            CaseStep(
                do="receipts",
                wanted=(),
                expect="told",
                faults=(Disturbance(kind="short_pages", at="receipts", times=None),),
            ),
        ),
    )


def _late_day() -> tuple[Case, ...]:
    """The last: the calendar does not go back."""
    return (
        case("late", "Báo cáo quá hạn", "A report after its deadline", CaseStep(act="deadline_passes")),
        case(
            "late_correction",
            "Đính chính quá hạn của bản đã quá hạn",
            "A late report is corrected",
            CaseStep(),
            CaseStep(do="correct", wanted=(WantedReport(changed=_MORE, narrative=NARRATIVE),)),
        ),
    )
