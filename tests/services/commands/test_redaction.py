"""`lienthong reports redact`: a text goes by the command line as over HTTP."""

from __future__ import annotations

from tests.builders.hub import Hub, a_report
from tests.services.commands.conftest import Call


def test_a_text_is_removed_and_a_place_without_one_is_named(hub: Hub, call: Call) -> None:
    [outcome] = hub.send(a_report(hub, narrative={"results": "Ông A đạt giải", "shortcomings": "", "proposals": ""}))
    assert outcome.receipt is not None
    words = ("reports", "redact", outcome.receipt["receipt"], "--reason", "tên người", "--pointer")
    refused = call(*words, "/report/narrative/results", "--pointer", "/report/figures/events_commune")
    assert refused.exit_code == 1 and "Tại “/report/figures/events_commune”" in refused.output, refused.output
    kept = "SELECT count(*) FROM eventlog.events AS t WHERE t::text LIKE '%Ông A%'"
    assert hub.rows(kept) == [(1,)]
    done = call(*words, "/report/narrative/results")
    assert done.exit_code == 0 and hub.rows(kept) == [(0,)], done.output
    missing = call("reports", "redact", "20-99999", "--reason", "tên người", "--pointer", "/report/narrative/results")
    assert missing.exit_code == 1 and "Không có biên nhận 20-99999" in missing.output
