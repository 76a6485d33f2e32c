"""Text and codes of units: folding for search, Vietnamese order, forms of agency codes.

Nothing here knows the registry; the functions are also what a store uses to fill its folded and
sorted columns where the database server has no ICU.
"""

from __future__ import annotations

import re
import unicodedata

# QĐ 20/2020/QĐ-TTg: groups of 0-9 and A-Z joined by dots; the first is one letter A-Y and two digits.
OFFICIAL_AGENCY_CODE = re.compile(r"[A-Y][0-9]{2}(\.[A-Z0-9]{1,10})*")
# The longest agency code that QĐ 20/2020/QĐ-TTg allows, in characters.
AGENCY_CODE_LIMIT = 35
# Ours, until an official list is imported: the parent's code, a dot, the agency's abbreviation.
PROVISIONAL_AGENCY_CODE = re.compile(r"([0-9]{2}|[0-9]{5})\.[A-Z0-9]{1,10}")
# QCVN 102:2016/BTTTT wrote the levels from right to left, each padded with zeros.
_REVERSED_AGENCY_CODE = re.compile(r"[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Y][0-9]{2}")

# Letters in dictionary order; w, j, f and z stand where ICU's Vietnamese collation puts them.
_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_PRIMARY = {letter: chr(ord("A") + place) for place, letter in enumerate(_LETTERS)}
# Tones in dictionary order: none (0), huyền, hỏi, ngã, sắc, nặng.
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_SHAPES = frozenset("\u0302\u0306\u031b")  # circumflex, breve, horn: part of the letter
# U+00D0 and U+00F0 (Icelandic eth) look like đ and are typed for it; neither it nor đ decomposes.
_D_TO_PLAIN = str.maketrans("đĐðÐ", "dddd")
_ETH_TO_D = str.maketrans("ðÐ", "đĐ")
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Text for search: no marks, lower case, words joined by one space, punctuation dropped.

    "Xã Nam Cường" and "xa nam-cuong" fold to the same text, and so do hoà and hòa.
    """
    decomposed = unicodedata.normalize("NFD", text.translate(_D_TO_PLAIN))
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(_WORD.findall(bare.casefold()))


def authority(full_name: str) -> str:
    """Who acts and signs for a province or commune: “Tỉnh Lạng Sơn” → “UBND tỉnh Lạng Sơn”."""
    return f"UBND {full_name[:1].lower()}{full_name[1:]}"


def sort_key(text: str) -> str:
    """A printable key whose code-point order is Vietnamese dictionary order of the texts.

    Letters decide first, then tones, then case, as in ICU's `vi`; a space sorts before everything, so
    names are ordered word by word. Store it under the collation "C".
    """
    letters, tones, cases = [], [], []
    for cluster in _clusters(text.translate(_ETH_TO_D)):
        letter = unicodedata.normalize("NFC", "".join(s for s in cluster if s not in _TONES))
        letters.append(_primary(letter.lower()))
        tones.append(max((_TONES[sign] for sign in cluster if sign in _TONES), default="0"))
        cases.append("1" if letter != letter.lower() else "0")
    # The separator " " is below every weight, so that a shorter text sorts first.
    return " ".join(("".join(letters), "".join(tones), "".join(cases)))


def _clusters(text: str) -> list[list[str]]:
    """Base characters, each with the tone and shape marks that follow it in NFD."""
    clusters: list[list[str]] = []
    for sign in unicodedata.normalize("NFD", text):
        if not unicodedata.combining(sign):
            clusters.append([sign])
        elif clusters and (sign in _TONES or sign in _SHAPES):
            clusters[-1].append(sign)
    return clusters


def _primary(letter: str) -> str:
    if letter.isspace():
        return "!"
    if letter in _PRIMARY:
        return _PRIMARY[letter]
    if letter.isascii():
        return letter if letter.isdigit() else '"'
    return "~" + letter


def normalise_agency_code(text: str) -> str:
    """The code as it is stored: upper case, and the reversed form of QCVN 102 turned round.

    `000.00.01.H27` becomes `H27.01`; a code in today's form or in ours stays. Validity is not checked.
    """
    code = text.strip().upper()
    if not _REVERSED_AGENCY_CODE.fullmatch(code):
        return code
    groups = code.split(".")[::-1]
    while not groups[-1].strip("0"):
        groups.pop()
    return ".".join(groups)


def is_official_agency_code(code: str) -> bool:
    """Whether the code has the form of QĐ 20/2020/QĐ-TTg."""
    return len(code) <= AGENCY_CODE_LIMIT and OFFICIAL_AGENCY_CODE.fullmatch(code) is not None


def is_agency_code(code: str) -> bool:
    """Whether the code is an official agency code or a provisional one of ours."""
    return is_official_agency_code(code) or PROVISIONAL_AGENCY_CODE.fullmatch(code) is not None
