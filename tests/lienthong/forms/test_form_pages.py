"""What a form's page tells an official at once: regime, periods, close, deadline, recipient, way of sending."""

from __future__ import annotations

from functools import cache

import pytest

from lienthong.forms import regime
from lienthong.forms.pages import page
from lienthong.programmes import Plan, files, parse
from tests.builders.plans import a_figure, a_plan_document, a_programme, an_obligation, shipped


@cache
def by_code() -> dict[str, Plan]:
    return {plan.code: plan for plan in files.plans(shipped())}


def told(plan: Plan, reporters: str) -> str:
    form = next(form for form in plan.forms if form.reporters == reporters)
    return "\n".join(regime.section(plan, form))


def test_every_shipped_form_states_regime_period_close_deadline_recipient_and_way_of_sending() -> None:
    for plan in by_code().values():
        for form in plan.forms:
            text = told(plan, form.reporters)
            for wanted in ("Chế độ báo cáo", "Nơi nhận", "Cách gửi", "Chốt số liệu", "Ngày cuối còn đúng hạn"):
                assert wanted in text, (form.code, wanted)


@pytest.mark.parametrize(
    ("plan", "row"),
    [
        ("P119-LS", "| `2026` | 01/10/2025 | 30/09/2026 | 14/10/2026 |"),
        ("P438-HY", "| `2026` | 16/10/2025 | 15/10/2026 | 30/10/2026 |"),
        ("P1169-LS", "| `2026-H2` | 01/06/2026 | 30/11/2026 | 09/12/2026 |"),
        ("P1169-NC", "| `2026-H1` | 15/12/2025 | 14/06/2026 | 19/06/2026 |"),
    ],
)
def test_the_deadline_is_the_last_day_that_is_in_time(plan: str, row: str) -> None:
    assert row in told(by_code()[plan], "commune")


def test_the_route_is_told_in_the_words_of_the_source() -> None:
    text = told(by_code()["P119-LS"], "commune")
    assert "**Nơi nhận:** UBND tỉnh Lạng Sơn" in text and "**Qua:** Sở Khoa học và Công nghệ" in text
    assert "và đột xuất khi có yêu cầu" in told(by_code()["P1169-LS"], "commune")


def test_official_codes_stand_beside_ours() -> None:
    official = {"code": "0203", "list": "Hệ thống chỉ tiêu thống kê"}
    programme, document = a_programme(), a_plan_document()
    programme["figures"][0] = a_figure("staff", official=official)
    document["obligations"] = [an_obligation(regime={"code": "BC-07", "list": "Danh mục chế độ báo cáo"})]
    document["forms"][0]["official"] = {"code": "01/BC", "list": "Thông tư 1"}
    document["schedules"][0]["official"] = [{"code": "N", "list": "Danh mục kỳ"}]
    plan = parse(programme, document)
    text = page(plan, plan.forms[0], {})
    for wanted in ("Hệ thống chỉ tiêu thống kê: `0203`", "`BC-07`", "`01/BC`", "`2026` (`N`)"):
        assert wanted in text


def test_no_form_of_ours_names_an_official_code_that_nobody_gave() -> None:
    assert all(figure.official is None for plan in by_code().values() for figure in plan.figures.values())
