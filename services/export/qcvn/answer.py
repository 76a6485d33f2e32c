"""What a receiver says of a message in its answer: a packet of states, in JSON or XML. Pure.

A receiver that answers 2xx and says in the packet that it refused has not taken the message. Whatever else it answers,
nothing at all too, stands for what its status says: the standard asks for no more that is known to us.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from services.export.qcvn.names import Names

MOST_RECORDS = 10_000  # of an answer: 64 kB of them are read


@dataclass(frozen=True, kw_only=True, slots=True)
class PacketAnswer:
    """The state by the receiver's own word, and why, where it says so."""

    accepted: bool
    state: str
    reason: str = ""


def read_answer(body: bytes, names: Names) -> PacketAnswer | None:
    """What the answer says: refused when any of its states does, else accepted when one does; None: it says none."""
    pairs = [pair for pair in _states(body, names) if pair[0] in names.refused | names.accepted]
    refused = next((pair for pair in pairs if pair[0] in names.refused), None)
    if refused is not None:
        return PacketAnswer(accepted=False, state=refused[0], reason=refused[1])
    return PacketAnswer(accepted=True, state=pairs[0][0]) if pairs else None


def _states(body: bytes, names: Names) -> Iterator[tuple[str, str]]:
    """(state, reason) of each record."""
    fields = names.packets["states"].fields
    for record in _from_xml(body) if body.lstrip()[:1] == b"<" else _from_json(body, names):
        state, reason = record.get(fields["state"]), record.get(fields["reason"])
        if isinstance(state, str):
            yield state.strip(), reason.strip() if isinstance(reason, str) else ""


def _from_json(body: bytes, names: Names) -> list[dict[str, object]]:
    """The records under the packet's name, at whatever depth the root is."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if isinstance(document, dict) and isinstance(inside := document.get(names.root), dict):
        document = inside
    packet = document.get(names.packets["states"].name) if isinstance(document, dict) else None
    records = packet if isinstance(packet, list) else [packet]
    return [record for record in records if isinstance(record, dict)][:MOST_RECORDS]


def _from_xml(body: bytes) -> list[dict[str, object]]:
    """Every element with children, as a record of their texts: names alone decide which of them is a state."""
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError):
        return []
    inner = [element for element in root.iter() if len(element)][:MOST_RECORDS]
    return [{_local(child.tag): child.text for child in element} for element in inner]


def _local(tag: str) -> str:
    """The name without its namespace."""
    return tag.rpartition("}")[2]
