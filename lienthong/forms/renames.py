"""Figures that bear other codes in a later version of their form, and older reports brought up to it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from lienthong.errors import Rejected
from lienthong.forms.version_numbers import order
from lienthong.programmes import Rename
from lienthong.refusals import problem

V = TypeVar("V")
Steps = list[dict[str, str]]
"""Renames old → new, version by version; those of one version happen at once (two codes may swap)."""


def bring_up(
    figures: Mapping[str, V | None],
    *,
    from_version: str,
    to_version: str,
    renames: Iterable[Rename],
    codes: Sequence[str],
) -> dict[str, V | None]:
    """The figures of an older report under the codes of a later version, in the order of `codes`.

    Declared renames between the two versions are followed in order; a figure that the later version has anew
    is None (not reported); one that it no longer has is left out. The original report is not touched.
    Raises Rejected (`form_version_too_new`) when the report is the later one.
    """
    if order(from_version) > order(to_version):
        raise Rejected(
            [
                problem(
                    "/formVersion",
                    "form_version_too_new",
                    version=to_version,
                    given=from_version,
                )
            ]
        )
    steps = steps_between(renames, from_version, to_version)
    current = {latest_code(code, steps): value for code, value in figures.items()}
    return {code: current.get(code) for code in codes}


def steps_between(renames: Iterable[Rename], low: str, high: str) -> Steps:
    """Those declared above the one version, up to the other."""
    steps: dict[tuple[int, int, int], dict[str, str]] = {}
    for rename in renames:
        if order(low) < order(rename.since) <= order(high):
            steps.setdefault(order(rename.since), {})[rename.old] = rename.new
    return [steps[version] for version in sorted(steps)]


def latest_code(code: str, steps: Steps) -> str:
    """What the code has become."""
    for step in steps:
        code = step.get(code, code)
    return code
