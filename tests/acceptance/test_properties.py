"""Any order of submissions, corrections, nil reports, withdrawals, explanations, returns, passings-on, repeats,
extensions, mergers and units that rest equals a recomputation.

The real committer and the real aggregator work on a real database; a model in plain Python says, before each act,
what must come of it. Consuming happens at any moment in between, in batches of any size.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from lienthong import units
from lienthong.calendar import VIETNAM
from lienthong.errors import Rejected
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.eventlog.consumer import Consumer
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.events import EXPLANATION_SUBMITTED
from lienthong.forms.people import CHECK as PEOPLE_CHECK
from lienthong.postgres.pool import Connection, Pool
from services.aggregate import reading
from services.aggregate.queries import told_queries
from services.aggregate.store import PlanVersions, load_round, reports
from services.aggregate.store import queries_of_round as asked_of
from services.aggregate.verify import verify
from services.aggregate.worker import CONSUMER, ROLE, Aggregator
from services.ingest.reviews import acts as reviews
from services.ingest.reviews.rules import NamedReport
from services.ingest.rounds import acts as rounds
from services.ingest.rounds import obligations
from tests.builders import hub as hubs
from tests.builders.hub import FORM, ROUND, SOURCE, Hub, a_principal, a_report, a_withdrawal
from tests.conftest import _temporary_database

UNITS = ("05977", "05983", "05986")  # few, so that histories of one unit grow long
HEIR = "06040"  # takes over whoever is merged away; it reports nothing itself
AFTER_DEADLINE = datetime(2026, 10, 20, 9, 0, tzinfo=VIETNAM)
EXTENDED_UNTIL = datetime(2026, 12, 1, 0, 0, tzinfo=VIETNAM)
MERGED_ON = "2026-09-01"  # before the close of data, so that it changes who is obliged in the open round

unit = st.sampled_from(UNITS)
_report = st.tuples(st.just("report"), unit, st.sampled_from([1, 1, 1, 1, 2, 0, -1]), st.integers(0, 10**6))
_nil = st.tuples(st.just("nil"), unit, st.sampled_from([1, 1, 1, 0]))
_explanation = st.tuples(st.just("explain"), unit, st.sampled_from([0, 0, 0, 1]))
_withdrawal = st.tuples(st.just("withdraw"), unit, st.sampled_from([0, 0, 0, 0, 1, -1]))
_repeat = st.tuples(st.sampled_from(["repeat", "reuse"]), st.integers(0, 30))
_consume = st.tuples(st.just("consume"), st.integers(1, 5))
_operator = st.one_of(
    st.tuples(st.sampled_from(["extend", "merge", "rest"]), unit), st.tuples(st.just("deadline passes"))
)
_review = st.tuples(st.sampled_from(["give back", "pass on"]), unit, st.sampled_from([0, 0, 0, 0, 1, -1]))
act = st.one_of(
    _report,
    _report,
    _report,
    _nil,
    _explanation,
    _explanation,
    _withdrawal,
    _withdrawal,
    _review,
    _review,
    _repeat,
    _consume,
    _operator,
)
"""Twice named is twice as likely."""
CHECK = "attendances_for_events"
PEOPLE = 881_384  # of the province, as shipped; of its communes nothing is known


@pytest.fixture(scope="module")
def filled(postgres: str, template: str) -> Any:
    """Name of a database with units and the plan P119-LS."""
    with _temporary_database(postgres, template) as name:
        hubs.fill(make_conninfo(postgres, dbname=name))
        yield name


@dataclass
class Model:
    """What a sender and an operator would write down on paper."""

    revision: dict[str, int] = field(default_factory=dict)
    standing: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    first_late: dict[str, bool] = field(default_factory=dict)
    """Whether a unit's first accepted revision came after the deadline of all: corrections change nothing of it."""
    sent: list[tuple[dict[str, Any], Mapping[str, Any]]] = field(default_factory=list)
    is_late: bool = False
    extended: set[str] = field(default_factory=set)
    merged: set[str] = field(default_factory=set)
    reviewed: dict[str, str] = field(default_factory=dict)
    resting: set[str] = field(default_factory=set)
    nil: set[str] = field(default_factory=set)
    said: dict[str, str] = field(default_factory=dict)
    """What was last said of the query on the latest revision."""

    def report(self, unit: str, revision: int) -> set[str]:
        """The codes that must come back, all at once; empty when it must be accepted."""
        return {
            code
            for code, wrong in (
                ("number_out_of_range", revision < 1),
                ("unit_not_obliged", unit in self.merged),
                ("unit_dormant", unit in self.resting),
                ("revision_not_higher", unit in self.revision and revision <= self.revision[unit]),
            )
            if wrong
        }

    def withdrawal(self, unit: str, revision: int) -> set[str]:
        """The same for a withdrawal: also who is not obliged any more may take its report back."""
        texts = {"number_out_of_range"} if revision < 1 else set()
        if unit not in self.revision:
            return texts | {"nothing_to_withdraw"}
        if self.standing[unit] is None:
            return texts | {"already_withdrawn"}
        return texts if revision == self.revision[unit] else texts | {"revision_not_highest"}

    def explanation(self, unit: str, revision: int) -> set[str]:
        """The same for an explanation: it is of the latest revision, which stands."""
        if unit not in self.revision:
            return {"nothing_to_explain"}
        if self.standing[unit] is None:
            return {"already_withdrawn"}
        return set() if revision == self.revision[unit] else {"explained_revision_not_highest"}

    def asked(self, unit: str) -> set[str]:
        """The checks that ask something of the latest revision: there were events, and nobody says who came; more
        people were reached than live in the province.
        """
        figures = self.standing.get(unit) or {}
        unsaid = figures.get("events_commune") and figures["event_attendances_commune"] is None
        crowded = (figures.get("residents_reached") or 0) > PEOPLE
        return ({CHECK} if unsaid else set()) | ({PEOPLE_CHECK} if crowded else set())

    def late(self, unit: str) -> bool:
        """As it stands: an extension counts, whenever it was given."""
        return self.first_late.get(unit, self.is_late) and unit not in self.extended

    def review(self, unit: str, revision: int, state: str) -> set[str]:
        """The same for what the via unit does with a revision."""
        if unit not in self.revision:
            return {"unit_has_not_reported"}
        if revision != self.revision[unit]:
            return {"reviewed_revision_not_highest"}
        if self.standing[unit] is None:
            return {"already_withdrawn"}
        before = self.reviewed.get(unit)
        if before == "returned":
            return {"report_returned_already"}
        return {"report_passed_on_already"} if before == state else set()

    def counted(self) -> dict[str, Mapping[str, Any]]:
        """Units whose report stands and counts."""
        return {
            unit: figures
            for unit, figures in self.standing.items()
            if figures is not None and unit not in self.merged and self.reviewed.get(unit) != "returned"
        }


@dataclass
class Run:
    """One history: the hub, the model beside it, and the aggregator that reads now and then."""

    hub: Hub
    pool: Pool
    model: Model = field(default_factory=Model)
    count: int = 0

    def do(self, what: tuple[Any, ...]) -> None:
        getattr(self, "_" + what[0].replace(" ", "_"))(*what[1:])

    def _report(self, unit: str, step: int, seed: int) -> None:
        revision = self.model.revision.get(unit, 0) + step
        figures = self._figures(seed)
        document = a_report(self.hub, unit=unit, revision=revision, figures=figures, id=self._id())
        if self._sent(document, self.model.report(unit, revision)):
            self._stands(unit, revision, figures)

    def _nil(self, unit: str, step: int) -> None:
        revision = self.model.revision.get(unit, 0) + step
        document = a_report(self.hub, unit=unit, revision=revision, id=self._id(), nil=True)
        document["data"]["figures"] = {}
        if self._sent(document, self.model.report(unit, revision)):
            self._stands(unit, revision, {figure.code: None for figure in self.hub.form.figures})
            self.model.nil.add(unit)

    def _explain(self, unit: str, step: int) -> None:
        revision, text = max(1, self.model.revision.get(unit, 1) + step), self._id()
        data = {
            "round": ROUND,
            "form": FORM,
            "unit": unit,
            "revision": revision,
            "explanations": [{"check": CHECK, "text": text}],
        }
        document = {"specversion": "1.0", "type": EXPLANATION_SUBMITTED, "source": SOURCE, "id": text, "data": data}
        if self._sent(document, self.model.explanation(unit, revision), late=False):
            self.model.said[unit] = text

    def _rest(self, unit: str) -> None:
        """A unit that has reported, or was merged away, is not excused."""
        resting = unit in self.model.resting
        if unit in self.model.merged or self.model.standing.get(unit) is not None:
            return
        with self.hub.desk.act() as act:
            rounds.excuse(
                act,
                round_=ROUND,
                unit=unit,
                reason="Tạm dừng hoạt động",
                dormant=not resting,
                document={"number": "6/UBND", "date": None},
            )
        (self.model.resting.discard if resting else self.model.resting.add)(unit)

    def _withdraw(self, unit: str, step: int) -> None:
        revision = self.model.revision.get(unit, 1) + step
        document = a_withdrawal(unit=unit, revision=revision, id=self._id())
        if self._sent(document, self.model.withdrawal(unit, revision)):
            self._stands(unit, revision, None)

    def _give_back(self, unit: str, step: int) -> None:
        self._review(unit, step, "returned", partial(reviews.give_back, reason="Số liệu cần xem lại"))

    def _pass_on(self, unit: str, step: int) -> None:
        self._review(unit, step, "passed_on", reviews.pass_on)

    def _review(self, unit: str, step: int, state: str, act_on: Callable[..., object]) -> None:
        revision = max(1, self.model.revision.get(unit, 1) + step)
        codes: set[str] = set()
        try:
            with self.hub.desk.act() as act:
                act_on(act, round_=ROUND, reports=[NamedReport(form=FORM, unit=unit, revision=revision)])
        except Rejected as refused:
            codes = {problem.code for problem in refused.problems}
        assert codes == self.model.review(unit, revision, state)
        if not codes:
            self.model.reviewed[unit] = state

    def _repeat(self, place: int) -> None:
        if self.model.sent:
            document, receipt = self.model.sent[place % len(self.model.sent)]
            [outcome] = self.hub.send(document)
            assert (outcome.verdict, outcome.receipt) == ("repeated", receipt)

    def _reuse(self, place: int) -> None:
        if self.model.sent:
            document = copy.deepcopy(self.model.sent[place % len(self.model.sent)][0])
            document["data"]["revision"] += 7
            [outcome] = self.hub.send(document)
            first, *_ = (p.code for p in outcome.problems)  # then what would refuse it under any id: the unit may rest
            assert (outcome.verdict, first) == ("refused", "id_used_for_other_content")

    def _consume(self, batch: int) -> None:
        with self.pool.connection() as conn:
            appender = PostgresAppender(partitions_of(conn))
        log = PostgresEventLog(self.pool, batch_events=batch)
        aggregator, subscription = Aggregator(appender, log), log.subscribe(CONSUMER)
        try:
            Consumer(subscription, aggregator, self.pool, lost=aggregator.forget).consume_until(log.heads(), 30)
        finally:
            subscription.close()

    def _extend(self, unit: str) -> None:
        if unit not in self.model.merged | self.model.resting:
            with self.hub.desk.act() as act:
                rounds.extend(
                    act,
                    round_=ROUND,
                    until=EXTENDED_UNTIL,
                    reason="Mưa lũ",
                    document={"number": "5/UBND", "date": None},
                    unit=unit,
                    obligation="R-119-LS-1",
                )
            self.model.extended.add(unit)

    def _merge(self, unit: str) -> None:
        if unit in self.model.merged | self.model.resting:
            return
        registry = self.hub.desk.definitions().registry
        row = units.to_row(registry.history(unit)[-1]) | {"valid_to": MERGED_ON}
        relation = {
            "predecessor": unit,
            "successor": HEIR,
            "date": MERGED_ON,
            "kind": "merge",
            "resolution": "1/NQ",
            "source": "thử nghiệm",
        }
        self.hub.change_units([*units.rows_of("units", [row]), *units.rows_of("relations", [relation])])
        self.model.merged.add(unit)

    def _deadline_passes(self) -> None:
        self.hub.set_clock(AFTER_DEADLINE)
        self.model.is_late = True

    def _sent(self, document: dict[str, Any], codes: set[str], *, late: bool | None = None) -> bool:
        [outcome] = self.hub.send(document)
        assert {p.code for p in outcome.problems} == codes, document["data"]
        if codes:
            return False
        assert outcome.receipt is not None
        unit = document["data"]["unit"]
        assert outcome.receipt["late"] == (self.model.late(unit) if late is None else late)
        self.model.sent.append((document, outcome.receipt))
        return True

    def _stands(self, unit: str, revision: int, figures: Mapping[str, Any] | None) -> None:
        self.model.revision[unit], self.model.standing[unit] = revision, figures
        self.model.first_late.setdefault(unit, self.model.is_late)
        self.model.reviewed.pop(unit, None)
        self.model.said.pop(unit, None)
        self.model.nil.discard(unit)

    def _id(self) -> str:
        self.count += 1
        return f"e-{self.count}"

    def _figures(self, seed: int) -> dict[str, Any]:
        chance = random.Random(seed)
        figures = {
            f.code: chance.choice([None, 0, chance.randint(1, 10**9)])
            if not f.is_status
            else chance.choice([None, *(value.code for value in f.values)])
            for f in self.hub.form.figures
        }
        if figures["questions_answered_commune"] is not None and figures["questions_received_commune"] is not None:
            figures["questions_received_commune"] += figures["questions_answered_commune"]
        return figures

    def agrees(self) -> None:
        """The rollup says what the model says, and verification finds nothing."""
        self._consume(1000)
        with self.pool.transaction() as tx:
            round_ = load_round(tx, PlanVersions(), ROUND)
            assert round_ is not None
            held = reading.rollup(tx, round_)
            queries = told_queries(asked_of(tx, ROUND), _standing(tx))
        said = {(query["unit"], query["check"]): (query["explanation"] or {}).get("text") for query in queries}
        assert said == self._asked()
        [counts] = [c for c in held["completeness"] if c["form"] == FORM]
        counted = self.model.counted()
        assert (counts["obliged"], counts["reported"], counts["late"]) == (
            65 - len(self.model.merged) - len(self.model.resting),
            len(counted),
            sum(self.model.late(unit) for unit in counted),
        )
        self._obligations_agree()
        for figure in (f for f in held["figures"] if f["form"] == FORM):
            values = [given[figure["code"]] for given in counted.values() if given[figure["code"]] is not None]
            assert figure["given"] == len(values)
            if figure["statuses"]:
                assert {s["value"]: s["units"] for s in figure["statuses"] if s["units"]} == Counter(values)
            else:
                assert figure["sum"] == (str(sum(values)) if values else None)
        assert verify(self.pool).is_good

    def _asked(self) -> dict[tuple[str, str], str | None]:
        """The queries on the reports that stand, also of units that were merged away, and what was said of each; nobody
        says anything of more people than there are.
        """
        standing = [unit for unit in self.model.standing if self.model.reviewed.get(unit) != "returned"]
        return {
            (unit, check): self.model.said.get(unit) if check == CHECK else None
            for unit in standing
            for check in self.model.asked(unit)
        }

    def _obligations_agree(self) -> None:
        """What is owed is listed as it is counted: missing what was taken back, overdue what is not there in time."""
        definitions = self.hub.desk.definitions()
        now = AFTER_DEADLINE if self.model.is_late else hubs.OCTOBER
        lines = obligations.owed_lines(self.hub.conn, definitions, a_principal(), unit=None, round_=ROUND, now=now)
        found = {line["unit"]: line for line in lines if line["form"] == FORM and line["unit"] in UNITS}
        assert found.keys() == set(UNITS) - self.model.merged
        for unit, line in found.items():
            sent = self.model.standing.get(unit) is not None
            stands = sent and self.model.reviewed.get(unit) != "returned"
            resting = unit in self.model.resting
            state = "dormant" if resting else "reported" if stands else "returned" if sent else "missing"
            assert (line["state"], line.get("nil", False)) == (state, sent and unit in self.model.nil)
            queries = self.model.asked(unit)
            open_ = queries - {CHECK} if unit in self.model.said else queries
            assert (line["queries"], line["unexplained"]) == (len(queries), len(open_))
            assert line["overdue"] == (
                not stands and not resting and self.model.is_late and unit not in self.model.extended
            )
            if unit in self.model.first_late:
                assert line["late"] == self.model.late(unit)


def _standing(tx: Connection) -> dict[tuple[str, str], int]:
    return {(FORM, unit): report.revision for unit, report in reports(tx, ROUND, FORM).items() if report.stands}


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # each example is a database: shrinking takes minutes
@given(acts=st.lists(act, min_size=20, max_size=60))
def test_any_history_equals_what_a_person_would_have_written_down(
    postgres: str,
    filled: str,
    acts: list[tuple[Any, ...]],
) -> None:
    with _temporary_database(postgres, filled) as name:
        conninfo = make_conninfo(postgres, dbname=name)
        with hubs.a_hub(conninfo) as hub, Pool(conninfo, role=ROLE) as pool:
            run = Run(hub=hub, pool=pool)
            for one in acts:
                run.do(one)
            run.agrees()


@pytest.mark.parametrize("seed", range(3))
def test_the_same_reports_in_any_order_and_in_any_company_give_the_same_rollup(
    postgres: str,
    filled: str,
    seed: int,
) -> None:
    """Units' histories interleave at random, many requests share a commit; each unit's own order is kept."""
    chance = random.Random(seed)
    bodies = []
    for _ in range(2):
        with _temporary_database(postgres, filled) as name:
            conninfo = make_conninfo(postgres, dbname=name)
            with hubs.a_hub(conninfo) as hub, Pool(conninfo, role=ROLE) as pool:
                run = Run(hub=hub, pool=pool)
                histories = {
                    unit: [
                        a_report(hub, unit=unit, revision=1, figures=run._figures(int(unit))),
                        a_withdrawal(unit=unit, revision=1),
                        a_report(hub, unit=unit, revision=3, figures=run._figures(int(unit) + 1)),
                    ]
                    for unit in UNITS
                }
                waiting = []
                while any(histories.values()):
                    unit = chance.choice([unit for unit, left in histories.items() if left])
                    waiting.append(hub.queue(histories[unit].pop(0)))
                assert {o.verdict for done in waiting for o in done.result(timeout=120)} == {"accepted"}
                run._consume(chance.randint(1, 7))
                with pool.transaction() as tx:
                    round_ = load_round(tx, PlanVersions(), ROUND)
                    assert round_ is not None
                    bodies.append({**reading.rollup(tx, round_), "position": None})
    assert bodies[0] == bodies[1]
