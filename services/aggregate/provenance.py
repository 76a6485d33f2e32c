"""From a consolidated figure back to the report revisions and content hashes under it, now or in a release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lienthong.eventlog.port import EventLog
from lienthong.postgres.pool import Connection
from lienthong.programmes import Computation
from lienthong.refusals import refused
from lienthong.releases import Dataset
from lienthong.releases.round import Document
from services.aggregate import store
from services.aggregate.consolidation import figure_body, provenance_body, state_and_value
from services.aggregate.counting import Report
from services.aggregate.documents import documents
from services.aggregate.rounds import Round
from services.aggregate.store import PlanVersions
from services.aggregate.views import looks_back

Body = dict[str, Any]

NOT_COUNTED = ("nil", "missing", "withdrawn", "returned")
"""States in which a figure of a unit is part of no sum."""

_NOTHING: Body = {
    "revision": None,
    "contentHash": None,
    "position": None,
    "receivedAt": None,
    "firstReceivedAt": None,
    "late": None,
    "signedDocument": None,
}


def figures_of(round_: Round, code: str) -> list[str]:
    """The figures under a code: itself, or those of an indicator's computation.

    Raises Rejected (404) for a code that is neither.
    """
    if any(layout.figure(code) is not None for layout in round_.layouts.values()):
        return [code]
    indicator = round_.indicator(code)
    if indicator is None:
        raise refused("figure_unknown", round=round_.code, figure=code)
    return list(dict.fromkeys(_figure_codes(indicator.computation)))


def contributions_now(conn: Connection, log: EventLog, plans: PlanVersions, round_: Round, code: str) -> Body:
    """As it stands: every obliged unit, and every unit that reported, under each figure of each form."""
    wanted = figures_of(round_, code)
    tally = store.tallies(conn, [round_])[round_.code]
    figures = []
    for form in tally.forms:
        form_figures = [figure for figure in form.layout.figures if figure.code in wanted]
        if not form_figures:
            continue
        reports = store.reports(conn, round_.code, form.layout.form)
        units = sorted(round_.obliged_in(form.layout.form) | reports.keys())
        names = store.names(conn, round_.province, units, round_.period.last)
        signed = documents(log.at(round_.province, [each.position for each in reports.values() if each.stands]))
        for figure in form_figures:
            figures.append(
                {
                    "figure": figure.code,
                    "form": form.layout.form,
                    "sum": figure_body(figure, form)["sum"],
                    "contributions": [
                        _contribution(round_, form.layout.form, figure.code, unit, reports.get(unit), signed)
                        | {"name": names.get(unit)}
                        for unit in units
                    ],
                }
            )
    return {
        "round": round_.code,
        "code": code,
        "release": None,
        "figures": figures,
        "earlier": earlier_of(conn, plans, round_, code),
    }


def contributions_in_release(round_: Round, code: str, dataset: Dataset) -> Body:
    """As it was when that release was cut, from its dataset alone."""
    wanted = figures_of(round_, code)
    names = {unit["code"]: unit["name"] for unit in dataset["units"]}
    made_of = {(p["unit"], p["form"]): p for p in dataset["provenance"]}
    figures = []
    for figure in dataset["figures"]:
        if figure["code"] not in wanted:
            continue
        rows = [o for o in dataset["observations"] if (o["form"], o["figure"]) == (figure["form"], figure["code"])]
        figures.append(
            {
                "figure": figure["code"],
                "form": figure["form"],
                "sum": figure["sum"],
                "contributions": [
                    {
                        **_NOTHING,
                        **made_of.get((row["unit"], row["form"]), {}),
                        "unit": row["unit"],
                        "form": row["form"],
                        "name": names.get(row["unit"]),
                        "state": row["state"],
                        "value": row["value"],
                        "counted": row["counted"] and row["state"] not in NOT_COUNTED,
                    }
                    for row in rows
                ],
            }
        )
    return {"round": round_.code, "code": code, "release": dataset["release"], "figures": figures, "earlier": []}


def earlier_of(conn: Connection, plans: PlanVersions, round_: Round, code: str) -> list[str]:
    """Codes of the plan's earlier rounds that an indicator over several periods rests on."""
    indicator = round_.indicator(code)
    if indicator is None or not looks_back(indicator.computation):
        return []
    return [
        other.code for other in store.periodic_of_plan(conn, plans, round_) if other.period.last < round_.period.first
    ]


def _contribution(
    round_: Round, form: str, code: str, unit: str, report: Report | None, documents: Mapping[int, Document]
) -> Body:
    layout = round_.layouts[form]
    figure = layout.figure(code)
    assert figure is not None, "asked for by the caller"
    state, value = state_and_value(report, figure, layout.column(code))
    counted = unit in round_.obliged_in(form) and state not in NOT_COUNTED
    body = _NOTHING
    if report is not None:
        body = {**provenance_body(report, form, counted=counted, document=documents.get(report.position))}
    return {**_NOTHING, **body, "unit": unit, "form": form, "state": state, "value": value, "counted": counted}


def _figure_codes(computation: Computation) -> Iterable[str]:
    yield from computation.figures
    yield from computation.numerator
    yield from computation.denominator
    yield from computation.among
    if computation.figure is not None:
        yield computation.figure
    if computation.of is not None:
        yield from _figure_codes(computation.of)
