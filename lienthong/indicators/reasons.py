"""Why an indicator or a target cannot be assessed, or is provisional: stable codes with their texts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lienthong.errors import Message
from lienthong.indicators.arithmetic import agreeing, english, exact, rounded, vietnamese
from lienthong.units.levels import LEVELS, Level

NAMED_UNITS = 5
"""Units named in one reason at most; a longer list is found beside the figure's sources."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """code: stable, snake_case."""

    code: str
    message: Message


def _reason(code: str, vi: str, en: str) -> Reason:
    return Reason(code=code, message=Message(vi=vi, en=en))


def not_computable(message: Message | None) -> Reason:
    return Reason(
        code="not_computable",
        message=message
        or Message(
            vi="Văn bản gốc chưa quy định cách tính chỉ tiêu này.",
            en="The source does not say how this indicator is computed.",
        ),
    )


def not_meaningful(level: Level) -> Reason:
    word = LEVELS[level].word
    return _reason(
        "not_meaningful_at_level",
        f"Không áp dụng ở cấp {word.vi}; chỉ hiển thị số liệu thành phần.",
        f"The indicator is not declared for the level {word.en}; only its counts are given.",
    )


def figure_not_asked(figure: str) -> Reason:
    return _reason(
        "figure_not_asked",
        f"Biểu mẫu của kỳ này chưa có số liệu “{figure}”.",
        f"The forms of this round do not ask for the figure {figure}.",
    )


def pair_not_asked(numerator: str, denominator: str) -> Reason:
    return _reason(
        "pair_not_asked",
        f"Không có biểu mẫu nào của kỳ này có đủ cả “{numerator}” và “{denominator}”.",
        f"No form of this round asks for both {numerator} and {denominator}.",
    )


def nothing_reported() -> Reason:
    return _reason(
        "nothing_reported",
        "Chưa có đơn vị nào báo cáo số liệu này (không có nghĩa là bằng 0).",
        "No unit has reported this figure yet (which does not mean zero).",
    )


def zero_denominator() -> Reason:
    return _reason("zero_denominator", "Mẫu số bằng 0.", "The denominator is zero.")


def no_population(level: Level) -> Reason:
    word = LEVELS[level].word
    return _reason(
        "no_population",
        f"Chưa có số liệu dân số của {word.vi} tại ngày chốt số liệu.",
        f"There is no population of the {word.en} at the close of data.",
    )


def no_baseline() -> Reason:
    return _reason("no_baseline", "Chưa có số liệu gốc (năm gốc) để so sánh.", "There is no baseline to compare with.")


def no_year_before(code: str) -> Reason:
    return _reason(
        "no_year_before",
        f"Chưa có số liệu kỳ {code} để so sánh.",
        f"There is no value of period {code} to compare with.",
    )


def baseline_not_past(year: int) -> Reason:
    return _reason(
        "baseline_not_past", f"Kỳ này chưa sau năm gốc {year}.", f"The baseline year {year} is not past yet."
    )


def zero_before() -> Reason:
    return _reason(
        "zero_before",
        "Giá trị kỳ gốc bằng 0 nên không tính được tốc độ tăng.",
        "The earlier value is zero, so there is no growth rate.",
    )


def year_not_over(code: str) -> Reason:
    return _reason(
        "year_not_over",
        f"Kỳ {code} chưa hết năm; chỉ tiêu tính cho cả năm, chưa kết luận.",
        f"Period {code} does not close its year; the indicator is for whole years.",
    )


def period_missing(code: str) -> Reason:
    return _reason(
        "period_missing",
        f"Chưa có số liệu kỳ {code} trong khoảng tính.",
        f"There are no reports of period {code}, which belongs to the sum.",
    )


def units_differ() -> Reason:
    return _reason(
        "units_differ",
        "Tử số và mẫu số không do cùng các đơn vị cung cấp (số đơn vị báo cáo khác nhau giữa các kỳ được cộng); "
        "đề nghị kiểm tra.",
        "The two sides come from different units (another number reported in the periods summed); please check.",
    )


def reporters_differ(before: int, now: int, units: Sequence[str]) -> Reason:
    """units: codes of those that reported in one of the two years only; empty where only numbers are known."""
    named = _first_names(units)
    which_vi, which_en = (f" (khác nhau: {named})", f" (not in both: {named})") if units else ("", "")
    return _reason(
        "reporters_differ",
        f"Kỳ trước có {before} đơn vị cung cấp, kỳ này {now} đơn vị{which_vi}: mức tăng có thể do khác đơn vị "
        "báo cáo; đề nghị kiểm tra.",
        f"{before} units gave it then and {now} now{which_en}: the growth may come from that; please check.",
    )


def more_than_all(part: Fraction, whole: Fraction) -> Reason:
    return _reason(
        "more_than_all",
        f"Tử số ({vietnamese(exact(part))}) lớn hơn mẫu số ({vietnamese(exact(whole))}): tỷ lệ vượt 100%; "
        "đề nghị kiểm tra.",
        f"The part ({english(exact(part))}) is larger than the whole ({english(exact(whole))}): over 100%; "
        "please check.",
    )


def more_than_live_there(units: Sequence[str]) -> Reason:
    named = _first_names(units)
    return _reason(
        "more_than_live_there",
        f"Số người báo cáo lớn hơn dân số của chính đơn vị: {named}; đề nghị kiểm tra.",
        f"More people were reported than live there: {named}; please check.",
    )


def _first_names(units: Sequence[str]) -> str:
    return ", ".join(units[:NAMED_UNITS]) + (", …" if len(units) > NAMED_UNITS else "")


def longer_than_a_year() -> Reason:
    return _reason(
        "longer_than_a_year",
        "Kỳ này dài hơn một năm, mục tiêu tính cho từng năm.",
        "The round is longer than a year, the target is for single years.",
    )


def coverage_below_minimum(code: str, reported: int, obliged: int, minimum: Fraction) -> Reason:
    exactly = Fraction(100 * reported, obliged)
    share, least = rounded(exactly, agreeing(exactly, 1, [minimum])), exact(minimum)
    return _reason(
        "coverage_below_minimum",
        f"Kỳ {code} mới có {vietnamese(str(reported))}/{vietnamese(str(obliged))} đơn vị cung cấp "
        f"({vietnamese(share)}%), dưới mức tối thiểu {vietnamese(least)}%.",
        f"Only {english(str(reported))} of {english(str(obliged))} units ({english(share)}%) have given it for {code}, "
        f"below the minimum of {english(least)}%.",
    )


def nobody_obliged() -> Reason:
    return _reason(
        "nobody_obliged",
        "Không có đơn vị nào phải báo cáo số liệu này trong kỳ.",
        "No unit is obliged to report this figure in the round.",
    )


def undated() -> Reason:
    return _reason("undated", "Mục tiêu không có thời hạn.", "The target has no date.")


def unquantified() -> Reason:
    return _reason("unquantified", "Mục tiêu chưa được lượng hóa.", "The target is not quantified.")


def no_value() -> Reason:
    return _reason("no_value", "Chỉ tiêu chưa có giá trị để đối chiếu.", "The indicator has no value to compare.")


def wrong_operator() -> Reason:
    return _reason(
        "wrong_operator",
        "Mục tiêu và cách tính của chỉ tiêu không cùng loại.",
        "The target does not fit the way the indicator is computed.",
    )


def not_due(year: int) -> Reason:
    return _reason(
        "not_due",
        f"Chưa đến năm mục tiêu {year}; chưa kết luận.",
        f"The target year {year} has not come; no verdict yet.",
    )


def before_milestone(year: int) -> Reason:
    return _reason(
        "before_milestone",
        f"Chưa đến năm mục tiêu {year}; chưa có số liệu gốc để xét tiến độ nên chỉ nêu khoảng cách tới mục tiêu.",
        f"The target year {year} has not come; without a baseline only the gap to the target is given.",
    )


def condition_pending(trigger: Message) -> Reason:
    return _reason(
        "condition_pending",
        f"Chưa đến điều kiện thực hiện: {trigger.vi}.",
        f"It waits for a condition: {trigger.en}.",
    )


def outside_years(first: int, last: int | None) -> Reason:
    span_vi = f"từ năm {first}" + (f" đến năm {last}" if last else "")
    span_en = f"from {first}" + (f" to {last}" if last else "")
    return _reason("outside_years", f"Mục tiêu áp dụng {span_vi}.", f"The target applies {span_en}.")
