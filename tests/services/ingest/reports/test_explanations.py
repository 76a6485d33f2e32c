"""Queries on a report and their explanations: with the report or after it, whoever asks sees what was last said."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from lienthong import events
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.postgres.pool import Pool, connect
from services.hub.evidence import one_moment, prove
from services.ingest.releases import standing
from services.ingest.reports import reading, statement
from services.ingest.reports.redaction import redact
from services.ingest.reviews.reading import list_passing
from services.ingest.rounds import obligations
from tests.builders.hub import FORM, OCTOBER, ROUND, SOURCE, Hub, a_principal, a_report, a_withdrawal, the_plan
from tests.builders.living_hub import consume

CHECK = "attendances_for_events"
UNASKED = {"event_attendances_commune": None}
"""Events were held, and nobody says how many came: a query."""


def an_explanation(text: str = "Hai buổi trực tuyến", *, id: str = "gt-1", **data: Any) -> dict[str, Any]:
    said = {
        "round": ROUND,
        "form": FORM,
        "unit": "05977",
        "revision": 1,
        "explanations": [{"check": CHECK, "text": text}],
        **data,
    }
    return {"specversion": "1.0", "type": events.EXPLANATION_SUBMITTED, "source": SOURCE, "id": id, "data": said}


def codes(hub: Hub, document: dict[str, Any]) -> list[str]:
    [outcome] = hub.send(document)
    return [problem.code for problem in outcome.problems]


def seen(hub: Hub) -> dict[str, Any]:
    """The report as its sender reads it."""
    with Pool(hub.conninfo, role="lienthong_ingest") as pool:
        log = PostgresEventLog(pool)
        return reading.report(hub.conn, log, hub.desk.definitions(), a_principal(), f"05977-{ROUND}-1")


def the_query(hub: Hub) -> dict[str, Any]:
    [query] = seen(hub)["revisions"][0]["queries"]
    body: dict[str, Any] = query
    return body


def test_a_failed_check_of_severity_warning_is_a_query_until_somebody_explains_it(hub: Hub) -> None:
    hub.send(a_report(hub, figures=UNASKED))
    assert (the_query(hub)["check"], the_query(hub)["explanation"]) == (CHECK, None)
    [outcome] = hub.send(an_explanation())
    assert outcome.verdict == "accepted"
    said = the_query(hub)["explanation"]
    assert outcome.receipt is not None
    assert (said["text"], said["by"], said["receipt"]) == ("Hai buổi trực tuyến", "test", outcome.receipt["receipt"])


def test_a_query_costs_points_of_the_grade_until_somebody_explains_it(hub: Hub) -> None:
    def points() -> int:
        definitions, asking = hub.desk.definitions(), a_principal()
        body = statement.statement(hub.conn, definitions, asking, unit="05977", year=2026, now=OCTOBER)
        [graded] = body["quality"]
        return int(graded["points"])

    hub.send(a_report(hub, figures=UNASKED))
    assert points() == 95
    hub.send(an_explanation())
    assert points() == 100


def test_an_explanation_may_come_with_the_report_itself(hub: Hub) -> None:
    sent = [{"check": CHECK, "text": "Không điểm danh"}]
    [outcome] = hub.send(a_report(hub, figures=UNASKED, explanations=sent))
    assert outcome.verdict == "accepted", outcome.problems
    assert the_query(hub)["explanation"]["text"] == "Không điểm danh"


def test_what_was_said_last_counts_and_an_explanation_leaves_the_report_as_it_is(hub: Hub) -> None:
    hub.send(a_report(hub, figures=UNASKED), an_explanation("lần một"), an_explanation("lần hai", id="gt-2"))
    assert the_query(hub)["explanation"]["text"] == "lần hai"
    whole = seen(hub)
    assert (whole["revision"], len(whole["revisions"]), whole["correctedAt"]) == (1, 1, None)
    [(latest, received, first)] = hub.rows("SELECT revision, received_at, first_received_at FROM ingest.slots")
    assert (latest, received) == (1, first)


def test_a_correction_is_asked_anew(hub: Hub) -> None:
    hub.send(a_report(hub, figures=UNASKED), an_explanation())
    hub.send(a_report(hub, figures=UNASKED, revision=2))
    [first, second] = seen(hub)["revisions"]
    assert first["queries"][0]["explanation"] is not None
    assert second["queries"][0]["explanation"] is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"revision": 2}, "explained_revision_not_highest"),
        ({"unit": "06040"}, "nothing_to_explain"),
        ({"explanations": [{"check": "khong_co", "text": "x"}]}, "check_unknown"),
        ({"explanations": []}, "too_few_items"),
        ({"explanations": [{"check": CHECK, "text": ""}]}, "text_too_short"),
        ({"round": "P119-LS.2099"}, "round_unknown"),
        ({"classification": "mật"}, "classified_content_refused"),
    ],
)
def test_what_can_not_be_explained_is_refused(hub: Hub, changes: dict[str, Any], code: str) -> None:
    hub.send(a_report(hub, figures=UNASKED))
    assert codes(hub, an_explanation(**changes)) == [code]


def test_who_may_not_report_for_a_unit_may_not_explain_for_it(hub: Hub) -> None:
    hub.send(a_report(hub, figures=UNASKED))
    [outcome] = hub.send(an_explanation(), principal=a_principal(units=["06040"]))
    assert [problem.code for problem in outcome.problems] == ["unit_not_allowed"]


def test_a_withdrawn_report_is_not_explained(hub: Hub) -> None:
    hub.send(a_report(hub, figures=UNASKED), a_withdrawal())
    assert codes(hub, an_explanation()) == ["already_withdrawn"]


def test_a_report_with_malformed_explanations_is_refused_with_all_reasons(hub: Hub) -> None:
    sent = [{"check": CHECK}, {"check": "khong_co", "text": "x", "more": 1}]
    assert sorted(codes(hub, a_report(hub, explanations=sent))) == ["check_unknown", "missing_field", "unknown_field"]


def test_an_explanation_of_what_was_not_asked_is_taken(hub: Hub) -> None:
    [outcome] = hub.send(a_report(hub, explanations=[{"check": CHECK, "text": "như kỳ trước"}]))
    assert outcome.verdict == "accepted"
    assert seen(hub)["revisions"][0]["queries"] == []


def test_reviewer_signer_and_sender_see_how_many_are_open(hub: Hub) -> None:
    hub.send(a_report(hub, figures=UNASKED), a_report(hub, unit="06040", figures=UNASKED))
    hub.send(an_explanation())
    preview = standing.preview(hub.conn, ROUND, OCTOBER)
    assert preview["queries"] == {"total": 2, "unexplained": 1}
    explanations = {each["unit"]: each["warnings"][0]["explanation"] for each in preview["warnings"]}
    assert (explanations["05977"]["text"], explanations["06040"]) == ("Hai buổi trực tuyến", None)
    definitions, reader = hub.desk.definitions(), a_principal(scopes=["report:read", "read:province"])
    lines = obligations.owed_lines(hub.conn, definitions, reader, unit=None, round_=ROUND, now=OCTOBER)
    counts = {line["unit"]: (line["queries"], line["unexplained"]) for line in lines if line["form"] == FORM}
    assert (counts["05977"], counts["06040"], counts["06058"]) == ((1, 0), (1, 1), (0, 0))
    bodies = list_passing(
        hub.conn, definitions, reader, via=None, round_=ROUND, unit=None, state=None, after=0, limit=9, now=OCTOBER
    )
    assert [(each["unit"], each["unexplained"]) for each in bodies] == [("05977", 0), ("06040", 1)]


def test_the_fact_tells_the_queries(hub: Hub) -> None:
    hub.send(a_report(hub, figures=UNASKED))
    [(data,)] = hub.rows(f"SELECT data FROM eventlog.events WHERE type = '{events.REPORT_ACCEPTED}'")
    [query] = orjson.loads(data)["queries"]
    assert (query["check"], query["figure"]) == (CHECK, "events_commune")
    assert query["message"]["vi"].startswith("Có tổ chức")


@pytest.mark.parametrize("with_the_report", [True, False])
def test_a_redacted_explanation_says_when_and_why_and_the_proof_still_holds(hub: Hub, with_the_report: bool) -> None:
    said = [{"check": CHECK, "text": "Ông Nông Văn A không điểm danh"}]
    [outcome] = hub.send(a_report(hub, figures=UNASKED, **({"explanations": said} if with_the_report else {})))
    if not with_the_report:
        [outcome] = hub.send(an_explanation(said[0]["text"]))
    assert outcome.receipt is not None
    pointer = f"/{'report' if with_the_report else 'data'}/explanations/0/text"
    with hub.desk.act() as act:
        redact(
            act,
            province="20",
            position=outcome.receipt["position"],
            pointers=[pointer],
            reason="Tên cá nhân",
            document={"number": None, "date": None},
        )
    explanation = the_query(hub)["explanation"]
    assert (explanation["text"], explanation["redactions"][0]["reason"]) == ("", "Tên cá nhân")
    assert "Nông Văn" not in str(hub.rows("SELECT explanations FROM ingest.ledger"))
    assert proof(hub) == []


def test_verify_holds_what_ledger_and_aggregate_keep_of_queries_and_explanations(hub: Hub) -> None:
    [_, outcome] = hub.send(a_report(hub, figures=UNASKED), an_explanation("Ông Nông Văn A vắng"))
    assert outcome.receipt is not None
    consume(hub.conninfo)
    assert proof(hub) == []
    with hub.desk.act() as act:
        redact(
            act,
            province="20",
            position=outcome.receipt["position"],
            pointers=["/data/explanations/0/text"],
            reason="Tên cá nhân",
            document={"number": None, "date": None},
        )
    assert proof(hub) == [], "aggregate has not come to the redaction yet: no damage"
    consume(hub.conninfo)
    assert proof(hub) == []
    with connect(hub.conninfo) as owner:
        owner.execute("UPDATE aggregate.explanations SET text = 'Ông Nông Văn A vắng'")
        owner.execute("UPDATE aggregate.queries SET figure = 'news_items_commune'")
        owner.execute("UPDATE ingest.ledger SET explanations = '[]' WHERE explanations <> '[]'")
    assert sorted(proof(hub)) == ["ledger_field_differs", "table_field_differs", "table_field_differs"]


def proof(hub: Hub) -> list[str]:
    with connect(hub.conninfo) as owner, one_moment(owner):
        return [finding.code for finding in prove(owner, lambda done, total: None).findings]


@pytest.mark.parametrize(("day", "verdict"), [("2026-10-01", "accepted"), ("2026-09-30", "refused")])
def test_a_check_asks_before_its_day_and_refuses_rounds_that_close_on_it_or_later(
    hub: Hub, day: str, verdict: str
) -> None:
    """P119-LS.2026 closes on 30 September 2026; when the report is sent makes no difference."""
    document = the_plan()
    document["plan"]["version"] += 1
    form = next(form for form in document["plan"]["forms"] if form["reporters"] == "commune")
    form["version"] = "2.0.0"
    next(check for check in form["checks"] if check["code"] == CHECK)["error_from"] = day
    document["plan"]["plan"] = "P119-XA"
    text = json.dumps(document).replace("P119-LS", "P119-XA")
    hub.publish(json.loads(text))
    sent = a_report(hub, round="P119-XA.2026", form="P119-XA.commune", formVersion="2.0.0", figures=UNASKED)
    [outcome] = hub.send(sent)
    assert (outcome.verdict, [problem.code for problem in outcome.problems]) == (
        verdict,
        [] if verdict == "accepted" else ["check_requires"],
    )
