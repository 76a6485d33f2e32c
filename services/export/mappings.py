"""The table of mappings: how a message is written for a destination. A new one is a row here and a module.

`platform` is the contract with the communication platform (mapping.py, docs/platform-contract.md); `qcvn125-json` and
`qcvn125-xml` are the packets of reporting systems (qcvn/, docs/reporting-packets.md), whose names are provisional.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.export.mapping import Message, Sender
from services.export.qcvn import answer, packets, writing
from services.export.qcvn.names import Names, names


@dataclass(frozen=True, kw_only=True, slots=True)
class Objection:
    """What a receiver that answered 2xx says against a message all the same."""

    code: str
    detail: str


def _no_objection(body: bytes) -> Objection | None:
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """What is sent. target: behind the destination's address. digest: which the answer has to name; None: any 2xx.

    objection_in: what a 2xx answer's body says against it.
    """

    target: str
    media_type: str
    body: bytes
    digest: str | None
    objection_in: Callable[[bytes], Objection | None] = _no_objection


Writer = Callable[[Message, Sender], Parcel]


def _platform(message: Message, sender: Sender) -> Parcel:
    return Parcel(
        target="/v1/messages", media_type="application/json", body=message.body(sender), digest=message.digest
    )


def _packets(media: str, write: Callable[[packets.Bundle, Names], bytes]) -> Writer:
    def write_packet(message: Message, sender: Sender) -> Parcel:
        names_ = names()
        body = write(packets.bundle(message, sender, names_), names_)
        return Parcel(
            target=names_.target, media_type=names_.media[media], body=body, digest=None, objection_in=_packet_objection
        )

    return write_packet


def _packet_objection(body: bytes) -> Objection | None:
    receipt = answer.read_answer(body, names())
    if receipt is None or receipt.accepted:
        return None
    return Objection(code="packet_refused", detail=receipt.reason or receipt.state)


MAPPINGS: Mapping[str, Writer] = {
    "platform": _platform,
    "qcvn125-json": _packets("json", writing.json),
    "qcvn125-xml": _packets("xml", writing.xml),
}

PLATFORM_ONLY = frozenset({"platform"})
"""Those that have a form for content items too, and that can be reconciled."""
