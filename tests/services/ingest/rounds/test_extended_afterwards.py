"""An extension that is given after a report came: whoever asks, wherever, is told that it came in time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime

import pytest
from psycopg.conninfo import make_conninfo

from lienthong.calendar import VIETNAM
from services.ingest.rounds import acts
from tests.builders.hub import FORM, OPERATING, ROUND, a_hub, a_report
from tests.builders.ingest_http import Served, serving
from tests.builders.living_hub import sign
from tests.conftest import _temporary_database

UNIT = "05977"
AFTER = datetime(2026, 10, 20, 9, 0, tzinfo=VIETNAM)
UNTIL = datetime(2026, 10, 25, 0, 0, tzinfo=VIETNAM)


@pytest.fixture
def served(postgres: str, filled: str) -> Iterator[Served]:
    with _temporary_database(postgres, filled) as name, serving(make_conninfo(postgres, dbname=name)) as made:
        yield made


def late_everywhere(served: Served, receipt: str) -> dict[str, bool]:
    """By where it is asked. The province asks; all of it is of one unit's report."""
    token = served.token(client="tinh-20", scopes=(*OPERATING, "report:review"), role="province")

    def asked(path: str) -> object:
        answer = served.get(path, token=token)
        assert answer.status == 200, answer.body
        return answer.json

    statement = f"/v1/units/{UNIT}/statement?year=2026"
    [row] = [
        row
        for row in csv.DictReader(
            io.StringIO(served.get(f"{statement}&format=csv", token=token).body.decode("utf-8-sig"))
        )
        if row["Kỳ báo cáo"] == ROUND and row["Số biên nhận"] == receipt
    ]
    [owed] = asked(f"/v1/obligations?round={ROUND}&unit={UNIT}")["obligations"]  # type: ignore[index]
    [passing] = asked(f"/v1/reviews?round={ROUND}&unit={UNIT}")["reports"]  # type: ignore[index]
    [line] = [each for each in asked(statement)["lines"] if each["round"] == ROUND]  # type: ignore[index]
    preview = asked(f"/v1/rounds/{ROUND}/releases/preview")
    [came] = [each for each in preview["since"] if each["receipt"] == receipt]  # type: ignore[index]
    [form] = [each for each in preview["forms"] if each["form"] == FORM]  # type: ignore[index]
    return {
        "obligations": owed["late"],
        "reviews": passing["late"],
        "report": asked(f"/v1/reports/{receipt}")["late"],  # type: ignore[index]
        "statement": line["late"],
        "statement as a file": row["Tình trạng"] == "quá hạn",
        "since the last release": came["late"],
        "completeness": form["late"] == 1,
    }


def test_an_extension_given_afterwards_is_told_alike_wherever_somebody_asks(served: Served) -> None:
    with a_hub(served.conninfo) as hub:
        hub.send(a_report(hub, unit="06040"))
        sign(hub)
        hub.set_clock(AFTER)
        sent = served.post(a_report(hub, unit=UNIT))
        assert (sent.status, sent.json["late"]) == (201, True)
        receipt = sent.json["receipt"]
        assert set(late_everywhere(served, receipt).values()) == {True}
        with hub.desk.act() as act:
            acts.extend(
                act,
                round_=ROUND,
                until=UNTIL,
                reason="mất điện",
                document={"number": "9/UBND", "date": "2026-10-20"},
                unit=UNIT,
                obligation="R-119-LS-1",
            )
        assert set(late_everywhere(served, receipt).values()) == {False}
        report = served.get(f"/v1/reports/{receipt}", token=served.token(units=[UNIT])).json
        assert (report["deadline"], report["originalDeadline"]) == ("2026-10-24T17:00:00Z", "2026-10-14T17:00:00Z")
        assert report["revisions"][0]["receipt"]["late"]  # what a receipt says is what held when it was given
        served.post(a_report(hub, unit=UNIT, revision=2))  # a correction has its own time, and is late for nobody
        corrected = served.get(f"/v1/reviews?unit={UNIT}", token=served.token(scopes=["report:review"])).json["reports"]
        assert [(each["revision"], each["late"]) for each in corrected] == [(2, False)]
