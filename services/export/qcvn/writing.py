"""Packets as JSON and as XML, under the names of the file. Pure.

What is not reported is `null` in JSON and `xsi:nil` in XML: an element that is left out was never asked for. Numbers
are plain decimals with all their digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from lienthong.contracts import canonical
from services.export.qcvn.names import FieldGroup, Names
from services.export.qcvn.packets import Bundle, Record, Value

_XSI = "http://www.w3.org/2001/XMLSchema-instance"


def json(bundle: Bundle, names: Names) -> bytes:
    """One object: the header, then each packet as a list of records."""
    header = _with_names(bundle.header, names.header)
    header[names.header.fields["recipients"]] = [
        _with_names(recipient, names.recipient) for recipient in bundle.recipients
    ]
    body: dict[str, Any] = {names.header.name: header}
    for code, records in bundle.packets.items():
        named = names.packets[code]
        body[named.name] = [_with_names(record, named) for record in records]
    return canonical.write({names.root: body})


def xml(bundle: Bundle, names: Names) -> bytes:
    """The same as elements: a packet holds one element for each record."""
    root = ElementTree.Element(names.root, {} if names.namespace is None else {"xmlns": names.namespace})
    root.set("xmlns:xsi", _XSI)
    header = _element(root, names.header.name, bundle.header, names.header)
    recipients = ElementTree.SubElement(header, names.header.fields["recipients"])
    for recipient in bundle.recipients:
        _element(recipients, names.recipient.record, recipient, names.recipient)
    for code, records in bundle.packets.items():
        named = names.packets[code]
        packet = ElementTree.SubElement(root, named.name)
        for recipient in records:
            _element(packet, named.record, recipient, named)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _with_names(record: Record, named: FieldGroup) -> dict[str, Any]:
    return {named.fields[word]: value for word, value in record.items()}


def _element(parent: ElementTree.Element, name: str, record: Record, named: FieldGroup) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name)
    for tag, value in _parts(record, named.fields):
        part = ElementTree.SubElement(element, tag)
        if value is None:
            part.set("xsi:nil", "true")
        else:
            part.text = _text(value)
    return element


def _parts(record: Record, fields: Mapping[str, str]) -> Iterable[tuple[str, Value]]:
    """A list is its element once for each."""
    for word, value in record.items():
        if isinstance(value, list):
            yield from ((fields[word], part) for part in value)
        else:
            yield fields[word], value


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return canonical.plain(value) if isinstance(value, Decimal) else str(value)
