"""Whom a report is for: it sees who owes it what and reads what came; where somebody stands between, once it was passed
on. Nobody else does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from tests.builders.hub import FORM, ROUND, a_hub, the_plan
from tests.builders.ingest_http import Served, serving
from tests.conftest import _temporary_database

TO = "20.SKHCN"
NARRATIVE = {"results": "Đã làm", "shortcomings": "", "proposals": ""}
SIGNED = {"number": "12/BC-UBND", "date": "2026-06-01"}
DIRECT = "P1169-LS.2026-H1"
"""Of a plan whose units report to the department itself, through nobody."""


@pytest.fixture(scope="module")
def published(postgres: str, filled: str) -> Iterator[str]:
    """Name of a database in which P1169-LS is published."""
    with _temporary_database(postgres, filled) as name:
        with a_hub(make_conninfo(postgres, dbname=name)) as hub:
            hub.publish(the_plan("p1169", "P1169-LS"))
        yield name


@pytest.fixture
def served(postgres: str, published: str) -> Iterator[Served]:
    with _temporary_database(postgres, published) as name, serving(make_conninfo(postgres, dbname=name)) as made:
        yield made


def of(served: Served, unit: str, *scopes: str) -> str:
    """A client of a unit, as it is registered."""
    own = scopes or ("report:submit", "report:read", "content:submit")
    return served.token(client=unit.lower(), units=[unit], scopes=own, sources=[f"/20/{unit}"])


def sent(served: Served, unit: str, round_: str, form: str) -> str:
    """A report of a unit; its receipt."""
    with a_hub(served.conninfo) as hub:
        definitions = hub.desk.definitions()
        version = definitions.rounds[round_].form_versions[form]
        codes = definitions.forms[form, version].codes
    body = {"round": round_, "form": form, "formVersion": version, "unit": unit, "revision": 1}
    event = {
        "specversion": "1.0",
        "type": "vn.lienthong.report.submitted.v1",
        "source": f"/20/{unit}",
        "id": f"{round_}-{unit}",
        "data": {**body, "figures": dict.fromkeys(codes), "narrative": NARRATIVE, "signedDocument": SIGNED},
    }
    answer = served.post(event, token=of(served, unit))
    assert answer.status == 201, answer.json
    return str(answer.json["receipt"])


def owed_to(served: Served, unit: str, token: str, more: str = "") -> list[dict[str, Any]]:
    answer = served.get(f"/v1/obligations?to={unit}{more}", token=token)
    assert answer.status == 200, answer.json
    return list(answer.json["obligations"])


def test_a_department_sees_who_owes_it_a_report_and_reads_what_came(served: Served) -> None:
    department, commune = of(served, TO), "P1169-LS.commune"
    lines = owed_to(served, TO, department, f"&round={DIRECT}")
    assert len({line["unit"] for line in lines}) > 60
    assert {tuple(line["to"]) for line in lines} == {(TO,)}
    assert {line["state"] for line in lines} == {"missing"}
    receipt = sent(served, "05977", DIRECT, commune)
    [line] = owed_to(served, TO, department, f"&round={DIRECT}&unit=05977")
    assert (line["state"], line["receipt"], line["review"]) == ("reported", receipt, None)
    report = served.get(f"/v1/reports/{receipt}", token=department).json
    assert (report["unit"], report["state"], report["revisions"][0]["content"]["unit"]) == (
        "05977",
        "received",
        "05977",
    )
    [same] = served.get(f"/v1/obligations?unit=05977&round={DIRECT}", token=department).json["obligations"]
    assert same["receipt"] == receipt


def test_what_is_for_another_is_not_seen(served: Served) -> None:
    receipt = sent(served, "05977", DIRECT, "P1169-LS.commune")
    other = of(served, "20.SGDDT")
    assert served.get(f"/v1/reports/{receipt}", token=other).status == 404
    assert served.get(f"/v1/obligations?to={TO}", token=other).status == 404
    assert served.get(f"/v1/obligations?unit=05977&round={DIRECT}", token=other).status == 404
    assert owed_to(served, "20.SGDDT", other) == []
    assert served.get(f"/v1/obligations?to={TO}", token=of(served, TO, "report:submit")).status == 404
    department = of(served, TO)
    passing = sent(served, "05983", ROUND, FORM)  # goes to the province, through the department
    assert served.get(f"/v1/reports/{passing}", token=department).status == 404
    assert [line for line in owed_to(served, TO, department) if line["round"] == ROUND] == []
    assert served.get("/v1/obligations?to=33.SKHCN", token=department).status == 404
    assert served.get("/v1/obligations?to=99999", token=department).status == 404
    assert served.get(f"/v1/obligations?to={TO}&round=P1169-LS.1999-H1", token=department).status == 404


def test_where_somebody_stands_between_it_is_read_once_it_was_passed_on(served: Served) -> None:
    office = of(served, "20")  # who takes in what is for the province
    receipt = sent(served, "05977", ROUND, FORM)
    [line] = owed_to(served, "20", office, f"&round={ROUND}&unit=05977")
    assert (line["state"], line["review"]) == ("reported", "under_review")
    assert served.get(f"/v1/reports/{receipt}", token=office).status == 404
    reviewer = of(served, TO, "report:read", "report:review")
    named = json.dumps({"reports": [{"form": FORM, "unit": "05977", "revision": 1}]}).encode()
    done = served.request("POST", f"/v1/rounds/{ROUND}/passed-on", named, media="application/json", token=reviewer)
    assert done.status == 201, done.json
    assert served.get(f"/v1/reports/{receipt}", token=office).json["state"] == "passed_on"


def test_the_via_unit_is_told_what_a_sender_owes_through_it(served: Served) -> None:
    sent(served, "05977", ROUND, FORM)
    reviewer = of(served, TO, "report:read", "report:review")
    [line] = served.get(f"/v1/obligations?unit=05977&round={ROUND}", token=reviewer).json["obligations"]
    assert (line["via"], line["review"]) == (TO, "under_review")
