"""The register of directives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from lienthong import events
from lienthong.calendar import day_of
from lienthong.postgres.pool import Pool, connect
from services.ingest.directives import reading as register
from services.ingest.directives.reading import DirectiveFilter
from services.ingest.reports.redaction import redact
from tests.builders.claims import agrees_with_the_log, contradictions, sent
from tests.builders.hub import Hub, a_principal, the_plan

TODAY = day_of(datetime.now(UTC))


def directives(hub: Hub, **asked: Any) -> list[dict[str, Any]]:
    with Pool(hub.conninfo) as pool, pool.connection() as conn:
        who = a_principal(units=["06040"])
        return register.list_directives(
            conn, hub.desk.definitions(), who, DirectiveFilter(**asked), after=None, limit=10
        )


def registered(hub: Hub, id_: str, **more: Any) -> list[str]:
    data = {
        "unit": "06040",
        "directive": "cd-1",
        "number": "12/CT-UBND",
        "title": "Về truyền thông khoa học, công nghệ",
        "issuer": "UBND tỉnh Lạng Sơn",
        "issued": "2026-03-02",
        "programmes": ["P1169"],
        **more,
    }
    return sent(hub, events.DIRECTIVE_REGISTERED, id_, data)


@pytest.fixture
def issued(hub: Hub) -> Iterator[Hub]:
    hub.publish(the_plan("p1169", "P1169-LS"))
    posted = [{"place": "portal", "day": "2026-03-03", "url": "https://langson.gov.vn/vb/12"}]
    shared = [{"channel": "grassroots", "day": "2026-03-04"}, {"channel": "zalo", "day": "2026-03-04"}]
    assert registered(hub, "a") == []
    assert registered(hub, "b", posted=posted, shared=shared) == []
    assert registered(hub, "c", directive="cd-2", number="13/CT-UBND", issued="2026-02-10", programmes=["P119"]) == []
    yield hub


def test_a_directive_stands_as_registered_last_with_where_and_when_it_was_posted_and_shared(issued: Hub) -> None:
    body, other = directives(issued)
    assert (body["directive"], other["directive"], other["revision"]) == ("cd-2", "cd-1", 2)
    assert [(each["place"], each["day"]) for each in other["posted"]] == [("portal", "2026-03-03")]
    assert [each["channel"] for each in other["shared"]] == ["grassroots", "zalo"]
    assert [each["directive"] for each in directives(issued, programme="P119")] == ["cd-2"]
    assert [each["directive"] for each in directives(issued, issued_from=date(2026, 3, 1))] == ["cd-1"]
    assert [each["directive"] for each in directives(issued, unit="06040")] == ["cd-2", "cd-1"]
    assert agrees_with_the_log(issued)


def test_a_directive_taken_off_the_register_is_gone(issued: Hub) -> None:
    assert registered(issued, "d", withdrawn=True) == []
    assert [each["directive"] for each in directives(issued)] == ["cd-2"]


def test_nothing_is_posted_before_it_is_issued(hub: Hub) -> None:
    early = [{"place": "portal", "day": "2026-03-01", "url": "https://langson.gov.vn/vb/12"}]
    late = [{"channel": "zalo", "day": (TODAY + timedelta(days=400)).isoformat()}]
    told = registered(hub, "a", posted=early, shared=late, programmes=["P119"])
    assert told == ["directive_before_issue", "directive_in_the_future"]


def test_a_redacted_title_is_gone_from_the_register_too(issued: Hub) -> None:
    [place] = [row[0] for row in issued.rows("SELECT position FROM ingest.ledger WHERE id = 'b'")]
    with issued.desk.act() as act:
        redact(
            act,
            province="20",
            position=place,
            pointers=["/data/title"],
            reason="tên người",
            document={"number": None, "date": None},
        )
    assert [directive["title"] for directive in directives(issued, programme="P1169")] == [""]
    assert agrees_with_the_log(issued)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ingest.directives SET withdrawn = true",
        "DELETE FROM ingest.directives WHERE directive = 'cd-2'",
    ],
)
def test_a_row_that_the_log_does_not_tell_of_is_found(issued: Hub, change: str) -> None:
    with connect(issued.conninfo) as owner:
        owner.execute(change.encode())
    assert {finding.params["table"] for finding in contradictions(issued)} == {"ingest.directives"}
