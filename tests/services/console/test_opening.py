"""Opening a round on demand in the console: chosen units and figures, by a day; what is refused stands at its field."""

from __future__ import annotations

import html

from lienthong.rounds.opening import next_special
from tests.builders.console import DRAFTER, OPERATOR, REPORTER, Site
from tests.builders.living_hub import UNITS

PAGE = "/opening/P119-LS"


def test_an_operator_opens_a_round_for_chosen_units_and_figures(own_site: Site) -> None:
    with own_site.enrolled(OPERATOR) as operator:
        assert f'href="{PAGE}"' in operator.get("/opening").text and 'href="/opening"' in operator.get("/running").text
        form = {"csrf": operator.word(PAGE), "do": "DX", f"unit-{UNITS[0]}": "1", "figure-events_commune": "1"}
        given = {"first": "1/9/2026", "last": "31/12/2026", "deadline": "20/10/2026", "reason": "Theo công văn của Bộ"}
        early = operator.send(PAGE, {**form, **given})
        page = html.unescape(early.text)
        assert early.status_code == 422 and '<li><a href="#last">' in page
        assert f'name="unit-{UNITS[0]}" value="1" checked' in page and 'value="20/10/2026"' in page
        never = operator.send(PAGE, {**form, **given, "last": "30/09/2026", "deadline": "31/12/9999"})
        assert never.status_code == 422 and '<li><a href="#deadline">' in html.unescape(never.text)
        made = operator.send(PAGE, {**form, **given, "last": "30/09/2026"})
        assert made.status_code == 303 and made.headers["location"].startswith("/rounds/P119-LS.2026-DX1")
    with own_site.person(REPORTER) as reporter:
        entry = html.unescape(reporter.get(f"/units/{UNITS[0]}/reports/P119-LS.2026-DX1/P119-LS.commune/entry").text)
        assert 'id="figure-events_commune"' in entry and 'id="figure-news_items_commune"' not in entry
        assert "hết ngày 20/10/2026" in entry
    with own_site.person(DRAFTER) as drafter:
        drafter.get("/opening", 403)
        drafter.get(PAGE, 403)


def test_the_next_number_of_its_kind_and_year_is_taken() -> None:
    rounds = ("P119-LS.2026", "P119-LS.2026-DX1", "P119-LS.2026-DX9", "P119-LS.2025-SK2", "P119-LS.2026-H1")
    assert next_special(rounds, "DX", 2026) == "2026-DX10"
    assert next_special(rounds, "SK", 2026) == "2026-SK1"
    assert next_special((), "TK", 2030) == "2030-TK1"
