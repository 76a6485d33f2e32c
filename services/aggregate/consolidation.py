"""From the state of a round to the dataset of a release. Pure.

The dataset says everything that leaves the province about a round (schemas/platform/release-dataset.schema.json):
sums, indicators, each unit's figures, and the report revisions and hashes they were made of. Equal state gives an
equal dataset, byte for byte in canonical form, so a replay can prove a release by its digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lienthong.contracts import strict
from lienthong.errors import Message
from lienthong.forms.regime import duties
from lienthong.indicators.arithmetic import rounded, scaled
from lienthong.indicators.rollup import count_given, status_of, sum_of
from lienthong.indicators.tallies import FormTally
from lienthong.instants import wire
from lienthong.programmes import Figure
from lienthong.programmes.official import official_member
from lienthong.releases import Dataset
from lienthong.releases.coded import BothLanguages, Coded
from lienthong.releases.figures import FigureTold, Observation, Provenance
from lienthong.releases.round import Completeness, Document, PeriodTold, PlanTold, UnitTold, Unreported
from lienthong.samples import SAMPLE_NOTICE
from lienthong.units.names import authority
from services.aggregate.bodies import reading_body, say
from services.aggregate.changes import changes
from services.aggregate.counting import Report, units_of
from services.aggregate.cut import SignOff, State
from services.aggregate.documents import document_of
from services.aggregate.duties import duties_of
from services.aggregate.queries import told_queries
from services.aggregate.rounds import Round
from services.aggregate.views import readings

RULES = 6
"""By which rules indicators and targets are judged; a dataset says it. Raised when the same reports would be judged
otherwise, so that a replay does not take an improvement for damage (`as_judged_then`)."""

LATE_BY_THE_FIRST = 3
"""Since these rules the first accepted revision decides on late, and each recipient is a duty of its own."""

CODED = 4
"""Since these rules a form's row and a duty name the official codes of form and reporting regime."""


def consolidate(state: State, sign_off: SignOff, previous: Dataset | None) -> Dataset:
    """The dataset of a release. previous: the dataset that it supersedes."""
    round_ = state.round
    body: Dataset = {
        "release": sign_off.release,
        "round": round_.code,
        "version": sign_off.version,
        "supersedes": None if previous is None else previous["release"],
        "sample": state.sample,
        "programme": {"code": round_.programme, "title": say(round_.reading.programme_title)},
        "plan": _plan(round_),
        "kind": round_.kind,
        "period": _period(round_),
        "issuer": {"code": round_.root, "name": _issuer(state), "level": round_.level},
        "province": round_.province,
        "recipients": sorted(sign_off.recipients),
        "signedOff": {
            "at": wire(sign_off.at),
            "by": sign_off.by,
            "note": sign_off.note,
            "document": document_of(sign_off.document),
        },
        "cut": {"partition": round_.province, "position": sign_off.position},
        "duties": duties_of(round_, sign_off, previous),
        "completeness": [_completeness(state, form) for form in sorted(round_.layouts)],
        "units": _units(state, sign_off.identifiers),
        "figures": [figure_body(figure, form) for form in state.view.now.forms for figure in form.layout.figures],
        "indicators": [reading_body(reading) for reading in readings(state.view, round_.reading.indicators)],
        "observations": list(_observations(state)),
        "provenance": list(_provenance(state)),
        "assumptions": _assumptions(round_),
        "changes": None,
        "rules": RULES,
        "unitValues": "public" if round_.reading.unit_values_public else "internal",
    }
    _add_what_there_is(body, state)
    if previous is not None:
        body["changes"] = changes(previous, body)
    cleaned: Dataset = strict.clean(body)
    return cleaned


def _add_what_there_is(body: Dataset, state: State) -> None:
    """Members that a dataset has only where there is something to say."""
    if state.sample:
        body["notice"] = SAMPLE_NOTICE
    if queries := list(told_queries(state.round_queries, _standing_revisions(state))):
        body["queries"] = queries
    if state.difficulties:
        body["difficulties"] = list(state.difficulties)
    if state.tasks and state.tasks_as_of is not None:
        body["tasksAsOf"], body["tasks"] = state.tasks_as_of.isoformat(), list(state.tasks)
    if state.computed is not None:
        body["computed"] = state.computed


def _plan(round_: Round) -> PlanTold:
    return {
        "code": round_.plan,
        "version": round_.reading.version,
        "openedVersion": round_.opened.version,
        "title": say(round_.reading.title),
    }


def _period(round_: Round) -> PeriodTold:
    return {
        "code": round_.period.code,
        "first": round_.period.first.isoformat(),
        "last": round_.period.last.isoformat(),
        **official_member(round_.official_period),
    }


def figure_body(figure: Figure, form: FormTally) -> FigureTold:
    """One figure of one rollup, as datasets and the API show it."""
    layout, slots = form.layout, form.slots
    units = layout.at(slots, count_given(figure.code))
    total = None
    if not figure.is_status and units:
        total = rounded(scaled(layout.at(slots, sum_of(figure.code)), figure.decimals), figure.decimals)
    return {
        "code": figure.code,
        "form": layout.form,
        "label": say(figure.label),
        "measure": say(figure.measure),
        "kind": figure.kind,
        "decimals": figure.decimals,
        "sum": total,
        "given": units,
        "obliged": form.obliged,
        "statuses": [
            {
                "value": value.code,
                "label": say(value.label),
                "units": layout.at(slots, status_of(figure.code, value.code)),
            }
            for value in figure.values
        ],
        **official_member(figure.official),
    }


def missing_units(round_: Round, form: str, reports: Mapping[str, Report]) -> list[str]:
    """Obliged units without a standing report, by code."""
    standing_now = {unit for unit, report in reports.items() if report.stands}
    return sorted(round_.obliged_in(form) - standing_now)


def _completeness(state: State, form: str) -> Completeness:
    round_, reports = state.round, state.reports.get(form, {})
    obliged = round_.obliged_in(form)
    counted = [r for r in reports.values() if r.stands and r.unit in obliged]
    return {
        "form": form,
        "formVersion": round_.layouts[form].version,
        "obliged": len(obliged),
        "reported": len(counted),
        "late": sum(r.late for r in counted),
        "missing": missing_units(round_, form, reports),
        "notObliged": sorted(r.unit for r in reports.values() if r.stands and r.unit not in obliged),
        **_unreported(nil=[r.unit for r in counted if r.nil], dormant=round_.dormant_in(form)),
        **_codes(round_, form),
    }


def _unreported(*, nil: Iterable[str], dormant: Iterable[str]) -> Unreported:
    """Lists that are left out where they say nothing: datasets of before, made anew, stay as they were."""
    unreported = Unreported()
    if resting := sorted(dormant):
        unreported["dormant"] = resting
    if without := sorted(nil):
        unreported["nil"] = without
    return unreported


def _codes(round_: Round, form: str) -> Coded:
    """What official lists call the form, and the reporting regime that asks for it; nothing where none does."""
    codes, definition = Coded(), round_.opened.form(form)
    if definition is None:
        return codes
    if definition.official is not None:
        codes["official"] = definition.official.body
    regimes = (duty.regime for duty in duties(round_.reading, definition))
    if (regime := next(filter(None, regimes), None)) is not None:
        codes["regime"] = regime.body
    return codes


def _units(state: State, identifiers: Mapping[str, str]) -> list[UnitTold]:
    """Every unit that is named; the recipients too, where they have an official code."""
    codes = units_of(state.round, state.reports) | {state.round.root} | identifiers.keys()
    return [_unit(code, state.names.get(code), identifiers.get(code)) for code in sorted(codes)]


def _unit(code: str, name: str | None, identifier: str | None) -> UnitTold:
    unit: UnitTold = {"code": code, "name": name}
    return unit if identifier is None else {**unit, "identifier": identifier}


def _observations(state: State) -> Iterable[Observation]:
    """Every figure that a unit's form asks for, with its state: missing is never zero."""
    for form, layout in sorted(state.round.layouts.items()):
        reports, obliged = state.reports.get(form, {}), state.round.obliged_in(form)
        for unit in sorted(obliged | reports.keys()):
            report = reports.get(unit)
            for place, figure in enumerate(layout.figures):
                kind, value = state_and_value(report, figure, place)
                yield {
                    "unit": unit,
                    "form": form,
                    "figure": figure.code,
                    "state": kind,
                    "value": value,
                    "counted": unit in obliged,
                }


def state_and_value(report: Report | None, figure: Figure, place: int) -> tuple[str, str | None]:
    """(state, value) of a unit's figure: reported, zero, status, nil, missing, withdrawn or returned. place: its
    column.
    """
    if report is None:
        return "missing", None
    if report.values is None or not report.stands or report.nil:
        return "withdrawn" if report.withdrawn else "returned" if report.returned else "nil", None
    value = report.values[place]
    if value is None:
        return "missing", None
    if figure.is_status:
        return "status", figure.values[value].code
    return ("reported" if value else "zero"), rounded(scaled(value, figure.decimals), figure.decimals)


def _provenance(state: State) -> Iterable[Provenance]:
    for form, reports in sorted(state.reports.items()):
        for unit, report in sorted(reports.items()):
            if report.stands:
                counted = unit in state.round.obliged_in(form)
                yield provenance_body(report, form, counted=counted, document=state.documents.get(report.position))


def provenance_body(report: Report, form: str, *, counted: bool, document: Document | None = None) -> Provenance:
    """Where a report's figures come from: revision, content hash, place in the log, and the signed document."""
    provenance: Provenance = {
        "unit": report.unit,
        "form": form,
        "revision": report.revision,
        "contentHash": f"sha256:{report.content_hash.hex()}",
        "position": report.position,
        "receivedAt": wire(report.received_at),
        "firstReceivedAt": wire(report.first_received_at),
        "late": report.late,
        "counted": counted,
    }
    return provenance if document is None else {**provenance, "signedDocument": document}


def _standing_revisions(state: State) -> dict[tuple[str, str], int]:
    """The revisions that stand, by (form, unit)."""
    return {
        (form, unit): report.revision
        for form, reports in state.reports.items()
        for unit, report in reports.items()
        if report.stands
    }


def _issuer(state: State) -> str | None:
    """The people's committee that issues, by the unit's name on the day."""
    name = state.names.get(state.round.root)
    return None if name is None else authority(name)


def _assumptions(round_: Round) -> list[BothLanguages]:
    """What the source does not say and was decided: of the round, its figures and its indicators."""
    stated: Sequence[Message | None] = [
        *round_.assumptions,
        *(figure.assumption for layout in round_.layouts.values() for figure in layout.figures),
        *(indicator.assumption for indicator in round_.reading.indicators),
    ]
    return [say(message) for message in dict.fromkeys(m for m in stated if m is not None)]
