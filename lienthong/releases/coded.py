"""Texts in both languages, and codes of official lists, in a release's dataset."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class BothLanguages(TypedDict):
    """A text in both languages."""

    vi: str
    en: str


class Official(TypedDict):
    """A code in an official list, beside ours."""

    code: str
    list: str


class Regime(TypedDict):
    regime: NotRequired[Official]


class Coded(TypedDict):
    """official: the form's code; regime: of the reporting regime that asks for it."""

    official: NotRequired[Official]
    regime: NotRequired[Official]
