"""A round in words, as an official says it: P1169-LS.2026-H1 is the first half of 2026 (6 tháng đầu năm 2026). Pure."""

from __future__ import annotations

from calendar import month_name

from lienthong.errors import Message
from lienthong.periods import parts_of
from lienthong.refusals import phrase

_QUARTERS = ("I", "II", "III", "IV")
"""As Vietnamese numbers them."""


def in_words(round_: str) -> Message | None:
    """The period of a round, with the plan's code behind it; None for what is no code of a round."""
    plan, dot, period = round_.partition(".")
    message = period_in_words(period) if dot else None
    return None if message is None else Message(vi=f"{message.vi} ({plan})", en=f"{message.en} ({plan})")


def period_in_words(period: str) -> Message | None:
    """`2026-H1` alone, for where the programme or the plan stands beside it; None for what is no code of a period."""
    parts = parts_of(period)
    return None if parts is None else _period(parts)


def _period(parts: dict[str, str]) -> Message:
    year = parts.pop("year")
    if not parts:
        return phrase("period_year", year=year)
    if half := parts.get("half"):
        return phrase(f"period_half_{half}", year=year)
    if quarter := parts.get("quarter"):
        return phrase("period_quarter", year=year, quarter=Message(vi=_QUARTERS[int(quarter) - 1], en=quarter))
    if month := parts.get("month"):
        return phrase("period_month", year=year, month=Message(vi=str(int(month)), en=month_name[int(month)]))
    special = parts["special"]
    return phrase(f"period_{special}", year=year, number=parts["number"])
