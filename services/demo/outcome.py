"""What the hub says after the year, and whether it is what must have come of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lienthong.client import Hub
from lienthong.contracts import canonical
from lienthong.pushes.reconciliation import Held, digest_of
from services.aggregate import verify as verifying
from services.aggregate.verify import Verified
from services.demo import mistakes, portal, road, script, supplying, tasks, urging
from services.demo.book import Book, Page, Total
from services.demo.difficulties import raised_in_2026
from services.demo.operating import Pulled
from services.demo.people import SUPERIOR
from services.demo.scenario import Year
from services.export.deliveries import reconciling
from services.export.deliveries.reconciling import Comparison
from services.export.deliveries.wire import Wire

COUNTED = (script.NUCLEAR_COMMUNICATION, script.AD_HOC)
"""Rounds with figures that the hub counts itself."""
ITEMS_COUNTED = ({"news_items_portal": 0, "news_items_media": 0}, {"news_items_portal": 0, "news_items_media": 1})
"""What it has to find in each: of the newspaper's three items one news item is approved and stays, in October."""
OPERATORS = {"20": "tinh-20", "33": "tinh-33", "19": "xa-02026"}


@dataclass(frozen=True, kw_only=True, slots=True)
class YearOutcome:
    """Everything asked of the hub afterwards; by province where it is a province's own.

    platform: comparisons of what each destination holds with what it should hold. computed: figures of a round that
    the hub counted itself, beside what was reported. tasks: of each plan how many stand where. confirmed: reports that
    were put together from what systems supplied.
    """

    rounds: Mapping[str, Mapping[str, Any]]
    indicators: Mapping[str, list[Mapping[str, Any]]]
    receipts: Mapping[str, int]
    deliveries: list[Mapping[str, Any]]
    refusals: list[Mapping[str, Any]]
    computed: Mapping[str, list[Mapping[str, Any]]]
    tasks: list[Mapping[str, Any]]
    confirmed: Mapping[str, Any]
    platform: Mapping[str, list[Comparison]]
    verified: Verified
    pulled: Pulled


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """One thing that had to come out so. expected and got are compared by equality."""

    what: str
    expected: object
    got: object

    @property
    def good(self) -> bool:
        return self.expected == self.got


def gather(year: Year) -> YearOutcome:
    """Ask the hub, as operators over HTTP; verify and reconcile as the command line does."""
    assert year.pulled is not None, "the year ends with the Ministry's reading"
    accounts = {province: year.people.account(client) for province, client in OPERATORS.items()}
    superior = year.people.account(SUPERIOR)  # the commune's operator reads of the commune alone, not of its offices
    rounds = {
        round_["round"]: round_ for account in accounts.values() for round_ in account.get("/v1/rounds")["rounds"]
    }
    ours = [episode for episode in script.EPISODES if episode.round in rounds]
    return YearOutcome(
        rounds=rounds,
        indicators={e.round: accounts[e.province].get(f"/v1/rounds/{e.round}/indicators")["indicators"] for e in ours},
        receipts={province: _receipts(account) for province, account in (accounts | {"19": superior}).items()},
        deliveries=[d for client in OPERATORS.values() for d in year.operating.deliveries(client)],
        refusals=[r for client in OPERATORS.values() for r in year.operating.refusals(client)],
        computed={
            episode.round: accounts[episode.province].get(f"/v1/rounds/{episode.round}/computed")["figures"]
            for episode in COUNTED
        },
        tasks=accounts["20"].get("/v1/tasks")["consolidated"],
        confirmed=_confirmed_reports(accounts["33"]),
        platform=_reconcile(year),
        verified=_verify(year),
        pulled=year.pulled,
    )


def checks(year: Year, outcome: YearOutcome) -> Iterator[Expectation]:
    """Everything that must hold, computed from the script and from what was sent."""
    book = year.book
    yield Expectation(what="every answer was the one expected", expected=[], got=book.wrong)
    yield Expectation(what="receipts", expected=book.verdicts["accepted"], got=sum(outcome.receipts.values()))
    yield Expectation(what="refusals by reason", expected=dict(mistakes.count()), got=_codes(outcome.refusals))
    yield Expectation(what="from the portal, and back to it", expected=portal.EXPECTED, got=year.portal.seen)
    yield Expectation(what="returned, explained, nil, answered", expected=dict(road.EXPECTED), got=year.road.seen)
    yield Expectation(what="a reminder in a mailbox, once", expected=dict(urging.EXPECTED), got=year.urging.seen)
    expected_steps = {each.obligation: each.steps for each in raised_in_2026()}
    yield Expectation(
        what="difficulties along every route", expected=expected_steps, got=year.difficulties.steps_by_obligation()
    )
    yield Expectation(what="supplied by systems, confirmed", expected=dict(supplying.EXPECTED), got=year.supplying.seen)
    yield Expectation(what="tasks by plan", expected=dict(tasks.EXPECTED), got=year.tasks.seen)
    yield Expectation(what="computed beside reported", expected=_figures_counted(book), got=_figures_computed(outcome))
    for episode in script.EPISODES:
        yield from _round_checks(episode.round, outcome.rounds[episode.round], book.page(episode.round))
    yield Expectation(
        what="late reports by round",
        expected=_late_expected(),
        got={
            code: count
            for code, round_ in outcome.rounds.items()
            if (count := sum(f["late"] for f in round_["completeness"]))
        },
    )
    yield from _release_checks(year, outcome)
    yield from _delivery_checks(year, outcome)
    yield Expectation(what="cells that differ from a recount", expected=(), got=outcome.verified.differences)
    yield Expectation(what="releases that a replay makes differently", expected=(), got=outcome.verified.diverged)


def _round_checks(code: str, round_: Mapping[str, Any], page: Page) -> Iterator[Expectation]:
    expected = {form: (c.obliged, c.reported, c.late) for form, c in page.completeness().items()}
    got = {f["form"]: (f["obliged"], f["reported"], f["late"]) for f in round_["completeness"] if f["obliged"]}
    yield Expectation(what=f"{code}: obliged, reported, late by form", expected=expected, got=got)


def _release_checks(year: Year, outcome: YearOutcome) -> Iterator[Expectation]:
    pulled = outcome.pulled
    yield Expectation(
        what="releases in the feed, in order",
        expected=year.operating.releases,
        got=[entry["release"] for entry in pulled.entries],
    )
    for entry in pulled.entries:
        dataset, page = pulled.datasets[entry["release"]], year.book.released[entry["release"]]
        yield Expectation(
            what=f"{entry['release']}: digest", expected=entry["digest"], got=canonical.digest_of(dataset)
        )
        yield Expectation(what=f"{entry['release']}: sums", expected=sums(page.totals()), got=sums_of(dataset))
        yield Expectation(what=f"{entry['release']}: says sample", expected=True, got=dataset["sample"])
    texts = _explanations(pulled.datasets[f"{script.NUCLEAR_COMMUNICATION.round}/1"])
    yield Expectation(what="the release tells the explanation", expected=[road.EXPLAINED], got=texts)
    own = digest_of(
        Held(id=release, version=int(release.rpartition("/")[2]), digest=canonical.digest_of(dataset))
        for release, dataset in pulled.datasets.items()
    )
    yield Expectation(what="digest of the feed", expected=own, got=(pulled.digest["count"], pulled.digest["digest"]))
    for (programme, period), document in pulled.national.items():
        latest = latest_datasets(pulled, programme, period)
        yield Expectation(
            what=f"nation {programme} {period}",
            expected=national_sums(latest),
            got={figure["code"]: (figure["sum"], figure["given"]) for figure in document["figures"]},
        )


def _delivery_checks(year: Year, outcome: YearOutcome) -> Iterator[Expectation]:
    states = Counter(delivery["state"] for delivery in outcome.deliveries)
    expected = len(year.operating.releases) + 4  # and two approved items, the withdrawal of one, the portal's film
    yield Expectation(what="deliveries by state", expected={"delivered": expected}, got=dict(states))
    retried = [[a["outcome"] for a in d["attempts"]] for d in outcome.deliveries if len(d["attempts"]) > 1]
    yield Expectation(what="the push that failed was tried again", expected=[["http_503", "http_200"]], got=retried)
    yield Expectation(
        what="the platform holds what the hub says",
        expected=[],
        got=[
            comparison
            for comparisons in outcome.platform.values()
            for comparison in comparisons
            if not comparison.equal
        ],
    )


def _figures_counted(book: Book) -> dict[str, dict[str, tuple[str, str | None]]]:
    """By round and figure: what the approved items come to, and what the units reported."""
    return {
        episode.round: {code: (str(count), _sum_reported(book, episode.round, code)) for code, count in counts.items()}
        for episode, counts in zip(COUNTED, ITEMS_COUNTED, strict=True)
    }


def _sum_reported(book: Book, round_: str, code: str) -> str | None:
    [total] = [total.sum for (_, figure), total in book.page(round_).totals().items() if figure == code]
    return None if total is None else f"{total:f}"


def _figures_computed(outcome: YearOutcome) -> dict[str, dict[str, tuple[str, str | None]]]:
    return {
        round_: {figure["figure"]: (figure["computed"], figure["reported"]) for figure in figures}
        for round_, figures in outcome.computed.items()
    }


def _explanations(dataset: Mapping[str, Any]) -> list[str]:
    """The explanations that a release tells."""
    return [query["explanation"]["text"] for query in dataset.get("queries", ()) if query["explanation"] is not None]


def sums(totals: Mapping[tuple[str, str], Total]) -> dict[tuple[str, str], tuple[object, int, int, dict[str, int]]]:
    """(form, figure) → (sum, given, obliged, units by status), from the senders' book."""
    return {key: (total.sum, total.given, total.obliged, dict(total.statuses)) for key, total in totals.items()}


def sums_of(dataset: Mapping[str, Any]) -> dict[tuple[str, str], tuple[object, int, int, dict[str, int]]]:
    """The same as a dataset says. Forms that nobody owes are left out."""
    return {
        (f["form"], f["code"]): (
            None if f["sum"] is None else Decimal(f["sum"]),
            f["given"],
            f["obliged"],
            {status["value"]: status["units"] for status in f["statuses"] if status["units"]},
        )
        for f in dataset["figures"]
        if f["obliged"]
    }


def latest_datasets(pulled: Pulled, programme: str, period: str) -> list[Mapping[str, Any]]:
    """The newest release of each plan for a programme and period, a commune's own among them."""
    newest = {
        entry["round"]: pulled.datasets[entry["release"]]
        for entry in pulled.entries
        if (entry["programme"], entry["period"]) == (programme, period)
    }
    return list(newest.values())


def national_sums(datasets: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str | None, int]]:
    """Figure → (sum, units that gave it) over datasets."""
    by_code: dict[str, tuple[Decimal | None, int]] = {}
    for figure in (figure for dataset in datasets for figure in dataset["figures"]):
        before, units = by_code.get(figure["code"], (None, 0))
        own = None if figure["sum"] is None else Decimal(figure["sum"])
        total = own if before is None else before + (own or 0)
        by_code[figure["code"]] = (total, units + figure["given"])
    return {code: (None if total is None else f"{total:f}", units) for code, (total, units) in by_code.items()}


def _late_expected() -> dict[str, int]:
    """From the script alone: who was cast as late. Who corrects after the deadline was on time and stays so."""
    return {e.round: e.late for e in script.EPISODES if e.late}


def _codes(refusals: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    return dict(Counter(error["code"] for refusal in refusals for error in refusal["errors"]))


def _confirmed_reports(account: Hub) -> Mapping[str, Any]:
    """Reports of the form that three systems supply."""
    parameters = {"round": script.NUCLEAR_STRATEGY.round, "form": supplying.FORM}
    confirmed: Mapping[str, Any] = account.get("/v1/supplied/reports", parameters)
    return confirmed


def _receipts(account: Hub) -> int:
    """How many receipts a province has given, read page by page."""
    return sum(1 for _ in account.receipts())


def _reconcile(year: Year) -> dict[str, list[Comparison]]:
    wire = Wire()
    with year.site.pool("export") as pool:
        return {
            province: reconciling.reconcile(pool, wire, f"platform-{province}", resend=False) for province in OPERATORS
        }


def _verify(year: Year) -> Verified:
    with year.site.pool("aggregate") as pool:
        return verifying.verify(pool)


def unmet_expectations(checks_: Iterable[Expectation]) -> list[Expectation]:
    """Those that did not come out as they must."""
    return [check for check in checks_ if not check.good]
