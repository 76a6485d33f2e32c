"""What leaves the hub, under the platform's contract."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from lienthong import releases
from lienthong.contents import KINDS, SINCE_1_2
from lienthong.contracts import canonical
from lienthong.errors import Unprocessable
from lienthong.pushes.reconciliation import Held, compare, digest_of
from services.export import mapping
from tests.conftest import ROOT

EXAMPLES = ROOT / "schemas" / "platform" / "examples" / "valid"
AT = datetime(2026, 10, 20, 2, 0, 1, tzinfo=UTC)
SENDER = mapping.Sender(id="lang-son", province="20")
APPROVED = {
    "unit": "20.SKHCN",
    "item": "2026-0042",
    "revision": 1,
    "approvedBy": "client:duyet-tin",
    "approvedAt": "2026-05-05T02:00:00Z",
    "content": {
        "kind": "infographic",
        "title": "Điện hạt nhân và đời sống",
        "summary": "Ứng dụng bức xạ trong y tế",
        "link": "https://skhcn.langson.example/hat-nhan",
        "language": "vi",
        "licence": "CC-BY-4.0",
        "programmes": ["P119", "P438"],
        "publishedAt": "2026-05-04T01:30:00Z",
    },
}
WITHDRAWN = {
    "receivedAt": "2026-06-01T02:00:00Z",
    "data": {"unit": "20.SKHCN", "item": "2026-0042", "reason": "Nội dung có sai sót"},
}


def example(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))
    return document


def published(dataset: dict[str, Any]) -> mapping.Message:
    return mapping.release_published(releases.read(made(dataset)), at=AT)


def made(dataset: dict[str, Any]) -> Any:
    return {"release": dataset["release"], "dataset": dataset, "digest": canonical.digest_of(dataset)}


def test_a_message_names_the_lowest_version_of_the_contract_that_has_words_for_it() -> None:
    def named(kind: str) -> str:
        approved = APPROVED | {"content": {**APPROVED["content"], "kind": kind}}  # type: ignore[dict-item]
        return str(json.loads(mapping.content_published(approved, at=AT, sample=False).body(SENDER))["contract"])

    assert {kind: named(kind) for kind in KINDS} == {kind: "1.2" if kind in SINCE_1_2 else "1.1" for kind in KINDS}


def test_the_kinds_of_items_are_those_of_the_schemas() -> None:
    for name in ("platform/content-item.schema", "events/content.submitted.v1"):
        schema = json.loads((ROOT / "schemas" / f"{name}.json").read_text("utf-8"))
        assert schema["properties"]["kind"]["enum"] == list(KINDS), name


def test_a_release_becomes_the_committed_example() -> None:
    dataset = example("release.published")["data"]
    message = published(dataset)
    assert json.loads(message.body(SENDER)) == example("release.published")


def test_an_approved_item_becomes_the_committed_example() -> None:
    message = mapping.content_published(APPROVED, at=AT, sample=False)
    assert json.loads(message.body(SENDER)) == example("content.published")


def test_who_approved_stays_in_the_hub() -> None:
    assert b"duyet-tin" not in mapping.content_published(APPROVED, at=AT, sample=False).body(SENDER)


def test_sample_data_says_so_in_every_message() -> None:
    dataset = example("release.published-sample")["data"]
    facts = [
        published(dataset),
        mapping.content_published(APPROVED, at=AT, sample=True),
        mapping.content_withdrawn(WITHDRAWN, latest=1, at=AT, sample=True),
        mapping.release_withdrawn({"round": "P119-LS.2026", "version": 1}, at=AT, sample=True),
    ]
    for message in facts:
        body = json.loads(message.body(SENDER))
        assert (body["sample"], body["notice"]) == (True, "dữ liệu mẫu")


def test_zero_missing_and_withdrawn_stay_distinct() -> None:
    dataset = example("release.published")["data"]
    sent = json.loads(published(dataset).body(SENDER))["data"]["observations"]
    states = {(row["unit"], row["state"], row["value"]) for row in sent if row["figure"] == "news_items"}
    assert states >= {("05983", "zero", "0"), ("06040", "missing", None), ("06058", "withdrawn", None)}


def test_what_single_units_reported_does_not_go_to_a_communication_platform_unless_the_plan_says_so() -> None:
    dataset = {**example("release.published")["data"], "unitValues": "internal"}
    sent = published(dataset)
    assert sent.data["observations"] == [] and sent.data["unitValues"] == "withheld"
    assert (sent.data["fullDigest"], sent.digest) == (canonical.digest_of(dataset), canonical.digest_of(sent.data))
    assert sent.data["figures"] == dataset["figures"]


def test_a_correction_tells_a_communication_platform_no_unit_s_value_either() -> None:
    dataset = {**example("release.published")["data"], "unitValues": "internal"}
    changed = {"unit": "06010", "form": "f", "figure": "staff", "before": None, "after": None}
    dataset["changes"] = {
        "supersedes": "R/1",
        "reports": [],
        "observations": [changed],
        "figures": [],
        "indicators": [],
        "completeness": [],
    }
    assert published(dataset).data["changes"]["observations"] == []


def test_a_dataset_that_is_not_what_its_digest_says_does_not_leave() -> None:
    dataset = copy.deepcopy(example("release.published")["data"])
    fact = made(dataset)
    dataset["figures"][0]["sum"] = "13"
    with pytest.raises(Unprocessable, match="digest"):
        releases.read(fact)


def test_the_same_fact_has_the_same_id_at_one_destination_and_another_at_another() -> None:
    first = mapping.content_published(APPROVED, at=AT, sample=False)
    again = mapping.content_published(APPROVED, at=datetime(2027, 1, 1, tzinfo=UTC), sample=False)
    assert first.webhook_id("a") == again.webhook_id("a") != first.webhook_id("b")
    withdrawn = mapping.content_withdrawn(WITHDRAWN, latest=1, at=AT, sample=False)
    assert withdrawn.webhook_id("a") != first.webhook_id("a")


def test_items_of_two_units_with_the_same_name_are_two_subjects() -> None:
    other = APPROVED | {"unit": "20.SYT"}
    ids = {mapping.content_published(fact, at=AT, sample=False).id for fact in (APPROVED, other)}
    assert ids == {"20.SKHCN/2026-0042", "20.SYT/2026-0042"}


def test_digest_follows_the_documented_rule_whatever_the_order() -> None:
    held = [Held(id="b", version=2, digest="withdrawn"), Held(id="a", version=1, digest="sha256:" + "0" * 64)]
    # printf 'a\t1\tsha256:000…0\nb\t2\twithdrawn\n' | sha256sum
    expected = "sha256:2c68e2129307875ed19e01057a1bce6e5b25bdb54a6bba932383970acbd4ef6d"
    count, digest = digest_of(held)
    assert (count, digest) == digest_of(reversed(held))
    assert count == 2
    assert digest == expected


def test_comparison_names_what_to_send_again() -> None:
    ours = [Held(id="a", version=1, digest="x"), Held(id="b", version=2, digest="y")]
    theirs = [Held(id="b", version=1, digest="z"), Held(id="c", version=1, digest="w")]
    difference = compare(ours, theirs)
    assert [item.id for item in difference.missing] == ["a"]
    assert [item.id for item in difference.different] == ["b"]
    assert [item.id for item in difference.unknown] == ["c"]
    assert not compare(ours, reversed(ours))
