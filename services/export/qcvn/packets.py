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
from lienthong.programmes.official import OfficialBody
from lienthong.releases import Dataset
from lienthong.releases.figures import IndicatorTold
from lienthong.releases.round import Completeness
from lienthong.samples import SAMPLE_NOTICE
from lienthong.units.levels import LEVELS
from services.export.formats.cells import decimal
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
    data = message.data
    withdrawn = _withdrawn_records(message, data, names) if message.withdraws else _released_records(data, names)
    recipients = () if message.withdraws else tuple(data.get("recipients", ()))
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
        recipients=tuple(_recipient(code, data, names) for code in recipients),
        packets={code: records for code in names.packets if (records := tuple(withdrawn.get(code, ())))},
    )


def _recipient(code: str, dataset: Dataset, names: Names) -> Record:
    agency = names.agencies.get(code)
    return {"code": _code(code, dataset, names), "name": None if agency is None else agency.name}


def _withdrawn_records(message: Message, body: Mapping[str, Any], names: Names) -> Mapping[str, Iterable[Record]]:
    document = body.get("document") or {}
    state: Record = {
        "report": message.id,
        "version": message.version,
        "state": names.sent["withdrawn"],
        "at": body["withdrawnAt"],
        "reason": body.get("reason") or None,
        "number": document.get("number"),
        "date": document.get("date"),
    }
    return {"states": [state]}


def _released_records(dataset: Dataset, names: Names) -> Mapping[str, Iterable[Record]]:
    makers: Mapping[str, Callable[[Dataset, Names], Iterable[Record]]] = {
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
    return {code: make(dataset, names) for code, make in makers.items()}


def _regimes(dataset: Dataset, names: Names) -> Iterator[Record]:
    """The issuer's own duties, one for each recipient; and the regime that asks units for each form, where it has a
    code of its own."""
    for duty in dataset["duties"]:
        for to in duty["to"]:
            yield {
                "code": duty["obligation"],
                **_official(duty.get("regime")),
                "recipient": _code(to, dataset, names),
                "via": duty["via"],
                "sender": duty.get("sentBy"),
                "deadline": duty["deadline"],
                "met": duty["metAt"],
                "on_time": duty["onTime"],
            }
    for form in dataset["completeness"]:
        if (regime := form.get("regime")) is not None:
            yield {"code": regime["code"], **_official(regime), "form": form["form"]}


def _forms(dataset: Dataset, names: Names) -> Iterator[Record]:
    for form in dataset["completeness"]:
        held = [figure["code"] for figure in dataset["figures"] if figure["form"] == form["form"]]
        yield {"code": form["form"], "version": form["formVersion"], **_official(form.get("official")), "figures": held}


def _periods(dataset: Dataset, names: Names) -> Iterator[Record]:
    period = dataset["period"]
    yield {
        "code": period["code"],
        **_official(period.get("official")),
        "kind": dataset["kind"],
        "first": period["first"],
        "last": period["last"],
    }


def _figures(dataset: Dataset, names: Names) -> Iterator[Record]:
    for figure in dataset["figures"]:
        yield {
            "code": figure["code"],
            "name": figure["label"]["vi"],
            "measure": figure["measure"]["vi"],
            "kind": figure["kind"],
            "decimals": figure["decimals"],
            "form": figure["form"],
            **_official(figure.get("official")),
        }


def _values(dataset: Dataset, names: Names) -> Iterator[Record]:
    """The sums of the issuing unit. A status has none: how many units stand where is a breakdown."""
    issuer = _units(dataset)(dataset["issuer"]["code"])
    for figure in dataset["figures"]:
        if figure["kind"] != "status":
            yield {
                **issuer,
                "period": dataset["period"]["code"],
                "form": figure["form"],
                "figure": figure["code"],
                "value": decimal(figure["sum"]),
                "given": figure["given"],
                "obliged": figure["obliged"],
            }


def _unit_values(dataset: Dataset, names: Names) -> Iterator[Record]:
    """What each unit reported, where the plan lets it out: see mapping.for_communication."""
    named = _units(dataset)
    statuses = {(f["form"], f["code"]) for f in dataset["figures"] if f["kind"] == "status"}
    for observation in dataset["observations"]:
        status = (observation["form"], observation["figure"]) in statuses
        yield {
            **named(observation["unit"]),
            "period": dataset["period"]["code"],
            "form": observation["form"],
            "figure": observation["figure"],
            "value": observation["value"] if status else decimal(observation["value"]),
            "state": observation["state"],
        }


def _states(dataset: Dataset, names: Names) -> Iterator[Record]:
    """Of the release as a whole, then of each unit that has not reported, or has nothing to report."""
    document: Mapping[str, Any] = dataset["signedOff"]["document"] or {}
    named = _units(dataset)
    state = "released" if dataset["supersedes"] is None else "superseding"
    yield {
        "report": dataset["round"],
        "version": dataset["version"],
        "replaces": dataset["supersedes"],
        "period": dataset["period"]["code"],
        **named(dataset["issuer"]["code"]),
        "state": names.sent[state],
        "at": dataset["signedOff"]["at"],
        "number": document.get("number"),
        "date": document.get("date"),
        "agency": document.get("agency"),
        "electronic_id": document.get("electronicId"),
        "file_hash": document.get("fileHash"),
    }
    for form in dataset["completeness"]:
        for unit, word in _unreported_units(form):
            yield {
                "report": dataset["round"],
                "period": dataset["period"]["code"],
                **named(unit),
                "form": form["form"],
                "state": names.sent[word],
            }


def _unreported_units(form: Completeness) -> Iterator[tuple[str, str]]:
    yield from ((unit, "missing") for unit in form["missing"])
    yield from ((unit, "dormant") for unit in form.get("dormant", ()))
    yield from ((unit, "nil") for unit in form.get("nil", ()))


def _sets(dataset: Dataset, names: Names) -> Iterator[Record]:
    plan = dataset["plan"]
    yield {
        "code": plan["code"],
        "name": plan["title"]["vi"],
        "programme": dataset["programme"]["code"],
        "version": plan["version"],
        "issuer": dataset["issuer"]["code"],
    }


def _groups(dataset: Dataset, names: Names) -> Iterator[Record]:
    """Indicators are grouped by the level that they are of."""
    for level in dict.fromkeys(indicator["level"] for indicator in dataset["indicators"]):
        yield {"code": level, "name": LEVELS[level].word.vi, "set": dataset["plan"]["code"]}


def _breakdowns(dataset: Dataset, names: Names) -> Iterator[Record]:
    """How many units stand at each value of a status."""
    for figure in dataset["figures"]:
        for value in figure["statuses"]:
            yield {
                "figure": figure["code"],
                "form": figure["form"],
                "code": value["value"],
                "name": value["label"]["vi"],
                "units": value["units"],
            }


def _kpis(dataset: Dataset, names: Names) -> Iterator[Record]:
    issuer = _units(dataset)(dataset["issuer"]["code"])
    for indicator in dataset["indicators"]:
        yield {
            "set": dataset["plan"]["code"],
            "group": indicator["level"],
            "code": indicator["code"],
            "name": indicator["title"]["vi"],
            "measure": indicator["measure"]["vi"],
            **issuer,
            "period": dataset["period"]["code"],
            "value": _indicator_value(indicator),
            "numerator": decimal(indicator["numerator"]),
            "denominator": decimal(indicator["denominator"]),
            "assessment": indicator["assessment"],
            **_official(indicator.get("official")),
        }


def _indicator_value(indicator: IndicatorTold) -> Value:
    return indicator["status"] if indicator["value"] is None else decimal(indicator["value"])


def _official(official: OfficialBody | None) -> Record:
    return {} if official is None else {"official": official["code"], "list": official["list"]}


def _units(dataset: Dataset) -> Callable[[str], Record]:
    """What names a unit: our code, and its official one where the release knows it."""
    identifiers = {unit["code"]: unit["identifier"] for unit in dataset["units"] if "identifier" in unit}
    return lambda code: {"unit": code} | ({"identifier": identifiers[code]} if code in identifiers else {})


def _code(recipient: str, dataset: Dataset, names: Names) -> str:
    """Of a recipient: its official code where the release knows it, else that of the file of names, else ours. The
    nation's own code stands for the Ministry here alone."""
    identifier = next((unit.get("identifier") for unit in dataset["units"] if unit["code"] == recipient), None)
    agency = names.agencies.get(recipient)
    return identifier or (recipient if agency is None else agency.code)
