"""Urging in the console: who owes is listed and reminded; who has no part in the province sees nothing of it."""

from __future__ import annotations

import re

from tests.builders.console import DRAFTER, ELSEWHERE, Site
from tests.services.console.test_pages import ROUND

PAGE = f"/rounds/{ROUND}/reminders"


def test_a_drafter_reminds_those_who_owe_and_is_told_of_whom_nobody_can_tell(office: Site) -> None:
    with office.person(DRAFTER) as drafter:
        assert f'href="{PAGE}"' in drafter.get(f"/rounds/{ROUND}").text
        page = drafter.get(PAGE).text
        owing = drafter.json(PAGE)["owing"]
        assert len(re.findall(r'type="checkbox" name="unit"', page)) == len(owing) > 60
        unit = owing[0][0]
        done = drafter.send(PAGE, {"csrf": drafter.word(PAGE), "do": "remind", "unit": unit})
        assert "Đã đôn đốc 0 đơn vị; hôm nay đã nhắc trước đó 0; chưa có địa chỉ liên hệ 1." in done.text
        wrong = drafter.send(PAGE, {"csrf": drafter.word(PAGE), "do": "remind", "unit": "33"})
        assert wrong.status_code == 422 and "không còn nợ" in wrong.text


def test_nobody_of_another_province_sees_it(office: Site) -> None:
    with office.person(ELSEWHERE) as other:
        assert other.client.get(PAGE).status_code == 404


def test_the_list_is_filtered_and_files_hold_what_is_filtered(office: Site) -> None:
    with office.person(DRAFTER) as drafter:
        unit = drafter.json(PAGE)["owing"][1][0]  # nobody else's here
        drafter.send(PAGE, {"csrf": drafter.word(PAGE), "do": "remind", "unit": unit})
        everybody = drafter.json(PAGE)["told"]
        here = f"{PAGE}?state=no_contact&digest=false&day={everybody[0]['at'][:10]}"
        shown = drafter.json(here)["told"]
        assert [one["state"] for one in shown] == ["no_contact"] * len(shown) and shown
        written = "/".join(reversed(everybody[0]["at"][:10].split("-")))
        assert drafter.json(here.replace(everybody[0]["at"][:10], written))["told"] == shown, "a day as people write it"
        assert drafter.json(f"{PAGE}?state=sent")["told"] == []
        assert "Chưa có địa chỉ liên hệ" in drafter.get(here).text
        wrong = drafter.client.get(f"{PAGE}?day=31/02/2026")
        assert wrong.status_code == 400 and "“31/02/2026” không phải là một ngày" in wrong.text
        assert drafter.client.get(f"{PAGE}?rows=x").status_code == 400
