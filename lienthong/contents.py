"""The kinds of content items, as the plans name them. Pure.

The same list stands in the schemas of what senders submit and of what the platform is told; a test holds them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lienthong.errors import Message

KINDS: Final[Mapping[str, Message]] = {
    "news": Message(vi="Tin", en="news"),
    "article": Message(vi="Bài", en="article"),
    "infographic": Message(vi="Infographic", en="infographic"),
    "video": Message(vi="Video", en="video"),
    "film": Message(vi="Phim", en="film"),
    "reportage": Message(vi="Phóng sự", en="reportage"),
    "talk": Message(vi="Tọa đàm", en="talk"),
    "podcast": Message(vi="Podcast", en="podcast"),
    "handbook": Message(vi="Sổ tay điện tử", en="electronic handbook"),
    "motion_graphics": Message(vi="Motion graphics", en="motion graphics"),
}

SINCE_1_2: Final = frozenset({"film", "reportage", "talk", "podcast", "handbook", "motion_graphics"})
"""Kinds that the platform's contract knows since its version 1.2."""
