"""What is asked of a report, of its withdrawal and of an explanation of its queries: right, round, form, obligation,
figures, revision. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lienthong import events
from lienthong.access.principals import Principal
from lienthong.calendar import day_of
from lienthong.contracts import texts
from lienthong.contracts.schemas import event_id
from lienthong.errors import Problem
from lienthong.forms.fitting import Packed
from lienthong.forms.schema import ASSEMBLED, EXPLANATIONS, form_id, of_form
from lienthong.forms.values import checks, number_problems, values
from lienthong.forms.versions import bring_up
from lienthong.instants import wire
from lienthong.programmes import Form
from lienthong.refusals import problem
from lienthong.rounds.round import OpenRound
from services.ingest.claims.claim import Claim, revision_of
from services.ingest.claims.verdicts import Checked, Earlier, Key, Slot, refusable
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reports.outside import with_channels
from services.ingest.rights import reporting

DOCUMENT = "signedDocument"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """The open round that a claim's data name, and its form as the round asks for it. codes: of all its figures."""

    round: OpenRound
    form: Form
    codes: frozenset[str]


def key_of(claim: Claim) -> Key | None:
    """The report that a claim speaks of, by its own words; None where the words are missing."""
    data = claim.data
    if not isinstance(data, dict):
        return None
    round_, form, unit = data.get("round"), data.get("form"), data.get("unit")
    if not (isinstance(round_, str) and isinstance(form, str) and isinstance(unit, str)):
        return None
    return round_, form, unit


def before(claim: Claim, definitions: Definitions) -> Key | None:
    """The unit's report of the round before, when the form has a check against it."""
    data = claim.data if isinstance(claim.data, dict) else {}
    round_, unit = definitions.rounds.get(str(data.get("round"))), data.get("unit")
    form = None if round_ is None else definitions.form_of(round_, str(data.get("form")))
    if round_ is None or form is None or not isinstance(unit, str):
        return None
    if not any(check.kind == "change" for check in form.checks):
        return None
    earlier = definitions.round_before(round_)
    return None if earlier is None else (earlier.code, form.code, unit)


def check(claim: Claim, principal: Principal, definitions: Definitions, now: datetime, earlier: Earlier) -> Checked:
    """A report that is submitted."""
    data = claim.data if isinstance(claim.data, dict) else {}
    round_ = _asking(data, principal, definitions, now)
    whole = data if round_ is None else _filled(data, round_, definitions)
    wrong = _schema_problems(claim, whole, definitions)
    valid = not wrong
    problems = [*reporting.scope_problems(principal, "report:submit"), *wrong]
    place = placing(data, principal, definitions, now, problems)
    if place is None:
        return refusable(claim, principal, data, problems)
    problems = with_channels(problems, definitions.plan_of(place.round))
    problems.extend(_version_problems(data.get("formVersion"), place.form, definitions))
    problems.extend(obliged_problems(place.round, place.form.code, data["unit"]))
    problems.extend(_explained_problems(data, place.form, definitions))
    problems.extend(_unasked_problems(data, place))
    problems.extend(_assembled_problems(data, place, earlier))
    previous = earlier.get(before(claim, definitions) or ("", "", "")) if earlier else None
    nil = data.get("nil") is True
    packed, warnings = _nothing(place.form) if nil else _figures(whole, place, definitions, valid, previous, problems)
    return _placed(
        claim,
        principal,
        data,
        place,
        problems,
        warnings=tuple(warnings),
        told={"formVersion": place.form.version, "values": packed}
        | ({"nil": True} if nil else {})
        | ({"queries": [_query(warning) for warning in warnings]} if warnings else {}),
        nil=nil,
    )


def check_withdrawal(
    claim: Claim, principal: Principal, definitions: Definitions, now: datetime, earlier: Earlier
) -> Checked:
    """A report that is taken back."""
    data, problems, place = _plain(claim, principal, definitions, now)
    if place is None:
        return refusable(claim, principal, data, problems)
    problems.extend(_version_problems(data.get("formVersion"), place.form, definitions))
    told = {"formVersion": place.form.version, "reason": data.get("reason")}
    return _placed(claim, principal, data, place, problems, told=told)


def check_explanation(
    claim: Claim, principal: Principal, definitions: Definitions, now: datetime, earlier: Earlier
) -> Checked:
    """What is said of queries on a report that was accepted."""
    data, problems, place = _plain(claim, principal, definitions, now)
    if place is None:
        return refusable(claim, principal, data, problems)
    problems.extend(_explained_problems(data, place.form, definitions))
    return replace(_placed(claim, principal, data, place, problems, told={}), late_from=None)


def _plain(
    claim: Claim, principal: Principal, definitions: Definitions, now: datetime
) -> tuple[dict[str, Any], list[Problem], Place | None]:
    """(data, problems, place) of a claim about a report that brings no figures."""
    data = claim.data if isinstance(claim.data, dict) else {}
    problems = [
        *reporting.scope_problems(principal, "report:submit"),
        *definitions.contracts.problems(event_id(claim.type), claim.data, at="/data"),
    ]
    return data, problems, placing(data, principal, definitions, now, problems)


HIGHEST_STEP = 100
"""How far a revision may be above the last one. Systems that number all their documents in one row leave holes; a
slip of the finger at the largest number there is would leave no revision for anything that follows."""


def must_be_higher(checked: Checked, slot: Slot | None) -> tuple[Problem, ...]:
    """A revision is above the highest one accepted, and not far above it."""
    highest = 0 if slot is None else slot.revision
    if checked.revision is None or highest < checked.revision <= highest + HIGHEST_STEP:
        return ()
    if slot is None and checked.revision < 1:  # the schema said so
        return ()
    if checked.revision <= highest:
        return (problem("/data/revision", "revision_not_higher", highest=highest),)
    most = highest + HIGHEST_STEP
    return (problem("/data/revision", "revision_too_high", given=checked.revision, highest=highest, most=most),)


def must_be_the_highest(checked: Checked, slot: Slot | None) -> tuple[Problem, ...]:
    """What is withdrawn is the highest revision accepted."""
    return _of_the_highest(checked, slot, "nothing_to_withdraw", "revision_not_highest")


def must_be_the_latest(checked: Checked, slot: Slot | None) -> tuple[Problem, ...]:
    """What is explained is the highest revision accepted; it was not withdrawn."""
    return _of_the_highest(checked, slot, "nothing_to_explain", "explained_revision_not_highest")


def _of_the_highest(checked: Checked, slot: Slot | None, nothing: str, lower: str) -> tuple[Problem, ...]:
    if checked.revision is None:
        return ()
    if slot is None:
        return (problem("/data", nothing),)
    if slot.withdrawn:
        return (problem("/data/revision", "already_withdrawn", highest=slot.revision),)
    return () if checked.revision == slot.revision else (problem("/data/revision", lower, highest=slot.revision),)


def _placed(
    claim: Claim,
    principal: Principal,
    data: Mapping[str, Any],
    place: Place,
    problems: list[Problem],
    *,
    told: Mapping[str, Any],
    warnings: tuple[Problem, ...] = (),
    nil: bool = False,
) -> Checked:
    unit = str(data["unit"])
    return Checked(
        claim=claim,
        client=principal.client_id,
        province=place.round.province,
        problems=tuple(problems),
        data=data,
        key=(place.round.code, place.form.code, unit),
        revision=revision_of(data),
        warnings=warnings,
        late_from=place.round.deadline_of(place.form.code, unit),
        told=told,
        nil=nil,
    )


def _schema_problems(claim: Claim, data: Mapping[str, Any], definitions: Definitions) -> list[Problem]:
    """Faults under the form's own schema when the form is known, else under the generic shape of a report: that is also
    the shape of a nil report, which has no figures, whatever its form.
    """
    form, version = data.get("form"), data.get("formVersion")
    if data.get("nil") is True:
        return definitions.contracts.problems(event_id(claim.type), claim.data, at="/data")
    if isinstance(form, str) and isinstance(version, str) and (form, version) in definitions.forms:
        more = [
            *_explanations_malformed(data, definitions),
            *_assembled_malformed(data, definitions),
            *_document_malformed(data, definitions),
        ]
        return [*definitions.contracts.problems(form_id(form, version), of_form(data), at="/data"), *more]
    return definitions.contracts.problems(event_id(claim.type), claim.data, at="/data")


def _explanations_malformed(data: Mapping[str, Any], definitions: Definitions) -> list[Problem]:
    """Faults in the shape of the explanations that come with a report."""
    if EXPLANATIONS not in data:
        return []
    alone = {name: data[name] for name in ("round", "form", "unit", "revision", EXPLANATIONS) if name in data}
    problems = definitions.contracts.problems(event_id(events.EXPLANATION_SUBMITTED), alone, at="/data")
    return [fault for fault in problems if fault.pointer.startswith(f"/data/{EXPLANATIONS}")]


def _assembled_malformed(data: Mapping[str, Any], definitions: Definitions) -> list[Problem]:
    """Faults in the shape of what the report says it was assembled from."""
    if ASSEMBLED not in data:
        return []
    alone = {ASSEMBLED: data[ASSEMBLED]}
    problems = definitions.contracts.problems(event_id(events.REPORT_SUBMITTED), alone, at="/data")
    return [problem for problem in problems if problem.pointer.startswith(f"/data/{ASSEMBLED}")]


def _document_malformed(data: Mapping[str, Any], definitions: Definitions) -> list[Problem]:
    """Broken lines in the reference to the signed document: the same for every form, and so in no version of one."""
    said = data.get(DOCUMENT)
    if not isinstance(said, Mapping) or all(texts.is_line(text) for text in said.values() if isinstance(text, str)):
        return []
    problems = definitions.contracts.problems(event_id(events.REPORT_SUBMITTED), {DOCUMENT: said}, at="/data")
    return [problem for problem in problems if problem.code == "not_one_line"]


def _assembled_problems(data: Mapping[str, Any], place: Place, earlier: Earlier) -> list[Problem]:
    """Receipts of nothing that was supplied for this report. What was not looked up (offline) is let pass."""
    said, unit = data.get(ASSEMBLED), str(data.get("unit"))
    own = f"{place.round.code}/{place.form.code}/{unit}"
    return [
        problem(f"/data/{ASSEMBLED}/{number}", "assembled_from_unknown", receipt=receipt)
        for number, receipt in enumerate(said if isinstance(said, list) else ())
        if isinstance(receipt, str) and own not in earlier.get(supply(receipt), (own,))
    ]


def supply(receipt: str) -> Key:
    """The key under which `earlier` has the report that something was supplied for."""
    return "supply", receipt, ""


def _asking(data: Mapping[str, Any], principal: Principal, definitions: Definitions, now: datetime) -> OpenRound | None:
    """The round that the data name, where it is one of the client's and asks for some figures alone."""
    code = data.get("round")
    round_ = definitions.rounds.get(code) if isinstance(code, str) else None
    if round_ is None or not round_.asked:
        return None
    return round_ if reporting.takes_part(round_, data.get("unit"), principal, definitions, now) else None


def _filled(data: Mapping[str, Any], round_: OpenRound, definitions: Definitions) -> Mapping[str, Any]:
    """The data with null for each figure that the round does not ask for and that is left out: the form's schema wants
    every figure.
    """
    form, figures = definitions.forms.get((str(data.get("form")), str(data.get("formVersion")))), data.get("figures")
    asked = round_.asked.get(str(data.get("form")))
    if form is None or asked is None or not isinstance(figures, dict):
        return data
    return {**data, "figures": {code: None for code in form.codes if code not in asked} | figures}


def _unasked_problems(data: Mapping[str, Any], place: Place) -> list[Problem]:
    """Values of figures that the round does not ask for. Nothing is said of an older version's: those may be called
    otherwise, and what has no place is left out.
    """
    asked, figures = place.round.asked.get(place.form.code), data.get("figures")
    if asked is None or not isinstance(figures, dict) or data.get("formVersion") != place.form.version:
        return []
    return [
        problem(f"/data/figures/{code}", "figure_not_asked", figure=code, round=place.round.code)
        for code, value in figures.items()
        if value is not None and code not in asked and code in place.codes
    ]


def placing(
    data: Mapping[str, Any], principal: Principal, definitions: Definitions, now: datetime, problems: list[Problem]
) -> Place | None:
    """The open round and its form, for a client that may report for the unit there. What is wrong about them is added
    to `problems`: of a unit that isn't the client's, that alone."""
    code, form_code, unit = data.get("round"), data.get("form"), data.get("unit")
    round_ = definitions.rounds.get(code) if isinstance(code, str) else None
    if round_ is not None and not reporting.takes_part(round_, unit, principal, definitions, now):
        round_ = None
    if isinstance(unit, str):
        province = _province(round_, unit, principal, definitions, now)
        right_problems = reporting.right_problems(unit, province, principal, definitions, now)
        if right_problems:
            problems.extend(right_problems)
            return None
    if not isinstance(code, str) or not isinstance(form_code, str):
        return None  # the schema said so
    if round_ is None:
        problems.append(_round_problem(code, principal, definitions, now))
        return None
    if round_.locked:
        problems.append(problem("/data/round", "round_locked", round=code))
    form = definitions.form_of(round_, form_code)
    if form is None:
        forms = sorted(round_.form_versions)
        problems.append(problem("/data/form", "form_not_in_round", round=code, form=form_code, forms=forms))
        return None
    whole = definitions.forms[(form.code, form.version)]
    return Place(round=round_, form=form, codes=frozenset(whole.codes)) if isinstance(unit, str) else None


def _province(
    round_: OpenRound | None, unit: str, principal: Principal, definitions: Definitions, now: datetime
) -> str:
    """Where a unit would report: the plan's province; where no round is known, that of the unit itself."""
    if round_ is not None:
        return round_.province
    return definitions.province_of(unit, day_of(now)) or principal.province


def _version_problems(version: object, form: Form, definitions: Definitions) -> list[Problem]:
    if version == form.version or not isinstance(version, str):
        return []
    at = "/data/formVersion"
    if (form.code, version) not in definitions.forms:
        return [problem(at, "form_version_unknown", form=form.code, unknown=version, version=form.version)]
    if _order(version) > _order(form.version):
        return [problem(at, "form_version_too_new", version=form.version, given=version)]
    return []


def _round_problem(code: str, principal: Principal, definitions: Definitions, now: datetime) -> Problem:
    planned = definitions.planned_round(code)
    if planned is not None and reporting.concerns(planned.plan, principal, definitions, now):
        opens = planned.opens
        return problem("/data/round", "round_not_open", round=code, day=opens, opens=wire(opens))
    return problem("/data/round", "round_unknown", round=code)


def obliged_problems(round_: OpenRound, form: str, unit: str) -> list[Problem]:
    if round_.locked or unit in round_.obliged.get(form, ()):
        return []
    if form in round_.dormant.get(unit, ()):
        return [problem("/data/unit", "unit_dormant", unit=unit, round=round_.code)]
    owed = round_.owes(unit)
    return [problem("/data/unit", "unit_not_obliged", unit=unit, form=form, round=round_.code, owes=owed)]


def _explained_problems(data: Mapping[str, Any], form: Form, definitions: Definitions) -> list[Problem]:
    """Explanations of checks that no version of the form has. One of a check that found nothing is taken: systems send
    what they know of a figure whether it is asked this time or not.
    """
    said = data.get(EXPLANATIONS)
    if not isinstance(said, list) or not said:
        return []
    known = {check.code for (code, _), one in definitions.forms.items() if code == form.code for check in one.checks}
    return [
        problem(f"/data/explanations/{number}/check", "check_unknown", form=form.code, check=code)
        for number, each in enumerate(said)
        if isinstance(each, dict) and isinstance(code := each.get("check"), str) and code not in known
    ]


def _query(warning: Problem) -> dict[str, Any]:
    """A query as the fact tells it: whoever consolidates needs no form to say what was asked."""
    message = {"vi": warning.message.vi, "en": warning.message.en}
    return {"check": warning.params["check"], "figure": warning.pointer.rpartition("/")[2], "message": message}


def _figures(
    data: Mapping[str, Any],
    place: Place,
    definitions: Definitions,
    valid: bool,
    previous: Mapping[str, Any] | None,
    problems: list[Problem],
) -> tuple[tuple[int | None, ...], list[Problem]]:
    """Scaled integers in the order of the round's form, and warnings; errors are added to `problems`.

    previous: figures of the report that `before` names, for checks of change.
    """
    form, close = place.form, place.round.period.last
    given, figures = definitions.forms.get((form.code, str(data.get("formVersion")))), data.get("figures")
    if given is None or not isinstance(figures, dict):
        return (), []
    warnings: list[Problem] = []
    fit = definitions.fit_of(given)
    plain = fit.pack(figures) if valid else None
    if plain is None or not fit.passes(plain):
        problems.extend(number_problems(given, figures, at="/data/figures"))
        errors, warnings = checks(given, figures, previous, on=close, at="/data/figures")
        problems.extend(errors)
    if plain is not None and given.version == form.version:
        return _of_asked(plain, given, form), warnings
    return _packed(given, form, figures) if not problems else (), warnings


def _of_asked(plain: Packed, given: Form, form: Form) -> tuple[int | None, ...]:
    """form: as the round asks for it."""
    if len(form.figures) == len(given.figures):
        return tuple(plain)
    by_code = dict(zip(given.codes, plain, strict=True))
    return tuple(by_code[code] for code in form.codes)


def _nothing(form: Form) -> tuple[tuple[int | None, ...], list[Problem]]:
    """Of a nil report (không phát sinh): no figure has a value, and none is zero. Nothing can be checked about it."""
    return (None,) * len(form.figures), []


def _packed(given: Form, form: Form, figures: Mapping[str, Any]) -> tuple[int | None, ...]:
    """Older figures are brought up by declared renames."""
    if given.version != form.version:
        figures = bring_up(
            figures, from_version=given.version, to_version=form.version, renames=form.renames, codes=form.codes
        )
    return tuple(values(form, figures, at="/data/figures"))


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
