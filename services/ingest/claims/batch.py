"""A CloudEvents batch taken apart: each event is a text of its own, read like a line of NDJSON. Pure.

So a batch costs no more memory than its bytes, whatever stands in it, and one event that can't be read is one refusal.
"""

from __future__ import annotations

import re
from itertools import pairwise

import msgspec

from lienthong.contracts import strict
from lienthong.refusals import alike, refused

_BOM = b"\xef\xbb\xbf"
_SIGNS = re.compile(rb'"(?:[^"\\]++|\\.?)*+"?|[\[\]{},]', re.DOTALL)
_OPENS, _CLOSES, _COMMA = b"[{", b"]}", ord(",")
_SPARSE = 16  # bytes for each comma, from which on the quick way can't cost more than some times the body
_EXPLAINED = 256 * 1024  # bytes up to which a broken batch is read once more, to say where it breaks

_QUICK = msgspec.json.Decoder(list[msgspec.Raw])


def events_of(raw: bytes, limit: int) -> list[bytes]:
    """The text of each event. Raises Rejected: no JSON array, more than `limit` events."""
    text = raw.removeprefix(_BOM).strip()
    if text[:1] != b"[":
        _explain(text)
        raise refused("batch_not_a_list")
    if text.count(b",") * _SPARSE <= len(text):
        try:
            return _at_most([bytes(event) for event in _QUICK.decode(text)], limit)
        except (ValueError, RecursionError):  # one event that is not quite JSON must not be the fault of all
            pass
    return _events_by_signs(text, limit)


def _events_by_signs(text: bytes, limit: int) -> list[bytes]:
    """By its signs alone: where an event begins and ends, not whether it is right."""
    cuts, depth, end = [0], 0, None
    for sign in _SIGNS.finditer(text):
        octet, place = text[sign.start()], sign.start()
        if octet in _OPENS:
            depth += 1
        elif octet in _CLOSES:
            depth -= 1
            if depth == 0:
                end = place
                break
        elif octet == _COMMA and depth == 1:
            if len(cuts) == limit:
                raise refused("too_many_events", limit=limit)
            cuts.append(place)
    if end != len(text) - 1 or text[-1:] != b"]":
        _explain(text)
        raise refused("not_json", where=alike(""))
    events = [text[start + 1 : stop] for start, stop in pairwise([*cuts, end])]
    return [] if len(events) == 1 and not events[0].strip() else events


def _at_most(events: list[bytes], limit: int) -> list[bytes]:
    if len(events) > limit:
        raise refused("too_many_events", limit=limit)
    return events


def _explain(text: bytes) -> None:
    """Raises Rejected with the place where a text that can be read in a moment is no JSON."""
    if len(text) <= _EXPLAINED:
        strict.read(text, values=strict.MAX_VALUES)
