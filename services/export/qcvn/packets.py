"""What of a release goes into which packet, under our own words. Pure.

A packet is a list of records; a record's values are texts, numbers (int, Decimal), booleans, None (not reported, which
is never zero), or a list of texts. A packet of which a release has nothing is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lienthong.instants import wire
from lienthong.releases import Completeness, Dataset, IndicatorTold, Official
from lienthong.samples import SAMPLE_NOTICE
from lienthong.units.levels import LEVELS
from services.export.mapping import Message, Sender
from services.export.qcvn.names import Names

Value = str | int | Decimal | bool | None | list[str]
Record = Mapping[str, Value]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """Everything of one message. packets: by our word, in the order of the file of names."""

    header: Record
    recipients: tuple[Record, ...]
    packets: Mapping[str, tuple[Record, ...]]


def bundle(message: Message, sender: Sender, names: Names) -> Bundle:
    """The packets of a release, or the one that says it was withdrawn."""
    told = message.data
    found = _withdrawn(message, told, names) if message.withdraws else _released(told, names)
    recipients = () if message.withdraws else tuple(told.get("recipients", ()))
    return Bundle(
        header={
            "standard": names.standard,
            "message": f"{message.id}/{message.version}",
            "kind": message.type,
            "sender": sender.id,
            "province": sender.province,
            "sent": wire(message.at),
            "sample": message.sample,
            "notice": SAMPLE_NOTICE if message.sample else None,
            "digest": message.digest,
        },
        recipients=tuple(_recipient(code, told, names) for code in recipients),
        packets={code: records for code in names.packets if (records := tuple(found.get(code, ())))},
    )


def _recipient(code: str, told: Dataset, names: Names) -> Record:
    agency = names.agencies.get(code)
    return {"code": _code(code, told, names), "name": None if agency is None else agency.name}


def _withdrawn(message: Message, told: Mapping[str, Any], names: Names) -> Mapping[str, Iterable[Record]]:
    document = told.get("document") or {}
    state: Record = {
        "report": message.id,
        "version": message.version,
        "state": names.sent["withdrawn"],
        "at": told["withdrawnAt"],
        "reason": told.get("reason") or None,
        "number": document.get("number"),
        "date": document.get("date"),
    }
    return {"states": [state]}


def _released(told: Dataset, names: Names) -> Mapping[str, Iterable[Record]]:
    made: Mapping[str, Callable[[Dataset, Names], Iterable[Record]]] = {
        "regimes": _regimes,
        "forms": _forms,
        "periods": _periods,
        "figures": _figures,
        "values": _values,
        "unit_values": _unit_values,
        "states": _states,
        "sets": _sets,
        "groups": _groups,
        "breakdowns": _breakdowns,
        "kpis": _kpis,
    }
    return {code: make(told, names) for code, make in made.items()}


def _regimes(told: Dataset, names: Names) -> Iterator[Record]:
    """The issuer's own duties, one for each recipient; and the regime that asks units for each form, where it has a
    code of its own."""
    for duty in told["duties"]:
        for to in duty["to"]:
            yield {
                "code": duty["obligation"],
                **_official(duty.get("regime")),
                "recipient": _code(to, told, names),
                "via": duty["via"],
                "sender": duty.get("sentBy"),
                "deadline": duty["deadline"],
                "met": duty["metAt"],
                "on_time": duty["onTime"],
            }
    for form in told["completeness"]:
        if (regime := form.get("regime")) is not None:
            yield {"code": regime["code"], **_official(regime), "form": form["form"]}


def _forms(told: Dataset, names: Names) -> Iterator[Record]:
    for form in told["completeness"]:
        held = [figure["code"] for figure in told["figures"] if figure["form"] == form["form"]]
        yield {"code": form["form"], "version": form["formVersion"], **_official(form.get("official")), "figures": held}


def _periods(told: Dataset, names: Names) -> Iterator[Record]:
    period = told["period"]
    yield {
        "code": period["code"],
        **_official(period.get("official")),
        "kind": told["kind"],
        "first": period["first"],
        "last": period["last"],
    }


def _figures(told: Dataset, names: Names) -> Iterator[Record]:
    for figure in told["figures"]:
        yield {
            "code": figure["code"],
            "name": figure["label"]["vi"],
            "measure": figure["measure"]["vi"],
            "kind": figure["kind"],
            "decimals": figure["decimals"],
            "form": figure["form"],
            **_official(figure.get("official")),
        }


def _values(told: Dataset, names: Names) -> Iterator[Record]:
    """The sums of the issuing unit. A status has none: how many units stand where is a breakdown."""
    issuer = _units(told)(told["issuer"]["code"])
    for figure in told["figures"]:
        if figure["kind"] != "status":
            yield {
                **issuer,
                "period": told["period"]["code"],
                "form": figure["form"],
                "figure": figure["code"],
                "value": _number(figure["sum"]),
                "given": figure["given"],
                "obliged": figure["obliged"],
            }


def _unit_values(told: Dataset, names: Names) -> Iterator[Record]:
    """What each unit reported, where the plan lets it out: see mapping.for_communication."""
    named = _units(told)
    statuses = {(f["form"], f["code"]) for f in told["figures"] if f["kind"] == "status"}
    for one in told["observations"]:
        status = (one["form"], one["figure"]) in statuses
        yield {
            **named(one["unit"]),
            "period": told["period"]["code"],
            "form": one["form"],
            "figure": one["figure"],
            "value": one["value"] if status else _number(one["value"]),
            "state": one["state"],
        }


def _states(told: Dataset, names: Names) -> Iterator[Record]:
    """Of the release as a whole, then of each unit that has not reported, or has nothing to report."""
    document: Mapping[str, Any] = told["signedOff"]["document"] or {}
    named = _units(told)
    state = "released" if told["supersedes"] is None else "superseding"
    yield {
        "report": told["round"],
        "version": told["version"],
        "replaces": told["supersedes"],
        "period": told["period"]["code"],
        **named(told["issuer"]["code"]),
        "state": names.sent[state],
        "at": told["signedOff"]["at"],
        "number": document.get("number"),
        "date": document.get("date"),
        "agency": document.get("agency"),
        "electronic_id": document.get("electronicId"),
        "file_hash": document.get("fileHash"),
    }
    for form in told["completeness"]:
        for unit, word in _standing(form):
            yield {
                "report": told["round"],
                "period": told["period"]["code"],
                **named(unit),
                "form": form["form"],
                "state": names.sent[word],
            }


def _standing(form: Completeness) -> Iterator[tuple[str, str]]:
    yield from ((unit, "missing") for unit in form["missing"])
    yield from ((unit, "dormant") for unit in form.get("dormant", ()))
    yield from ((unit, "nil") for unit in form.get("nil", ()))


def _sets(told: Dataset, names: Names) -> Iterator[Record]:
    plan = told["plan"]
    yield {
        "code": plan["code"],
        "name": plan["title"]["vi"],
        "programme": told["programme"]["code"],
        "version": plan["version"],
        "issuer": told["issuer"]["code"],
    }


def _groups(told: Dataset, names: Names) -> Iterator[Record]:
    """Indicators are grouped by the level that they are of."""
    for level in dict.fromkeys(one["level"] for one in told["indicators"]):
        yield {"code": level, "name": LEVELS[level].word.vi, "set": told["plan"]["code"]}


def _breakdowns(told: Dataset, names: Names) -> Iterator[Record]:
    """How many units stand at each value of a status."""
    for figure in told["figures"]:
        for value in figure["statuses"]:
            yield {
                "figure": figure["code"],
                "form": figure["form"],
                "code": value["value"],
                "name": value["label"]["vi"],
                "units": value["units"],
            }


def _kpis(told: Dataset, names: Names) -> Iterator[Record]:
    issuer = _units(told)(told["issuer"]["code"])
    for one in told["indicators"]:
        yield {
            "set": told["plan"]["code"],
            "group": one["level"],
            "code": one["code"],
            "name": one["title"]["vi"],
            "measure": one["measure"]["vi"],
            **issuer,
            "period": told["period"]["code"],
            "value": _measured(one),
            "numerator": _number(one["numerator"]),
            "denominator": _number(one["denominator"]),
            "assessment": one["assessment"],
            **_official(one.get("official")),
        }


def _measured(one: IndicatorTold) -> Value:
    return one["status"] if one["value"] is None else _number(one["value"])


def _official(official: Official | None) -> Record:
    return {} if official is None else {"official": official["code"], "list": official["list"]}


def _units(told: Dataset) -> Callable[[str], Record]:
    """What names a unit: our code, and its official one where the release knows it."""
    known = {one["code"]: one["identifier"] for one in told["units"] if "identifier" in one}
    return lambda code: {"unit": code} | ({"identifier": known[code]} if code in known else {})


def _code(recipient: str, told: Dataset, names: Names) -> str:
    """Of a recipient: its official code where the release knows it, else that of the file of names, else ours. The
    nation's own code stands for the Ministry here alone."""
    known = next((one.get("identifier") for one in told["units"] if one["code"] == recipient), None)
    agency = names.agencies.get(recipient)
    return known or (recipient if agency is None else agency.code)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
