"""Search without marks, Vietnamese order, and the two forms of agency codes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.units import fold, is_agency_code, normalise_agency_code, sort_key


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Xã Nam Cường", "xa nam cuong"),
        ("ĐẮK LẮK", "dak lak"),
        ("Ðắk Lắk", "dak lak"),  # U+00D0, typed for Đ
        ("  Bà Rịa  -  Vũng Tàu ", "ba ria vung tau"),
        ("Sở KH&CN", "so kh cn"),
        ("20.SKHCN", "20 skhcn"),
        ("", ""),
    ],
)
def test_fold_drops_marks_case_and_punctuation(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_both_ways_to_place_a_tone_fold_alike() -> None:
    assert fold("Hiệp Hoà") == fold("Hiệp Hòa")
    assert fold("thuỷ") == fold("thủy")


@given(st.text(alphabet="aăâeêioôơuưyđ áàảãạ ắằẳẵặ ĐƯỢC.-", max_size=30))
def test_folding_does_not_depend_on_the_normal_form(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    "in_order",
    [
        ["An", "Anh", "Ăn", "Ân", "Bắc"],
        ["Dũng", "Đặng"],
        ["ma", "mà", "mả", "mã", "má", "mạ"],
        ["mạ", "mã a"],
        ["An Bình", "Anh"],  # word by word
        ["á", "ab"],  # letters before tones
        ["bao", "Bao", "bảo"],
        ["Phường 2", "Phường A"],
        ["o", "ô", "ơ", "p"],
        ["Lạng Sơn", "Lào Cai"],  # g... after the tone is put aside: lang < lao
    ],
)
def test_sort_key_gives_dictionary_order(in_order: list[str]) -> None:
    keys = [sort_key(text) for text in in_order]
    assert keys == sorted(set(keys))


@given(st.text(max_size=30))
def test_a_sort_key_can_stand_in_a_text_column(text: str) -> None:
    key = sort_key(text.replace("\x00", "").encode("utf-8", "ignore").decode())
    assert "\x00" not in key
    assert sort_key(unicodedata.normalize("NFD", text)) == sort_key(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("000.00.01.H27", "H27.01"),
        ("000.00.00.H37", "H37"),
        ("001.02.05.H27", "H27.05.02.001"),
        ("001.00.05.h27", "H27.05.00.001"),
        ("H37.05", "H37.05"),
        ("20.skhcn", "20.SKHCN"),
        (" G06 ", "G06"),
    ],
)
def test_the_reversed_form_of_an_agency_code_is_turned_round(written: str, stored: str) -> None:
    assert normalise_agency_code(written) == stored


@pytest.mark.parametrize("code", ["H37", "H37.05", "G06", "20.SKHCN", "02026.TTPVHCC", "H27.05.00.001"])
def test_official_and_provisional_agency_codes_are_accepted(code: str) -> None:
    assert is_agency_code(code)


@pytest.mark.parametrize(
    "code",
    ["", "Z37", "H3", "H37.", "H37.ABCDEFGHIJK", "20", "20.SKHCN.1", "200.SKHCN", "H37.05" + ".ABCDE" * 6],
)
def test_other_agency_codes_are_refused(code: str) -> None:
    assert not is_agency_code(code)
