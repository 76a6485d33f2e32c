"""What the lint says: rules with stable codes, findings with file, line, quote and a message in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lienthong.errors import Message

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing the lint found. pointer: RFC 6901, into the document of `file`."""

    rule: str
    severity: Severity
    file: str
    line: int
    pointer: str
    message: Message
    quote: str | None = None


def _rule(vi: str, en: str) -> Message:
    return Message(vi=vi, en=en)


RULES: Mapping[str, Message] = {
    "LT-S01": _rule("Đúng cấu trúc của JSON Schema", "The structure that the JSON Schema fixes"),
    "LT-S02": _rule("Có tệp chương trình của kế hoạch", "The plan's programme is there"),
    "LT-S03": _rule("Ngày có thật, số kỳ đúng tần suất", "Days exist; as many periods as the frequency has"),
    "LT-C01": _rule("Không có đơn vị cấp huyện", "No district-level units"),
    "LT-C02": _rule("Mục tiêu được lượng hóa", "Targets are quantified"),
    "LT-C03": _rule("Mục tiêu có thời hạn riêng", "Each target has its own date"),
    "LT-C04": _rule("Nhiệm vụ có thời hạn", "Tasks have a due date"),
    "LT-C05": _rule("Nhiệm vụ có kết quả đầu ra", "Tasks have an expected result"),
    "LT-C06": _rule("Quyết định của Thủ tướng được triển khai bằng Kế hoạch", "A decision needs a plan, not a letter"),
    "LT-C07": _rule(
        "Bí mật nhà nước, quân số Công an và Quân sự không có chỗ trong biểu (cấp xã)",
        "No place for state secrets and headcounts of police and military (commune)",
    ),
    "LT-C08": _rule(
        "Bí mật nhà nước, quân số Công an và Quân sự không có chỗ trong biểu (cấp tỉnh)",
        "No place for state secrets and headcounts of police and military (province)",
    ),
    "LT-C09": _rule("Tuyến báo cáo giữ cả nơi nhận và nơi qua", "Routes keep both to and via"),
    "LT-C10": _rule("Nhiệm vụ có đơn vị chịu trách nhiệm", "Tasks name a responsible unit"),
    "LT-C15": _rule("Số liệu quan trắc, sự cố không đi qua báo cáo định kỳ", "Telemetry has its own channel"),
    "LT-C16": _rule("Báo cáo đột xuất theo yêu cầu được ghi nhận", "Reports on demand are recorded"),
    "LT-C20": _rule("“Thường xuyên” không phải là thời hạn", "“Regularly” is not a date"),
    "LT-C21": _rule("Hạn đúng với cách viết “trước ngày”, “chậm nhất”", "Deadlines follow the wording of the source"),
    "LT-D01": _rule("Tỷ lệ lưu tử số và mẫu số, tử số ≤ mẫu số", "Shares keep both sides, numerator ≤ denominator"),
    "LT-D02": _rule("Tỷ lệ trên triệu dân tính ở cấp của mục tiêu", "Per-million rates at the target's level"),
    "LT-D03": _rule("Mục tiêu tăng trưởng có năm gốc", "Growth targets have a baseline"),
    "LT-D04": _rule("Số thời điểm không cộng qua các kỳ", "Stocks are never summed over periods"),
    "LT-D05": _rule("Không cộng lượt với người", "Turns and persons are never added"),
    "LT-D06": _rule("Độ bao phủ tính trên đơn vị có nghĩa vụ", "Coverage counts obliged units"),
    "LT-D07": _rule("Toán tử mục tiêu khớp cách viết và cách tính", "The operator fits wording and computation"),
    "LT-D08": _rule("Đơn vị theo mã, không theo tên", "Units by code, never by name"),
    "LT-D10": _rule("Số, ngày văn bản", "Number and date of the document"),
    "LT-F01": _rule("Mỗi số liệu do một loại đơn vị báo cáo", "Each figure is reported by one kind of unit"),
    "LT-F02": _rule("Một số liệu chỉ nằm trong một biểu", "A figure stands in one form"),
    "LT-F03": _rule("Biểu chỉ dùng số liệu, loại đơn vị đã định nghĩa", "Forms use defined figures and kinds of unit"),
    "LT-F04": _rule("Tử số và mẫu số cùng một biểu", "Both sides of a ratio in one form"),
    "LT-F05": _rule("Chỉ tiêu dùng số liệu có trong biểu", "Indicators use figures of the forms"),
    "LT-F06": _rule("Kiểm tra chỉ dùng số liệu của biểu", "Checks use figures of their form"),
    "LT-F07": _rule("Không thu thập lại dữ liệu đã có (dân số)", "Nothing collected again that is held (population)"),
    "LT-F08": _rule("Biểu đủ ngắn để điền", "Forms are short enough to fill in"),
    "LT-F09": _rule("Mã không trùng", "Codes are unique"),
    "LT-F10": _rule(
        "Kế hoạch xã không trùng số liệu với kế hoạch tỉnh", "A commune's plan repeats no figure of its province's"
    ),
    "LT-F11": _rule("Biểu có đơn vị được giao báo cáo", "Somebody is obliged to fill in each form"),
    "LT-F12": _rule(
        "Có số liệu dân số của đơn vị mà chỉ tiêu cần", "The populations that indicators need are named and held"
    ),
    "LT-R01": _rule("Chốt số liệu trước hạn ít nhất 1 ngày làm việc", "Close of data ≥ 1 working day before deadline"),
    "LT-R02": _rule("Hạn nằm sau kỳ số liệu", "The deadline lies after the period"),
    "LT-R03": _rule("Nghĩa vụ định kỳ có ngày", "Periodic obligations have a date"),
    "LT-R04": _rule("Tần suất có kỳ số liệu", "Each frequency has a schedule"),
    "LT-R05": _rule("Các kỳ liền nhau, không chồng lấn", "Periods neither overlap nor leave gaps"),
    "LT-R06": _rule("Hạn của tỉnh sau hạn của đơn vị", "The issuer's deadline lies after the units'"),
    "LT-R07": _rule(
        "Kỳ số liệu không bắt đầu trước ngày ban hành Quyết định", "No period begins before its decision's date"
    ),
    "LT-A01": _rule("Điều giả định, nguồn không nêu", "Assumed, the source doesn't say"),
    "LT-T01": _rule("Có kỳ báo cáo trong năm mục tiêu", "A round lies in the milestone year"),
    "LT-T02": _rule("Chỉ tiêu tính được", "The indicator can be computed"),
    "LT-T03": _rule(
        "Mục tiêu không thấp hơn, chậm hơn mục tiêu quốc gia",
        "Targets are no lower and no later than the national ones",
    ),
    "LT-Q01": _rule("Có trích dẫn nguồn", "The phrase of the source is quoted"),
    "LT-Q02": _rule("Trích dẫn có trong nguồn", "The quoted phrase is in the source"),
}
"""Every rule: code → what it asks for. Codes are stable: one that falls out of use is not given again."""
