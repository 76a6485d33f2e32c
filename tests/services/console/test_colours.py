"""What is written on what, by the style sheet: contrast of at least AA, by day and by night."""

from __future__ import annotations

import re

import pytest

from services.console.showing import HERE

_SHEET = (HERE / "static" / "console.css").read_text("utf-8")
_DAY, _NIGHT = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    for block in re.findall(r":root \{(.*?)\}", _SHEET, re.DOTALL)[:2]
)

GROUNDS = ("page", "sheet", "stripe")
WRITTEN = {
    **dict.fromkeys(("ink", "soft", "link"), GROUNDS),
    **{tone: (f"{tone}-bg",) for tone in ("good", "info", "plain")},
    **{tone: (f"{tone}-bg", *GROUNDS) for tone in ("warn", "bad")},
    "on-strong": ("strong",),
}
"""Texts and their grounds. What is wrong and what is asked stands beside its field too, on no ground of its own."""
TEXT, SIGN = 4.5, 3.0  # WCAG 2.1, 1.4.3 and 1.4.11


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colours", [_DAY, _NIGHT], ids=["day", "night"])
def test_every_text_is_read_on_its_ground(colours: dict[str, str]) -> None:
    pairs = [(text, ground) for text, grounds in WRITTEN.items() for ground in grounds]
    faint = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert {pair: round(ratio, 2) for pair, ratio in faint.items() if ratio < TEXT} == {}
    assert contrast(colours["focus"], colours["page"]) >= SIGN


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
