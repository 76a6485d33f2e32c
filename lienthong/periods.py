"""Period codes and the days they cover. Pure; no clock.

A period code says which stretch of reporting it is, comparable across plans: `2026` (a year), `2026-H1`,
`2026-Q3`, `2026-06` (a month), `2026-DX1` (đột xuất, ad hoc), `2026-SK1` (sơ kết), `2026-TK1` (tổng kết).
The days that a period covers belong to the plan, not to the code: two plans may close `2026` on other days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from lienthong.errors import Rejected
from lienthong.refusals import problem

_CODE = re.compile(
    r"(?P<year>(?:19|2[01])[0-9]{2})(?:-(?:H(?P<half>[12])|Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])"
    r"|(?P<special>DX|SK|TK)(?P<number>[1-9][0-9]{0,2})))?"
)

PARTS = {"annual": 1, "semiannual": 2, "quarterly": 4, "monthly": 12}
"""How many periods of each frequency make a year."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """One stretch of reporting: code, first and last day (inclusive; the last is the close of data)."""

    code: str
    first: date
    last: date

    @property
    def year(self) -> int:
        return int(self.code[:4])

    @property
    def frequency(self) -> str:
        return frequency_of(self.code)


def parts_of(code: str) -> dict[str, str] | None:
    """What a code is made of: `year`, and `half`, `quarter`, `month` or `special` with `number`. None for no code."""
    match = _CODE.fullmatch(code)
    return None if match is None else {name: part for name, part in match.groupdict().items() if part is not None}


def frequency_of(code: str, pointer: str = "") -> str:
    """`annual`, `semiannual`, `quarterly`, `monthly` or `special`. Raises Rejected for anything else."""
    match = _CODE.fullmatch(code)
    if not match:
        raise Rejected(
            [
                problem(
                    pointer,
                    "period_code_unknown",
                    period=code,
                )
            ]
        )
    if match["half"]:
        return "semiannual"
    if match["quarter"]:
        return "quarterly"
    if match["month"]:
        return "monthly"
    return "special" if match["special"] else "annual"


def code_of(frequency: str, year: int, part: int) -> str:
    """The code of part 1…n of a year: `code_of("semiannual", 2026, 2)` is `2026-H2`."""
    return {
        "annual": f"{year}",
        "semiannual": f"{year}-H{part}",
        "quarterly": f"{year}-Q{part}",
        "monthly": f"{year}-{part:02d}",
    }[frequency]


def year_before(code: str) -> str:
    """The same period one year earlier: `2026-H1` → `2025-H1`."""
    return f"{int(code[:4]) - 1}{code[4:]}"


def parts_of_year(code: str) -> list[str]:
    """All codes of the same frequency in that year up to and including `code`, in order (year to date)."""
    frequency = frequency_of(code)
    if frequency == "special":
        return [code]
    year = int(code[:4])
    codes = [code_of(frequency, year, part) for part in range(1, PARTS[frequency] + 1)]
    return codes[: codes.index(code) + 1]


def is_end_of_year(code: str) -> bool:
    """True for the last period of its year: a flow summed to here is the whole year."""
    frequency = frequency_of(code)
    return frequency != "special" and code == code_of(frequency, int(code[:4]), PARTS[frequency])
