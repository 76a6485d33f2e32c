"""What is asked of a report, of its withdrawal and of an explanation of its queries: right, round, form, obligation,
figures, revision. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from lienthong.access.principals import Principal
from lienthong.contracts.schemas import event_id
from lienthong.errors import Problem
from lienthong.forms import people
from lienthong.forms.fitting import Packed
from lienthong.forms.renames import bring_up
from lienthong.forms.schema import ASSEMBLED, EXPLANATIONS
from lienthong.forms.values import checks, number_problems, values
from lienthong.programmes import Form
from lienthong.refusals import known_codes, problem
from lienthong.rounds.round import OpenRound
from services.ingest.claims.claim import Claim, revision_of
from services.ingest.claims.verdicts import Checked, Earlier, Key, refusable
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reports import crowding
from services.ingest.reports.malformed import schema_problems
from services.ingest.reports.outside import with_channels
from services.ingest.reports.placing import Place, find_place, obliged_problems, version_problems
from services.ingest.rights import reporting


def key_of(claim: Claim) -> Key | None:
    """The report that a claim speaks of, by its own words; None where the words are missing."""
    data = claim.data
    if not isinstance(data, dict):
        return None
    round_, form, unit = data.get("round"), data.get("form"), data.get("unit")
    if not (isinstance(round_, str) and isinstance(form, str) and isinstance(unit, str)):
        return None
    return round_, form, unit


def key_before(claim: Claim, definitions: Definitions) -> Key | None:
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
    round_ = _round_of_some_figures(data, principal, definitions, now)
    whole = data if round_ is None else _with_unasked_figures(data, round_, definitions)
    wrong = schema_problems(claim, whole, definitions)
    valid = not wrong
    problems = list(wrong)
    place = find_place(data, principal, definitions, now, problems)
    if place is None:
        return refusable(claim, principal, data, problems)
    if problems:
        problems = with_channels(problems, definitions.plan_of(place.round))
    problems.extend(version_problems(data.get("formVersion"), place.form, definitions))
    problems.extend(obliged_problems(place.round, place.form.code, data["unit"]))
    problems.extend(_explained_problems(data, place.form, definitions))
    problems.extend(_unasked_problems(data, place))
    problems.extend(_assembled_problems(data, place, earlier))
    previous = earlier.get(key_before(claim, definitions) or ("", "", "")) if earlier else None
    nil = data.get("nil") is True
    packed, warnings = (
        _nil_values(place.form) if nil else _figures(whole, place, definitions, valid, previous, problems)
    )
    return _checked_report(
        claim,
        principal,
        data,
        place,
        problems,
        warnings=tuple(warnings),
        facts={"formVersion": place.form.version, "values": packed}
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
    problems.extend(version_problems(data.get("formVersion"), place.form, definitions))
    facts = {"formVersion": place.form.version, "reason": data.get("reason")}
    return _checked_report(claim, principal, data, place, problems, facts=facts)


def check_explanation(
    claim: Claim, principal: Principal, definitions: Definitions, now: datetime, earlier: Earlier
) -> Checked:
    """What is said of queries on a report that was accepted."""
    data, problems, place = _plain(claim, principal, definitions, now)
    if place is None:
        return refusable(claim, principal, data, problems)
    problems.extend(_explained_problems(data, place.form, definitions))
    return replace(_checked_report(claim, principal, data, place, problems, facts={}), late_from=None)


def _plain(
    claim: Claim, principal: Principal, definitions: Definitions, now: datetime
) -> tuple[dict[str, Any], list[Problem], Place | None]:
    """(data, problems, place) of a claim about a report that brings no figures."""
    data = claim.data if isinstance(claim.data, dict) else {}
    problems = list(definitions.contracts.problems(event_id(claim.type), claim.data, at="/data"))
    return data, problems, find_place(data, principal, definitions, now, problems)


def _checked_report(
    claim: Claim,
    principal: Principal,
    data: Mapping[str, Any],
    place: Place,
    problems: list[Problem],
    *,
    facts: Mapping[str, Any],
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
        more_facts=facts,
        nil=nil,
    )


def _assembled_problems(data: Mapping[str, Any], place: Place, earlier: Earlier) -> list[Problem]:
    """Receipts of nothing that was supplied for this report. What was not looked up (offline) is let pass."""
    receipts = data.get(ASSEMBLED)
    if not isinstance(receipts, list):
        return []
    own = f"{place.round.code}/{place.form.code}/{data.get('unit')}"
    return [
        problem(f"/data/{ASSEMBLED}/{number}", "assembled_from_unknown", receipt=receipt)
        for number, receipt in enumerate(receipts)
        if isinstance(receipt, str) and own not in earlier.get(supply_key(receipt), (own,))
    ]


def supply_key(receipt: str) -> Key:
    """The key under which `earlier_of` has the report that something was supplied for."""
    return "supply", receipt, ""


def _round_of_some_figures(
    data: Mapping[str, Any], principal: Principal, definitions: Definitions, now: datetime
) -> OpenRound | None:
    """The round that the data name, where it is one of the client's and asks for some figures alone."""
    code = data.get("round")
    round_ = definitions.rounds.get(code) if isinstance(code, str) else None
    if round_ is None or not round_.figures_asked:
        return None
    return round_ if reporting.takes_part(round_, data.get("unit"), principal, definitions, now) else None


def _with_unasked_figures(data: Mapping[str, Any], round_: OpenRound, definitions: Definitions) -> Mapping[str, Any]:
    """The data with null for each figure that the round does not ask for and that is left out: the form's schema wants
    every figure.
    """
    form, figures = definitions.forms.get((str(data.get("form")), str(data.get("formVersion")))), data.get("figures")
    chosen = round_.figures_asked.get(str(data.get("form")))
    if form is None or chosen is None or not isinstance(figures, dict):
        return data
    return {**data, "figures": {code: None for code in form.codes if code not in chosen} | figures}


def _unasked_problems(data: Mapping[str, Any], place: Place) -> list[Problem]:
    """Values of figures that the round does not ask for. Nothing is said of an older version's: those may be called
    otherwise, and what has no place is left out.
    """
    chosen, figures = place.round.figures_asked.get(place.form.code), data.get("figures")
    if chosen is None or not isinstance(figures, dict) or data.get("formVersion") != place.form.version:
        return []
    there = frozenset(place.whole.codes)
    return [
        problem(f"/data/figures/{code}", "figure_not_asked", figure=code, round=place.round.code)
        for code, value in figures.items()
        if value is not None and code not in chosen and code in there
    ]


def _explained_problems(data: Mapping[str, Any], form: Form, definitions: Definitions) -> list[Problem]:
    """Explanations of checks that no version of the form has. One of a check that found nothing is taken: systems send
    what they know of a figure whether it is asked this time or not.
    """
    explanations = data.get(EXPLANATIONS)
    if not isinstance(explanations, list) or not explanations:
        return []
    there = {people.CHECK} | {
        check.code for (code, _), version in definitions.forms.items() if code == form.code for check in version.checks
    }
    return [
        problem(
            f"/data/explanations/{number}/check", "check_unknown", form=form.code, check=code, known=known_codes(there)
        )
        for number, each in enumerate(explanations)
        if isinstance(each, dict) and isinstance(code := each.get("check"), str) and code not in there
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

    previous: figures of the report that `key_before` names, for checks of change.
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
    if plain is not None:
        warnings += crowding.queries(fit, plain, str(data["unit"]), place, definitions, at="/data/figures")
    if plain is not None and given.version == form.version:
        return _of_asked(plain, given, form), warnings
    return _packed_values(given, form, figures) if not problems else (), warnings


def _of_asked(plain: Packed, given: Form, form: Form) -> tuple[int | None, ...]:
    """form: as the round asks for it."""
    if len(form.figures) == len(given.figures):
        return tuple(plain)
    by_code = dict(zip(given.codes, plain, strict=True))
    return tuple(by_code[code] for code in form.codes)


def _nil_values(form: Form) -> tuple[tuple[int | None, ...], list[Problem]]:
    """Of a nil report (không phát sinh): no figure has a value, and none is zero. Nothing can be checked about it."""
    return (None,) * len(form.figures), []


def _packed_values(given: Form, form: Form, figures: Mapping[str, Any]) -> tuple[int | None, ...]:
    """Older figures are brought up by declared renames."""
    if given.version != form.version:
        figures = bring_up(
            figures, from_version=given.version, to_version=form.version, renames=form.renames, codes=form.codes
        )
    return tuple(values(form, figures, at="/data/figures"))
