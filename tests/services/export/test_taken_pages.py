"""A page of what a destination shows is read with suspicion: what keeps the contract is taken, the rest left out."""

from __future__ import annotations

from typing import Any

import pytest

from lienthong.contracts.schemas import Contracts
from services.export.taken.pages import NotOfContract, read_page

CONTRACTS = Contracts.load()


def an_item(number: int = 1, *, sender: str = "hung-yen", **changed: Any) -> dict[str, Any]:
    data = {
        "id": "33.SKHCN/tin-1",
        "version": 1,
        "kind": "news",
        "title": "Tin",
        "url": "https://hungyen.example/1",
        "language": "vi",
        "licence": "CC-BY-4.0",
        "publisher": {"unit": "33.SKHCN"},
        "programmes": ["P119"],
        "publishedAt": "2026-05-04T01:30:00Z",
        "approval": {"unit": "33.SKHCN", "at": "2026-05-05T02:00:00Z"},
    }
    return {
        "number": number,
        "state": "published",
        "sender": sender,
        "id": data["id"],
        "version": 1,
        "data": data | changed,
    }


def a_page(*items: Any, next_: int | None = None, **changed: Any) -> dict[str, Any]:
    last = next_ if next_ is not None else max((item["number"] for item in items), default=0)
    return {"items": list(items), "next": last, "head": last, "more": False} | changed


def taken(page: dict[str, Any], after: int = 0) -> Any:
    return read_page(page, CONTRACTS, after=after, own="lang-son")


def test_what_we_sent_ourselves_is_left_out() -> None:
    found = taken(a_page(an_item(1), an_item(2, sender="lang-son")))
    assert [item.sender for item in found.items] == ["hung-yen"]
    assert (found.after, found.left_out) == (2, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        an_item(2, url="javascript:alert(1)"),
        an_item(2, kind="x"),
        an_item(2, publishedAt="0001-01-01T00:00:00+14:00"),
        an_item(2, publishedAt="2026-06-30T23:59:60Z"),
        {"number": 2, "state": "published"},
        "x",
        None,
        [],
        an_item(2) | {"id": ""},
        an_item(2) | {"id": "a\x1bb"},
        an_item(2) | {"version": 0},
        an_item(2) | {"number": True},
        an_item(2) | {"state": "hidden"},
        an_item(2) | {"data": None},
    ],
)
def test_one_item_that_keeps_no_schema_is_left_out_alone(wrong: Any) -> None:
    found = taken(a_page(an_item(1), wrong, an_item(3), next_=3))
    assert ([item.number for item in found.items], found.left_out, found.after) == ([1, 3], 1, 3)


def test_a_withdrawn_item_has_no_data() -> None:
    gone = {key: value for key, value in an_item(4).items() if key != "data"} | {"state": "withdrawn"}
    [item] = taken(a_page(gone)).items
    assert (item.data, item.published_at, item.number) == (None, None, 4)


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"items": {}, "next": 1, "head": 1, "more": False},
        a_page(next_=-1),
        a_page(next_=True),
        a_page(more="yes"),
        a_page(an_item(1), next_=0, head=9, more=True),
        a_page(an_item(1), next_=2**80),
        a_page(head=None),
    ],
)
def test_a_page_that_is_none_of_the_contract_or_does_not_go_on_is_refused(page: dict[str, Any]) -> None:
    with pytest.raises(NotOfContract):
        taken(page)


def test_a_page_that_goes_back_is_refused() -> None:
    with pytest.raises(NotOfContract):
        taken(a_page(next_=3, head=9), after=5)


def test_fewer_numbers_than_were_read_are_a_new_beginning() -> None:
    found = taken(a_page(an_item(1)), after=5)
    assert (found.anew, found.after, found.more, found.items) == (True, 0, True, ())
