"""What the platform does with one verified message: store it, answer as before, or refuse it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lienthong.contracts import canonical
from lienthong.errors import Problem, Rejected
from lienthong.refusals import problem, refused

ProvinceOf = Callable[[str], str | None]
"""The province of a unit's code; None for one that nobody here knows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownSender:
    """A sender: its name here, the secret shared with it, and the province that it speaks for."""

    id: str
    secret: str
    province: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredMessage:
    """One message as it stands in the store. title: for people. body: the bytes as they came."""

    webhook_id: str
    sender: str
    type: str
    kind: str
    id: str
    version: int
    digest: str
    title: str
    sample: bool
    body: bytes

    @property
    def withdraws(self) -> bool:
        return self.type.endswith(".withdrawn")

    @property
    def rank(self) -> tuple[int, bool]:
        """What replaces what: a higher version, or the withdrawal of the same one, however they arrive."""
        return (self.version, self.withdraws)


def read(
    document: dict[str, Any], *, webhook_id: str, sender: KnownSender, body: bytes, province_of: ProvinceOf
) -> StoredMessage:
    """A message that is valid under its schema, with what a schema can't say checked.

    Raises Rejected with every problem: another sender than the one that signed, something of another province than
    the sender's, a digest that is not that of the data, data that is about something else than the subject.
    """
    problems = [
        *_sender_problems(document, sender),
        *_province_problems(document, sender, province_of),
        *_digest_problems(document),
        *_subject_problems(document),
    ]
    if problems:
        raise Rejected(problems)
    subject = document["subject"]
    return StoredMessage(
        webhook_id=webhook_id,
        sender=sender.id,
        type=document["type"],
        kind=subject["kind"],
        id=subject["id"],
        version=subject["version"],
        digest=document["digest"],
        title=_title(document),
        sample=document["sample"],
        body=body,
    )


def judge(
    message: StoredMessage,
    *,
    seen: StoredMessage | None,
    same_version: StoredMessage | None,
    current: StoredMessage | None,
) -> str:
    """`repeated`, `stored` or `superseded`. Raises Rejected (409) on a contradiction.

    seen: what came under this webhook-id. same_version: what is held of that type, id and version.
    current: what is in force for the subject.
    """
    if seen is not None and seen.body != message.body:
        raise refused("webhook_id_reused")
    if same_version is not None and same_version.digest != message.digest:
        raise refused("version_conflict")
    if seen is not None or same_version is not None:
        return "repeated"
    return "superseded" if current is not None and current.rank >= message.rank else "stored"


def _title(document: dict[str, Any]) -> str:
    data = document["data"]
    if document["type"] == "release.published":
        return f"{data['plan']['title']['vi']} – kỳ {data['period']['code']}"
    return str(data["title"] if document["type"] == "content.published" else data["id"])


def _sender_problems(document: dict[str, Any], sender: KnownSender) -> list[Problem]:
    if document["sender"]["id"] == sender.id:
        return []
    return [problem("/sender/id", "sender_mismatch")]


def _province_problems(document: dict[str, Any], sender: KnownSender, province_of: ProvinceOf) -> list[Problem]:
    """A sender speaks for its province and the units of it alone, whatever it signs."""
    named: dict[str, str | None] = {"/sender/province": document["sender"]["province"]}
    data = document["data"]
    if document["type"] == "release.published":
        named["/data/province"] = data["province"]
        named["/data/issuer/code"] = province_of(data["issuer"]["code"])
    elif document["type"] == "content.published":
        named["/data/publisher/unit"] = province_of(data["publisher"]["unit"])
        named["/data/approval/unit"] = province_of(data["approval"]["unit"])
    return [
        problem(pointer, "province_mismatch", province=province, own=sender.province)
        for pointer, province in named.items()
        if province not in (None, sender.province)
    ]


def _digest_problems(document: dict[str, Any]) -> list[Problem]:
    text = canonical.digest_of(document["data"])
    if text == document["digest"]:
        return []
    return [problem("/digest", "digest_mismatch", found=text)]


def _subject_problems(document: dict[str, Any]) -> list[Problem]:
    subject, data = document["subject"], document["data"]
    name = "round" if document["type"] == "release.published" else "id"
    wrong = [key for key, member in (("id", name), ("version", "version")) if data.get(member) != subject[key]]
    return [problem(f"/subject/{key}", "subject_mismatch") for key in wrong]
