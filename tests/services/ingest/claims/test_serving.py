"""What serves a programme names one that a plan here carries out."""

from __future__ import annotations

from typing import Any

import pytest

from lienthong import events
from lienthong.errors import Problem
from tests.builders.claims import agrees_with_the_log
from tests.builders.hub import SOURCE, Hub, a_principal, the_plan

SENDER = a_principal(units=["06040"])
_LINK = "https://langson.gov.vn/tin/1"
SERVING: dict[str, dict[str, Any]] = {
    events.CONTENT_SUBMITTED: {
        "item": "tin-1",
        "revision": 1,
        "kind": "news",
        "title": "Ngày hội chuyển đổi số",
        "link": _LINK,
        "language": "vi",
        "licence": "CC-BY-4.0",
        "publishedAt": "2026-10-01T01:00:00Z",
    },
    events.MATERIAL_SHARED: {
        "material": "so-tay",
        "kind": "handbook",
        "title": "Sổ tay an toàn bức xạ",
        "subject": "An toàn bức xạ",
        "link": _LINK,
    },
    events.DIRECTIVE_REGISTERED: {
        "directive": "cd-1",
        "number": "12/CT-UBND",
        "title": "Về truyền thông khoa học, công nghệ",
        "issuer": "UBND tỉnh Lạng Sơn",
        "issued": "2026-03-02",
    },
}
"""An example of everything that names programmes."""


def problems(hub: Hub, type_: str, programmes: object, id_: str = "a", **more: Any) -> list[Problem]:
    data = {"unit": "06040", **SERVING[type_], "programmes": programmes, **more}
    event = {"specversion": "1.0", "type": type_, "source": SOURCE, "id": id_, "data": data}
    [outcome] = hub.send(event, principal=SENDER)
    assert (outcome.receipt is None) == bool(outcome.problems)
    return list(outcome.problems)


@pytest.mark.parametrize("type_", SERVING)
def test_a_programme_that_no_plan_carries_out_is_refused_and_those_that_are_here_are_named(
    hub: Hub, type_: str
) -> None:
    [refused] = problems(hub, type_, ["P119", "P9999"])
    assert (refused.pointer, refused.code) == ("/data/programmes/1", "served_programme_unknown")
    assert refused.params == {"programme": "P9999", "known": "P119"}
    assert "P9999" in refused.message.vi and "P9999" in refused.message.en
    hub.publish(the_plan("p1169", "P1169-LS"))
    [refused] = problems(hub, type_, ["P9999", "P1169"], id_="b")
    assert (refused.pointer, refused.params["known"]) == ("/data/programmes/0", "P1169, P119")
    assert problems(hub, type_, ["P119", "P1169"], id_="c") == []


@pytest.mark.parametrize("type_", SERVING)
def test_every_fault_is_told_at_once_and_what_is_no_code_by_its_shape_alone(hub: Hub, type_: str) -> None:
    told = [(fault.pointer, fault.code) for fault in problems(hub, type_, ["119", "P9999"], title="")]
    assert sorted(told) == [
        ("/data/programmes/0", "wrong_format"),
        ("/data/programmes/1", "served_programme_unknown"),
        ("/data/title", "text_too_short"),
    ]
    assert [fault.code for fault in problems(hub, type_, "P9999")] == ["wrong_type"]


@pytest.mark.parametrize("type_", SERVING)
def test_whoever_may_not_speak_for_the_unit_is_told_that_alone(hub: Hub, type_: str) -> None:
    assert [fault.code for fault in problems(hub, type_, ["P9999"], unit="05977")] == ["unit_not_allowed"]


@pytest.mark.parametrize("type_", [events.MATERIAL_SHARED, events.DIRECTIVE_REGISTERED])
def test_what_was_taken_with_an_unknown_code_can_be_taken_away_as_it_stands(hub: Hub, type_: str) -> None:
    assert problems(hub, type_, ["P119"]) == []
    assert problems(hub, type_, ["P9999"], id_="b", withdrawn=True) == []
    assert agrees_with_the_log(hub)
