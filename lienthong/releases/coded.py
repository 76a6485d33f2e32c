"""Texts in both languages, and codes of official lists, in a release's dataset."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from lienthong.programmes.official import OfficialBody


class BothLanguages(TypedDict):
    """A text in both languages."""

    vi: str
    en: str


class Regime(TypedDict):
    regime: NotRequired[OfficialBody]


class Coded(TypedDict):
    """official: the form's code; regime: of the reporting regime that asks for it."""

    official: NotRequired[OfficialBody]
    regime: NotRequired[OfficialBody]
