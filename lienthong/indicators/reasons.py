"""Why an indicator or a target cannot be assessed, or is provisional: stable codes with their texts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from lienthong.errors import Message
from lienthong.indicators.arithmetic import english, rounded, vietnamese


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


def not_meaningful(level: str) -> Reason:
    names = {
        "nation": ("toàn quốc", "nation"),
        "province": ("cấp tỉnh", "province"),
        "commune": ("cấp xã", "commune"),
        "agency": ("cơ quan", "agency"),
    }
    vi, en = names.get(level, (level, level))
    return _reason(
        "not_meaningful_at_level",
        f"Chỉ tiêu không được quy định ở phạm vi {vi}; chỉ nêu số đếm.",
        f"The indicator is not declared at the level of {en}; only its counts are given.",
    )


def figure_not_asked(figure: str) -> Reason:
    return _reason(
        "figure_not_asked",
        f"Biểu mẫu của kỳ này chưa có số liệu «{figure}».",
        f"The forms of this round do not ask for the figure {figure}.",
    )


def pair_not_asked(numerator: str, denominator: str) -> Reason:
    return _reason(
        "pair_not_asked",
        f"Không có biểu mẫu nào của kỳ này có đủ cả «{numerator}» và «{denominator}».",
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


def no_population() -> Reason:
    return _reason(
        "no_population",
        "Chưa có số dân của toàn cấp tại thời điểm chốt số liệu.",
        "There is no population of the whole level at the close of data.",
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
    return _reason("baseline_not_past", f"Chưa qua năm gốc {year}.", f"The baseline year {year} is not past yet.")


def zero_before() -> Reason:
    return _reason(
        "zero_before",
        "Giá trị kỳ gốc bằng 0 nên không tính được tốc độ tăng.",
        "The earlier value is zero, so there is no growth rate.",
    )


def year_not_over(code: str) -> Reason:
    return _reason(
        "year_not_over",
        f"Kỳ {code} chưa hết năm; chỉ tiêu tính cho cả năm.",
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
        "Số đơn vị cung cấp đủ tử số và mẫu số khác nhau giữa các kỳ được cộng.",
        "The number of units that gave both sides differs between the periods summed.",
    )


def coverage_below_minimum(code: str, reported: int, obliged: int, minimum: Fraction) -> Reason:
    share, least = rounded(Fraction(100 * reported, obliged), 1), rounded(minimum, 0)
    return _reason(
        "coverage_below_minimum",
        f"Kỳ {code} mới có {reported}/{obliged} đơn vị cung cấp ({vietnamese(share)} %), "
        f"dưới mức tối thiểu {vietnamese(least)} %.",
        f"Only {reported} of {obliged} units ({english(share)}%) have given it for {code}, "
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


def before_milestone(year: int) -> Reason:
    return _reason(
        "before_milestone",
        f"Chưa có số liệu gốc nên chưa đánh giá được tiến độ trước khi hết năm {year}.",
        f"Without a baseline, progress cannot be assessed before the end of {year}.",
    )


def outside_years(first: int, last: int | None) -> Reason:
    span_vi = f"từ năm {first}" + (f" đến năm {last}" if last else "")
    span_en = f"from {first}" + (f" to {last}" if last else "")
    return _reason("outside_years", f"Mục tiêu áp dụng {span_vi}.", f"The target applies {span_en}.")
