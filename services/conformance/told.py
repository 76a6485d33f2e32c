"""Rules about what the system says to its own users: outcome, receipts, faults, warnings, lateness, lists. Pure.

Each yields evidence of what is wrong, in codes and numbers that need no language; none where all is well.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.conformance import seen
from services.conformance.leg import Leg


def outcome(leg: Leg) -> Iterator[str]:
    if leg.answer.outcome != leg.expect:
        yield f"{leg.answer.outcome} ≠ {leg.expect}" + (f": {leg.answer.why}" if leg.answer.why else "")


def receipt(leg: Leg) -> Iterator[str]:
    """The receipts that the hub gave, and no others; a refused or failed task has none."""
    if leg.do in ("obligations", "receipts"):
        return
    gave = {
        each.receipt for report in leg.reports_to_take for each in leg.taken_events(report) if each.receipt is not None
    }
    if missing := sorted(gave - set(leg.answer.receipts)):
        yield f"– {', '.join(missing)}"
    if invented := sorted(set(leg.answer.receipts) - gave):
        yield f"+ {', '.join(invented)}"


def problems(leg: Leg) -> Iterator[str]:
    """Everything that the hub found wrong, not the first of it."""
    if leg.expect not in ("refused", "partly"):
        return
    pairs = _refused_codes(leg)
    codes = {code for _, code in pairs}
    if missing := sorted(codes - {each.code for each in leg.answer.problems}):
        yield f"– {', '.join(missing)}"
    elif len(leg.answer.problems) < len(pairs):
        yield f"{len(leg.answer.problems)} < {len(pairs)}"


def _refused_codes(leg: Leg) -> list[tuple[str, str]]:
    """(pointer, code): of the refused events, or of the last answer that refused a request as a whole."""
    events = [each for each in leg.sent if each.verdict == "refused" and not each.exchange.lost]
    if events:
        last = {each.name: each.codes for each in events}
        return [code for codes in last.values() for code in codes]
    answers = [refusals for each in leg.exchanges if not each.lost and (refusals := seen.refusals(each))]
    return list(answers[-1]) if answers else []


def warnings(leg: Leg) -> Iterator[str]:
    given = {code for report in leg.reports_to_take for each in leg.taken_events(report) for code in each.warnings}
    if missing := sorted(given - set(leg.answer.warnings)):
        yield f"– {', '.join(missing)}"


def late(leg: Leg) -> Iterator[str]:
    taken = [each for report in leg.reports_to_take for each in leg.taken_events(report)]
    if taken and any(each.late for each in taken) != (leg.answer.late is True):
        yield f"late={str(any(each.late for each in taken)).lower()} ≠ {str(leg.answer.late).lower()}"


def lists(leg: Leg) -> Iterator[str]:
    """What was asked for as a list is whole: every page was followed, and nothing is made up."""
    if leg.receipts is not None and (wrong := leg.receipts ^ set(leg.answer.receipts)):
        yield f"{len(set(leg.answer.receipts))} ≠ {len(leg.receipts)}: {', '.join(sorted(wrong)[:5])}"
    if leg.owed is not None:
        keys = {(each.round, each.form, each.unit) for each in leg.answer.obligations}
        if wrong_keys := leg.owed ^ keys:
            yield f"{len(keys)} ≠ {len(leg.owed)}: {', '.join('/'.join(key) for key in sorted(wrong_keys)[:5])}"
