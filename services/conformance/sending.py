"""Rules about what is sent: that it arrives, once, as asked, and under which ids and revisions. Pure.

Each yields evidence of what is wrong, in codes and numbers that need no language; none where all is well.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from services.conformance.leg import Leg, about
from services.conformance.seen import Sent, nfc, plain
from services.conformance.tasks import AskedReport


def arrived(leg: Leg) -> Iterator[str]:
    for report in leg.reports_to_take:
        if not leg.taken_events(report):
            tries = [str(each.exchange) for each in leg.events_of(report)]
            yield f"{'/'.join(report.key)}: {', '.join(tries) or '0 ×'}"


def once(leg: Leg) -> Iterator[str]:
    """One report stands under one id, however often it was sent."""
    for report in leg.reports:
        ids = sorted({each.id for each in leg.events_of(report) if each.verdict == "accepted"})
        if len(ids) > 1:
            yield f"{report.unit}: {len(ids)} × ({', '.join(ids[:4])})"


def content(leg: Leg) -> Iterator[str]:
    """What was asked for, and nothing else."""
    by_key = {report.key: report for report in leg.reports}
    for each in leg.sent:
        report = by_key.get(each.key)
        if report is None:
            yield f"{each.exchange}: {'/'.join(each.key)}"
        elif wrong := _differs(report, each):
            yield f"{each.exchange}: {', '.join(wrong)}"


def _differs(report: AskedReport, each: Sent) -> list[str]:
    data = each.data
    if report.figures is None:
        return [] if nfc(data.get("reason")) == nfc(report.reason) else ["reason"]
    wrong = ["nil"] if (data.get("nil") is True) != report.nil else []
    given = data.get("figures")
    figures: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    wanted = plain(report.figures)
    wrong += sorted(
        f"figures/{code}"
        for code in wanted.keys() | figures.keys()
        if code not in figures or code not in wanted or not _is_same(wanted[code], plain(figures[code]))
    )
    narrative = data.get("narrative")
    results = narrative.get("results") if isinstance(narrative, Mapping) else ""
    return wrong + ([] if nfc(results) == nfc(report.narrative) else ["narrative/results"])


def _is_same(wanted: object, given: object) -> bool:
    """true is no 1, and "3" no 3."""
    numbers = (int, float, Decimal)
    if isinstance(wanted, bool) or isinstance(given, bool):
        return wanted is given
    return wanted == given and isinstance(wanted, numbers) == isinstance(given, numbers)


def numbers(leg: Leg) -> Iterator[str]:
    """Whole numbers are written as whole numbers: no point, no exponent, no text."""
    whole = {(a.key, code) for a in leg.reports for code, value in (a.figures or {}).items() if type(value) is int}
    for each in leg.sent:
        figures = each.data.get("figures")
        for code, value in figures.items() if isinstance(figures, Mapping) else ():
            if (each.key, nfc(code)) in whole and isinstance(value, Decimal | str):
                yield f"{each.exchange}: {code} = {value!s}" + (" (text)" if isinstance(value, str) else "")


def revision(leg: Leg) -> Iterator[str]:
    if leg.conflicts:
        return
    for each in leg.sent:
        for pointer, code in each.codes:
            if pointer.endswith("/revision") or code == "nothing_to_withdraw":
                yield f"{each.exchange}: {each.data.get('revision')} → {code}"


def same_again(leg: Leg) -> Iterator[str]:
    """What got no answer is sent again as it was: the same source, id and content. So is what is to be sent again."""
    for report in leg.reports:
        mine = leg.events_of(report)
        for first, second in pairwise(mine):
            if first.exchange.unanswered and first.exchange is not second.exchange:
                yield from _differences(first, second)
        if leg.do == "resend" and mine and (stood := about(report, leg.before)):
            yield from _differences(stood[-1], mine[0])


def _differences(first: Sent, second: Sent) -> Iterator[str]:
    if first.name != second.name:
        yield f"{first.exchange}, #{second.exchange.number}: id {first.id} → {second.id}"
    elif first.content != second.content:
        yield f"{first.exchange}, #{second.exchange.number}: {first.id}"


def refused_again(leg: Leg) -> Iterator[str]:
    """What was refused is not sent again as it is, under whatever id."""
    refused: list[Sent] = []
    for each in leg.all_sent:
        again = next((r for r in refused if _repeats(r, each)), None)
        if again is not None and any(each is mine for mine in leg.sent):
            yield f"{again.exchange}, #{each.exchange.number}: {each.id}"
        if each.verdict == "refused" and not each.exchange.lost:
            refused.append(each)


def _repeats(refused: Sent, each: Sent) -> bool:
    """Of another request, with the same content. Another revision mends nothing, unless the revision was refused."""
    if each.exchange is refused.exchange or each.key != refused.key:
        return False
    if any(pointer.endswith("/revision") for pointer, _ in refused.codes):
        return bool(each.content == refused.content)
    return _but_revision(each) == _but_revision(refused)


def _but_revision(each: Sent) -> tuple[str, dict[str, Any]]:
    return each.type, {name: value for name, value in plain(each.data).items() if name != "revision"}


def new_id(leg: Leg) -> Iterator[str]:
    """Another content has another id: also after a refusal, and for a correction."""
    contents: dict[tuple[str, str], Any] = {}
    for each in leg.all_sent:
        if each.name in contents and contents[each.name] != each.content and any(each is mine for mine in leg.sent):
            yield f"#{each.exchange.number}: {each.id}"
        contents[each.name] = each.content


def own(leg: Leg) -> Iterator[str]:
    """Sources are the client's own, and ids are used for one thing."""
    for each in leg.sent:
        for _, code in each.codes:
            if code in ("source_not_allowed", "id_used_for_other_content"):
                yield f"{each.exchange}: {code} ({each.source} {each.id})"


def composed(leg: Leg) -> Iterator[str]:
    """Ids and texts go out in NFC, as the hub keeps them: else the system's books and its receipts differ."""
    for each in leg.sent:
        places = [name for name, value in (("id", each.id), ("source", each.source)) if not _is_nfc(value)]
        places += [f"data/{name}" for name, value in each.data.items() if not _is_nfc(value)]
        if places:
            yield f"{each.exchange}: {', '.join(places)}"


def _is_nfc(value: Any) -> bool:
    if isinstance(value, str):
        return unicodedata.is_normalized("NFC", value)
    if isinstance(value, Mapping):
        return all(_is_nfc(part) for pair in value.items() for part in pair)
    return all(map(_is_nfc, value)) if isinstance(value, list) else True
