"""Who drafts doesn't sign, and who submits doesn't approve. Pure.

People, clients and the command line are told apart by the names that the audit log keeps. That one human being sits
behind two of them can't be known here; that the log names both is what remains.
"""

from __future__ import annotations

from lienthong.refusals import refused


def of_two(first: str | None, second: str, *, unit: str, allowed: bool) -> None:
    """Raises Rejected (409) where the same did both parts, and the unit is not allowed one person.

    first: None where it is not known (of before two were asked for).
    """
    if first == second and not allowed:
        raise refused("second_person_needed", unit=unit)
