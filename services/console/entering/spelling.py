"""Texts as people type them, and the values they mean. Pure.

Numbers are exact: 1.234,5 in Vietnamese and 1,234.5 in English become the same Decimal, and what could mean two
things (`1.5` in Vietnamese) is asked back rather than guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from lienthong.refusals import refused
from services.console.words import Lang

_MARKS: Mapping[Lang, tuple[str, str]] = {"vi": (".", ","), "en": (",", ".")}
"""Between thousands, before decimals."""
_SPACES = str.maketrans("", "", " \u00a0\u202f")
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_BARE_HASH = re.compile("[0-9a-f]{64}")
LONGEST_NUMBER = 40  # characters; longer digits can't be a figure


def number(text: str, lang: Lang) -> int | Decimal | None:
    """The number that a text is, None where it is none or could be two. Whole numbers are int."""
    thousands, point = _MARKS[lang]
    bare = text.strip().translate(_SPACES).replace("\u2212", "-")
    digits = rf"-?(?:\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+|\d+)(?:{re.escape(point)}\d+)?"
    if len(bare) > LONGEST_NUMBER or not re.fullmatch(digits, bare, re.ASCII):
        return None
    plain = bare.replace(thousands, "").replace(point, ".")
    return Decimal(plain) if "." in plain else int(plain)


def by_other_marks(text: str, lang: Lang) -> str | None:
    """What a number means that was typed with the marks of the other language, as it is spelled in this one."""
    other_lang: Lang = "en" if lang == "vi" else "vi"
    value = number(text, other_lang)
    return None if value is None else spell(value, lang)


def day(text: str) -> date | None:
    """15/10/2026 or 2026-10-15; None where it is no day."""
    bare = text.strip()
    try:
        if match := _DAY.fullmatch(bare):
            return date(int(match[3]), int(match[2]), int(match[1]))
        return date.fromisoformat(bare) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", bare, re.ASCII) else None
    except ValueError:
        return None


def day_sent(text: str | None) -> str | None:
    """A day as the hub's routes take it. What is no day stays as it was typed, for the route to say what it takes;
    nothing where nothing was typed.
    """
    words = day(text or "")
    return words.isoformat() if words else text or None


def day_asked(name: str, text: str | None) -> str | None:
    """The same of the filter of this name. Raises Rejected (400) for what is no day."""
    if text and day(text) is None:
        raise refused("day_unreadable", f"/query/{name}", day=text)
    return day_sent(text)


def file_hash(text: str) -> str:
    """The SHA-256 of a file as the exchange writes it: other programs print it without its name, or in capitals. What
    is no hash stays as it was typed, for the hub to refuse.
    """
    digits = text.strip().lower().removeprefix("sha256:")
    return f"sha256:{digits}" if _BARE_HASH.fullmatch(digits) else text


def spell(value: int | Decimal, lang: Lang) -> str:
    """How a number stands in a field: 1.234,5."""
    text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    return text.translate(str.maketrans(",.", ".,")) if lang == "vi" else text
