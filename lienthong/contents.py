"""The kinds of content items and the channels they go by, as the plans name them. Pure.

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

CHANNELS: Final[Mapping[str, Message]] = {
    "grassroots": Message(vi="Hệ thống thông tin cơ sở", en="grassroots information system"),
    "website": Message(vi="Cổng/Trang thông tin điện tử", en="website"),
    "facebook": Message(vi="Facebook", en="Facebook"),
    "zalo": Message(vi="Zalo", en="Zalo"),
    "youtube": Message(vi="YouTube", en="YouTube"),
    "tiktok": Message(vi="TikTok", en="TikTok"),
    "newspaper": Message(vi="Báo", en="newspaper"),
    "broadcast": Message(vi="Phát thanh, truyền hình", en="radio and television"),
    "other": Message(vi="Kênh khác", en="other"),
}
"""Where an item reaches people, or a directive is shared."""

SOCIAL: Final = frozenset({"facebook", "zalo", "youtube", "tiktok"})
"""Channels that a plan calls social networks (mạng xã hội)."""

PLACES: Final[Mapping[str, Message]] = {
    "portal": Message(vi="Cổng thông tin điện tử của tỉnh", en="the province's portal"),
    "platform": Message(vi="Nền tảng truyền thông số quốc gia", en="the national platform"),
    "site": Message(vi="Trang thông tin của cơ quan", en="an agency's site"),
}
"""Where a directive is posted."""
