"""What never was can't be taken away: the receipt would say that it is gone, and it would stay."""

from __future__ import annotations

from typing import Any

from lienthong import events
from tests.builders.hub import SOURCE, Hub, a_principal

UNIT = "20.SKHCN"
MATERIAL = {
    "kind": "handbook",
    "title": "Sổ tay an toàn bức xạ",
    "subject": "An toàn bức xạ",
    "link": "https://skhcn.langson.gov.vn/so-tay.pdf",
    "programmes": ["P119"],
}
DIRECTIVE = {
    "number": "12/CT-UBND",
    "title": "Về tuyên truyền",
    "issuer": "UBND tỉnh",
    "issued": "2026-03-02",
    "programmes": ["P119"],
}
ITEM = {
    "revision": 1,
    "kind": "news",
    "title": "Ngày hội khoa học",
    "link": "https://langson.gov.vn/tin/1",
    "language": "vi",
    "licence": "CC-BY-4.0",
    "programmes": ["P119"],
    "publishedAt": "2026-10-01T01:00:00Z",
}
NOUNS = {
    "item": (events.CONTENT_SUBMITTED, ITEM, events.CONTENT_WITHDRAWAL, {"reason": "Đăng nhầm"}),
    "material": (events.MATERIAL_SHARED, MATERIAL, events.MATERIAL_SHARED, {**MATERIAL, "withdrawn": True}),
    "directive": (
        events.DIRECTIVE_REGISTERED,
        DIRECTIVE,
        events.DIRECTIVE_REGISTERED,
        {**DIRECTIVE, "withdrawn": True},
    ),
}
"""By the member that names it: what makes one and what takes it away."""


def claims(noun: str, code: str, unit: str = UNIT) -> tuple[dict[str, Any], dict[str, Any]]:
    made, data, gone, removal = NOUNS[noun]
    about = {"unit": unit, noun: code}
    first = {"specversion": "1.0", "type": made, "source": SOURCE, "id": f"{code}-1", "data": {**data, **about}}
    last = {"specversion": "1.0", "type": gone, "source": SOURCE, "id": f"{code}-2", "data": {**removal, **about}}
    return first, last


def codes(hub: Hub, *documents: dict[str, Any], units: tuple[str, ...] = (UNIT,)) -> list[list[str]]:
    outcomes = hub.send(*documents, principal=a_principal(units=list(units)))
    return [[problem.code for problem in outcome.problems] for outcome in outcomes]


def test_what_never_was_is_not_taken_away(hub: Hub) -> None:
    for noun in NOUNS:
        first, _ = claims(noun, f"dung-ma-{noun}")
        _, slip = claims(noun, f"sai-ma-{noun}")
        assert codes(hub, first) == [[]]
        assert codes(hub, slip) == [["nothing_of_that_code"]]
        assert codes(hub, claims(noun, f"cua-ai-{noun}", unit="06040")[1], units=("06040",)) == [
            ["nothing_of_that_code"]
        ]


def test_what_there_was_is_taken_away_and_taken_away_again(hub: Hub) -> None:
    for noun in NOUNS:
        first, last = claims(noun, f"dung-ma-{noun}")
        again = {**last, "id": f"lan-nua-{noun}"}
        assert codes(hub, first) == codes(hub, last) == codes(hub, again) == [[]]


def test_what_comes_and_goes_in_one_request_is_taken_and_taken_away(hub: Hub) -> None:
    both = [claim for noun in NOUNS for claim in claims(noun, f"cung-luc-{noun}")]
    assert codes(hub, *both) == [[]] * len(both)


def test_who_may_not_speak_for_a_unit_is_not_told_what_it_has(hub: Hub) -> None:
    slips = [claims(noun, f"sai-ma-{noun}")[1] for noun in NOUNS]
    assert codes(hub, *slips, units=("06040",)) == [["unit_not_allowed"]] * len(slips)


def test_what_has_no_shape_is_refused_for_that(hub: Hub) -> None:
    odd: list[Any] = [None, [], "x", {"unit": 1}, {"withdrawn": True}]
    shapeless = [
        {**claims(noun, f"{place}-{noun}")[1], "data": data} for noun in NOUNS for place, data in enumerate(odd)
    ]
    for told in codes(hub, *shapeless):
        assert told and "nothing_of_that_code" not in told
