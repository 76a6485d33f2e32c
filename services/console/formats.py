"""Numbers, days and times as people read them: 1.234,5 and 15/10/2026, in Asia/Ho_Chi_Minh. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from lienthong.calendar import VIETNAM, last_day, start_of_day
from services.console.words import Words

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


class Formats:
    """How values are written in one language. Days are dd/mm/yyyy in both, so that nobody takes one for another."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._vietnamese = words.lang == "vi"

    def number(self, value: Decimal | int | str | None, measure: str = "") -> str:
        """1.234,5 (1,234.5 in English), with as many decimals as the value has; `98,8%`; `2,24 người`.

        Text that is no number (the code of a status) stays as it is; None is a dash.
        """
        if value is None:
            return "–"
        text = self._digits(value)
        if not measure:
            return text
        return f"{text}{measure}" if measure.startswith("%") else f"{text} {measure}"

    def _digits(self, value: Decimal | int | str) -> str:
        try:
            text = f"{Decimal(value):,f}"
        except InvalidOperation:
            return str(value)
        text = text.replace("-", "\u2212")
        return text.translate(str.maketrans(",.", ".,")) if self._vietnamese else text

    def day(self, value: date | datetime | str | None) -> str:
        """15/10/2026; a moment is taken as its day in Vietnam."""
        day = _as_time(value)
        if day is None:
            return "–"
        if isinstance(day, datetime):
            day = day.astimezone(VIETNAM).date()
        return f"{day:%d/%m/%Y}"

    def moment(self, value: datetime | str | None) -> str:
        """15/10/2026 09:05."""
        day = _as_time(value)
        if day is None:
            return "–"
        return f"{day.astimezone(VIETNAM):%d/%m/%Y %H:%M}" if isinstance(day, datetime) else self.day(day)

    def time(self, value: datetime) -> str:
        """09:05."""
        return f"{value.astimezone(VIETNAM):%H:%M}"

    def deadline(self, value: datetime | None) -> str:
        """The last day on which something is in time ("hết ngày 14/10/2026"); with the hour where it is no midnight."""
        if value is None:
            return self._words("deadline.none")
        if value == start_of_day(value.astimezone(VIETNAM).date()):
            return self._words("deadline.day", day=self.day(last_day(value)))
        return self._words("deadline.hour", hour=self.time(value), day=self.day(value))

    def time_left(self, value: datetime | None, now: datetime) -> str:
        """How long until a deadline, or since: "còn 3 ngày", "quá hạn 2 ngày"."""
        if value is None:
            return ""
        if value <= now:
            days = (now - value) // _DAY
            return self._words("deadline.over", count=days) if days else self._words("deadline.over_today")
        days, hours = (value - now) // _DAY, (value - now) // _HOUR
        if days:
            return self._words("deadline.days_left", count=days)
        return self._words("deadline.hours_left", count=hours) if hours else self._words("deadline.soon")


def instant(text: str | None) -> datetime | None:
    """A moment of an answer."""
    return None if text is None else datetime.fromisoformat(text)


def _as_time(value: date | datetime | str | None) -> date | datetime | None:
    if not isinstance(value, str):
        return value
    return date.fromisoformat(value) if len(value) == len("2026-10-15") else datetime.fromisoformat(value)
