"""Signing in the console: what lacks is asked twice, what is the same is refused, nobody but a signer signs."""

from __future__ import annotations

import html
import re
from datetime import date, datetime
from decimal import Decimal

import pytest

from lienthong.calendar import VIETNAM
from services.console.pages.rounds import distinct_names
from services.console.pages.signing import outliers
from services.ingest.rounds.acts import open_special
from tests.builders.console import DRAFTER, ELSEWHERE, Browser, Site
from tests.builders.hub import a_hub
from tests.builders.living_hub import consume
from tests.services.console.test_pages import ROUND

PAGE = f"/rounds/{ROUND}/signing"


def test_what_lacks_is_asked_twice_then_signed_and_the_same_is_refused(office: Site, signer: Browser) -> None:
    assert "chờ chuyên viên tổng hợp trình" in signer.get(PAGE).text
    draft(office, "Còn thiếu")
    page = signer.get(PAGE).text
    assert "lan.nt trình lúc" in page and 'name="confirm"' not in page
    place = re.search(r'name="draft" value="([0-9]+)"', page)
    assert place is not None
    given = {"csrf": signer.word(PAGE), "act": "sign", "draft": place[1], "number": "77/BC-UBND", "date": "15/10/2026"}
    given |= {"agency": "UBND tỉnh Lạng Sơn", "electronicId": "000.00.00.H37-77", "fileHash": "AB" * 32}
    told = html.unescape(signer.get("/overview").text)
    assert re.search(rf'href="{PAGE}">Kỳ năm 2026 \(P119-LS\): dự thảo bản 2 chờ ký duyệt', told)
    assert "dự thảo bản 2 chờ ký duyệt" in html.unescape(signer.get("/releases").text)
    asked = signer.send(PAGE, given)
    assert asked.status_code == 422 and 'name="confirm"' in asked.text and "77/BC-UBND" in asked.text
    said = html.unescape(asked.text)
    assert "Cần xác nhận trước khi ký" in said and "chỗ cần sửa" not in said and "<title>Lỗi: " not in said
    assert re.search(r"Còn thiếu \d+ trên \d+ báo cáo của kỳ: \D+ và \d+ đơn vị khác", said), "by name, not by code"
    signed = signer.send(PAGE, {**given, "confirm": "yes"})
    assert signed.headers["location"] == f"/rounds/{ROUND}?signed={ROUND}/2"
    assert f"Đã ký duyệt bản {ROUND}/2" in signer.get(signed.headers["location"]).text
    assert "chờ ký duyệt" not in html.unescape(signer.get("/overview").text)
    consume(office.conninfo)
    release = signer.json(f"/releases/{ROUND}/2")
    assert release["document"] == ["77/BC-UBND", "2026-10-15"] and release["note"] == "Còn thiếu"
    more = {"agency": "UBND tỉnh Lạng Sơn", "electronicId": "000.00.00.H37-77", "fileHash": "sha256:" + "ab" * 32}
    assert release["document_more"] == more
    again = signer.send(PAGE, {**given, "confirm": "yes"})
    assert again.status_code == 422 and "chưa có gì thay đổi" in again.text


def draft(office: Site, note: str) -> None:
    with office.person(DRAFTER) as drafter:
        given = {"csrf": drafter.word(PAGE), "act": "draft", "number": "77/BC-UBND", "date": "", "note": note}
        assert drafter.send(PAGE, given).headers["location"] == PAGE


def test_reports_after_a_release_and_those_to_review_wait_for_the_drafter(site: Site) -> None:
    with site.person(DRAFTER) as drafter:
        page = html.unescape(drafter.get("/overview").text)
        later = drafter.json("/overview")["signing"]["later"]
        assert later == [{"release": f"{ROUND}/1", "reports": 1}] and "chờ ký duyệt" not in page
        assert f'href="/releases/{ROUND}/1#pending">1 báo cáo đến sau khi ký bản {ROUND}/1' in page
        waiting = len(drafter.json("/reviews")["reports"])
        assert f'id="to-review" href="/reviews"><span class="figure">{waiting}</span>' in page and waiting
        assert f"1 báo cáo đến sau khi ký bản {ROUND}/1" in html.unescape(drafter.get("/releases").text)


def test_a_fault_of_the_form_stands_at_its_field(office: Site) -> None:
    with office.person(DRAFTER) as drafter:
        given = {"csrf": drafter.word(PAGE), "act": "draft", "number": "1", "date": "31/02/2026", "note": ""}
        answer = drafter.send(PAGE, given | {"fileHash": "abc"})
    assert answer.status_code == 422 and 'id="draft-date-error"' in answer.text
    assert 'id="draft-fileHash-error"' in answer.text and 'value="abc"' in answer.text


def test_nobody_but_a_signer_of_the_province_signs(office: Site) -> None:
    with office.person(DRAFTER) as drafter:
        assert 'id="sign"' not in drafter.get(PAGE).text
        assert drafter.send(PAGE, {"csrf": drafter.word(PAGE), "act": "sign", "confirm": "yes"}).status_code in (
            403,
            422,
        )
    with office.person(ELSEWHERE) as other:
        assert other.client.get(PAGE).status_code == 404
        assert other.send(PAGE, {"csrf": other.word("/"), "confirm": "yes"}).status_code in (403, 404)
    with office.person(DRAFTER) as drafter:
        assert [release["version"] for release in drafter.json("/releases")["releases"] if release["version"] > 2] == []


def test_a_page_says_no_more_than_that_a_release_of_its_round_was_signed(site: Site) -> None:
    with site.person(DRAFTER) as drafter:
        assert "Trúng thưởng" not in drafter.get(f"/rounds/{ROUND}?signed=Trúng thưởng/1").text


def test_a_round_on_demand_is_not_compared_with_a_regular_one(own_site: Site) -> None:
    with a_hub(own_site.conninfo) as hub, hub.desk.act() as act:
        code = open_special(
            act,
            plan="P119-LS",
            period="2026-DX1",
            first=date(2026, 10, 1),
            last=date(2026, 10, 9),
            deadline=datetime(2026, 10, 20, tzinfo=VIETNAM),
            reason="UBND tỉnh yêu cầu",
        )
    consume(own_site.conninfo)
    with own_site.person(DRAFTER) as drafter:
        page = f"/rounds/{code}/signing"
        assert drafter.json(page)["before"] is None
        assert "Chưa có kỳ trước cùng loại để so sánh" in html.unescape(drafter.get(page).text)


def test_figures_called_alike_are_told_apart_by_their_form() -> None:
    assert distinct_names([("Hội nghị", "Xã"), ("Tin", "Xã"), ("Hội nghị", "Sở")]) == [
        "Hội nghị (Xã)",
        "Tin",
        "Hội nghị (Sở)",
    ]


def figure(sum: str | None, name: str = "a") -> dict[str, object]:
    return {"form": "f", "code": name, "sum": sum, "label": {"vi": "A", "en": "A"}}


@pytest.mark.parametrize(
    ("before", "now", "percent"),
    [
        ("100", "151", "51"),
        ("100", "150", None),
        ("100", "49", "-51"),
        ("0", "9", None),
        (None, "9", None),
        ("5", None, None),
        ("0.2", "0.5", "150"),
    ],
)
def test_a_sum_stands_out_when_it_is_more_than_half_apart(
    before: str | None, now: str | None, percent: str | None
) -> None:
    percents = [outlier.percent for outlier in outliers([figure(before)], [figure(now)], {})]
    assert percents == ([] if percent is None else [Decimal(percent)])
