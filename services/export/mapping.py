"""The one replaceable mapping: from facts of the log to messages of the platform's contract. Pure.

When the national platform publishes an interface of its own, this module and schemas/platform/ change, and
nothing else of export. What goes out: released datasets and approved content items; never a report, a name of
a person, or anything that was not released.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

import orjson

from lienthong import releases
from lienthong.contents import SINCE_1_2
from lienthong.contracts import canonical
from lienthong.instants import wire
from lienthong.releases import Dataset, Written
from lienthong.samples import SAMPLE_NOTICE

CONTRACT, WITH_1_2 = "1.1", "1.2"
PLATFORM = "platform"

Data = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Who signs: the hub's name at a destination, and its province."""

    id: str
    province: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """What one fact becomes, before it is addressed to a destination.

    type: of the contract (`release.published`, …). kind: `release` or `content`. id, version: the subject.
    text: the canonical form of what is told; `{}` once it was erased. digest: over what was told. at: when it
    happened, by the hub's clock.
    """

    type: str
    kind: str
    id: str
    version: int
    digest: str
    at: datetime
    sample: bool
    text: str

    @property
    def data(self) -> Any:
        """What is told, as values of JSON."""
        return orjson.loads(self.text)

    @property
    def withdraws(self) -> bool:
        return self.type.endswith(".withdrawn")

    def _contract(self, data: Any) -> str:
        """The lowest version that has words for it: a platform that is not upgraded yet takes all the others."""
        newer = self.type == "content.published" and data.get("kind") in SINCE_1_2
        newer = newer or (self.type == "release.published" and _names_codes(data))
        return WITH_1_2 if newer else CONTRACT

    def webhook_id(self, destination: str) -> str:
        """The same for ever for the same fact and destination, so that a repetition is recognised."""
        return webhook_id(destination, self.type, self.id, self.version)

    def body(self, sender: Sender) -> bytes:
        """The body of the POST, canonical; schemas/platform/message.schema.json. Raises ValueError for a damaged text:
        it goes out as it is kept, so it is read once before.
        """
        data = self.data
        document: dict[str, Any] = {
            "contract": self._contract(data),
            "type": self.type,
            "timestamp": wire(self.at),
            "sender": {"id": sender.id, "province": sender.province},
            "sample": self.sample,
            "subject": {"kind": self.kind, "id": self.id, "version": self.version},
            "digest": self.digest,
            "data": orjson.Fragment(self.text),
        }
        if self.sample:
            document["notice"] = SAMPLE_NOTICE
        return canonical.write(document)


def _names_codes(body: Data) -> bool:
    """Whether a release says what 1.1 has no words for: more of the signed document, codes of forms and regimes."""
    document = body["signedOff"]["document"] or {}
    rows = (*body["completeness"], *body["duties"], *body["units"])
    return len(document) > len(_DOCUMENT_OF_1_1) or any(not _OF_1_2.isdisjoint(row) for row in rows)


def webhook_id(destination: str, type_: str, subject: str, version: int) -> str:
    """The id of a delivery."""
    name = f"{destination}\n{type_}\n{subject}\n{version}"
    return f"msg_{hashlib.sha256(name.encode()).hexdigest()[:40]}"


def release_published(whole: Written, *, at: datetime) -> Message:
    """A release as the platform gets it.

    What single units reported stays with the Ministry's feed unless the plan lets it out: a communication
    platform gets the sums (and with them no headcount of any one agency).
    """
    shown = for_communication(whole)
    return Message(
        type="release.published",
        kind="release",
        id=shown.dataset["round"],
        version=shown.dataset["version"],
        digest=shown.digest,
        at=at,
        sample=shown.dataset["sample"],
        text=shown.text,
    )


def for_communication(whole: Written) -> Written:
    """The release without what single units reported, naming the digest of the whole. Where the plan makes the units'
    values public they stay; difficulties, tasks, what the hub computed beside what was reported, and the documents of
    single reports (C-07) never go out.
    """
    dataset = releases.without_offices(whole.dataset)
    if dataset.get("unitValues") == "public":
        return whole if dataset == whole.dataset else releases.write({**dataset, "fullDigest": whole.digest})
    shown: Dataset = {**dataset, "observations": [], "unitValues": "withheld", "fullDigest": whole.digest}
    shown.pop("queries", None)  # what offices ask each other is for them
    if dataset["changes"] is not None:
        shown["changes"] = {**dataset["changes"], "observations": []}
    return releases.write(shown)


def release_withdrawn(fact: Data, *, at: datetime, sample: bool) -> Message:
    """From the data of `release.withdrawn`: a tombstone for the version and all below it."""
    return _tombstone("release", fact["round"], fact["version"], fact, at=at, sample=sample)


def content_published(fact: Data, *, at: datetime, sample: bool) -> Message:
    """From the data of `content.approved`: the item as accepted, and who released it when.

    The person who approved stays in the hub; the platform is told the unit.
    """
    item = fact["content"]
    data = {name: item[name] for name in _ITEM if item.get(name) not in (None, "")}
    data |= {
        "id": content_id(fact),
        "version": fact["revision"],
        "url": item["link"],
        "publisher": {"unit": fact["unit"]},
        "approval": {"unit": fact["unit"], "at": fact["approvedAt"]},
    }
    return Message(
        type="content.published",
        kind="content",
        id=data["id"],
        version=data["version"],
        at=at,
        sample=sample,
        **_text_and_digest(data),
    )


def content_withdrawn(fact: Data, *, latest: int, at: datetime, sample: bool) -> Message:
    """From the data of `content.withdrawn`: a tombstone. latest: the version withdrawn when the fact names none."""
    claim = fact["data"]
    withdrawn = {"reason": claim["reason"], "withdrawnAt": fact["receivedAt"]}
    version = claim.get("revision") or latest
    return _tombstone("content", content_id(claim), version, withdrawn, at=at, sample=sample)


def content_redacted(fact: Data, *, subject: str, version: int, at: datetime, sample: bool) -> Message:
    """From the data of `text.redacted` about a published item: a tombstone that says no more than that."""
    withdrawn = {"reason": "Nội dung đã được xóa theo quyết định", "document": fact.get("document")}
    return _tombstone("content", subject, version, withdrawn, at=at, sample=sample)


def content_id(named: Data) -> str:
    """`<unit>/<item>`: item ids are the publishing unit's own, two units may use the same."""
    return f"{named['unit']}/{named['item']}"


_DOCUMENT_OF_1_1 = ("number", "date")
_OF_1_2 = frozenset({"regime", "official", "identifier"})
_ITEM = ("kind", "title", "summary", "language", "licence", "programmes", "publishedAt", "jointEvent")


def _tombstone(kind: str, identifier: str, version: int, fact: Data, *, at: datetime, sample: bool) -> Message:
    data: dict[str, Any] = {
        "id": identifier,
        "version": version,
        "withdrawnAt": fact.get("withdrawnAt") or wire(at),
        "reason": fact.get("reason") or "",
    }
    document = fact.get("document")
    if document and document.get("number"):
        data["document"] = {"number": document["number"], "date": document.get("date")}
    return Message(
        type=f"{kind}.withdrawn",
        kind=kind,
        id=identifier,
        version=version,
        at=at,
        sample=sample,
        **_text_and_digest(data),
    )


class _Text(TypedDict):
    text: str
    digest: str


def _text_and_digest(data: Data) -> _Text:
    text = canonical.write(data)
    return {"text": text.decode(), "digest": canonical.digest(text)}
