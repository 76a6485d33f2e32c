"""What must hold for returning a report or passing it on, whoever does it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lienthong.errors import Problem
from lienthong.programmes import Form
from lienthong.refusals import known_codes, problem
from lienthong.rounds.round import OpenRound

RETURNED: Final = "returned"
PASSED_ON: Final = "passed_on"
UNDER_REVIEW: Final = "under_review"

Place = tuple[str, str]
"""(form, unit) within a round."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedReport:
    """One revision of a unit's report in the round that an act is on."""

    form: str
    unit: str
    revision: int

    @property
    def place(self) -> Place:
        return self.form, self.unit


@dataclass(frozen=True, kw_only=True, slots=True)
class LatestRevision:
    """The latest revision of a report. state: what was last done with it (returned, passed_on), None for nothing."""

    revision: int
    withdrawn: bool
    state: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """A figure that a return is about, and what is wrong with it."""

    code: str
    reason: str


def via_of(round_: OpenRound, form: str) -> str | None:
    """The unit that reports on this form pass through; None where nothing stands between."""
    duty = round_.duty(form)
    return None if duty is None else duty.via


def vias(round_: OpenRound) -> dict[str, str]:
    """By form, the unit that its reports pass through."""
    return {form: via for form in round_.form_versions if (via := via_of(round_, form)) is not None}


def told_twice(reports: Sequence[NamedReport]) -> list[Problem]:
    """A report stands once in one act."""
    seen: set[Place] = set()
    problems = []
    for number, each in enumerate(reports):
        if each.place in seen:
            problems.append(problem(f"/reports/{number}", "report_named_twice", form=each.form, unit=each.unit))
        seen.add(each.place)
    return problems


def out_of_place(round_: OpenRound, reports: Sequence[NamedReport], mine: Collection[str]) -> list[Problem]:
    """Reports that pass through nobody, or not through the one who acts. mine: the forms that do."""
    problems = []
    for number, each in enumerate(reports):
        if each.form not in round_.form_versions:
            words = {"round": round_.code, "form": each.form, "known": known_codes(round_.form_versions)}
            problems.append(problem(f"/reports/{number}/form", "form_not_in_round", **words))
        elif via_of(round_, each.form) is None:
            problems.append(problem(f"/reports/{number}/form", "no_review_on_the_way", form=each.form))
        elif each.form not in mine:
            problems.append(problem(f"/reports/{number}/form", "review_is_anothers", form=each.form))
    return problems


def not_standing(
    reports: Sequence[NamedReport], standing: Mapping[Place, LatestRevision], wanted: str
) -> list[Problem]:
    """What is reviewed is the highest revision, not withdrawn. A returned one waits for a higher revision; one that
    was passed on can still be returned."""
    problems: list[Problem] = []
    for number, each in enumerate(reports):
        latest, at = standing.get(each.place), f"/reports/{number}"
        if latest is None:
            problems.append(problem(f"{at}/unit", "unit_has_not_reported", form=each.form, unit=each.unit))
        elif each.revision != latest.revision:
            problems.append(problem(f"{at}/revision", "reviewed_revision_not_highest", highest=latest.revision))
        elif latest.withdrawn:
            problems.append(problem(f"{at}/revision", "already_withdrawn", highest=latest.revision))
        elif latest.state == RETURNED:
            problems.append(problem(f"{at}/revision", "report_returned_already", revision=latest.revision))
        elif latest.state == wanted:
            problems.append(problem(f"{at}/revision", "report_passed_on_already", revision=latest.revision))
    return problems


def of_doubts(doubts: Iterable[Doubt], forms: Iterable[Form]) -> list[Problem]:
    """Figures that are named stand in every form that the act is on."""
    code_sets = [frozenset(form.codes) for form in forms]
    return [
        problem(f"/figures/{number}/code", "figure_not_in_form", figure=doubt.code)
        for number, doubt in enumerate(doubts)
        if not all(doubt.code in codes for codes in code_sets)
    ]
