"""Where a problem lies and what was given there, as they may stand in a message: cut, and without what no answer can
hold. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from itertools import islice

LOG_OF_TWO = 0.30103  # digits of a number for each of its bits; a number too long to be written is told by its size
LONGEST_NAME, LONGEST_POINTER = 100, 400
"""Characters of a member's name and of a whole pointer as they are told: the names are the sender's."""


def pointer_of(path: Iterable[str | int], at: str = "") -> str:
    """RFC 6901, below the pointer `at`. Long names and long pointers are cut, which shows by an ellipsis: each is told
    with each problem, and a name may be as long as the document."""
    whole = at + "".join(["/" + _name(part) for part in islice(path, LONGEST_POINTER)])
    return whole if len(whole) <= LONGEST_POINTER else whole[: LONGEST_POINTER - 1] + "…"


def printable_name(name: str) -> str:
    """A member's name as it is told: cut, and without what no answer can hold."""
    cut = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
    return cut if cut.isprintable() else "".join(c if c.isprintable() else "·" for c in cut)


def _name(part: str | int) -> str:
    return printable_name(part).replace("~", "~0").replace("/", "~1") if isinstance(part, str) else str(part)


def printable_value(value: object, longest: int = 60) -> str:
    """A value as it may stand in a message: as JSON writes it, cut when long; of a long one no more is written."""
    if isinstance(value, Decimal):
        text = str(value)
    elif isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        text = f"{'-' if value < 0 else ''}~10^{int(value.bit_length() * LOG_OF_TWO)}"
    elif isinstance(value, str):
        text = json.dumps(value[:longest], ensure_ascii=False)
    else:
        text = _beginning_of_json(value, longest)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _beginning_of_json(value: object, longest: int) -> str:
    parts: list[str] = []
    length = 0
    for part in json.JSONEncoder(ensure_ascii=False, default=str).iterencode(value):
        parts.append(part[: longest + 1])
        length += len(parts[-1])
        if length > longest:
            break
    return "".join(parts)
