"""A CloudEvents batch taken apart: each event is a text of its own, read like a line of NDJSON. Pure.

So a batch costs no more memory than its bytes, whatever stands in it, and one event that can't be read is one refusal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from lienthong.contracts import strict
from lienthong.refusals import alike, refused

_BOM = b"\xef\xbb\xbf"
_TEXT = rb'"(?:[^"\\]++|\\.?)*+"?'
_SIGNS = re.compile(_TEXT + rb"|[\[\]{},]", re.DOTALL)
_BRACKETS = re.compile(rb'(?:[^"\[\]{}]++|' + _TEXT + rb")*+([\[\]{}]|\Z)", re.DOTALL)
"""Each with all before it at once: within an event no comma and no text is looked at by itself. At the end of the text
one more: what would not match there would be looked for behind the beginning of a text that does not end.
"""
_OPENS, _CLOSES, _COMMA = b"[{", b"]}", ord(",")
_OPENERS, _CLOSERS = (b"{", b"["), (b"}", b"]")
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
    cuts, end = [0], None
    for place, depth in _marks(text):
        if depth == 0:
            end = place
        elif len(cuts) == limit:
            raise refused("too_many_events", limit=limit)
        else:
            cuts.append(place)
    if end != len(text) - 1 or text[-1:] != b"]":
        _explain(text)
        raise refused("not_json", where=alike(""))
    events = [text[start + 1 : stop] for start, stop in pairwise([*cuts, end])]
    return [] if len(events) == 1 and not events[0].strip() else events


def _marks(text: bytes) -> Iterator[tuple[int, int]]:
    """The commas between events, with depth 1, and the end of the list, with depth 0: the places."""
    depth, at = 0, 0
    while True:
        for sign in _SIGNS.finditer(text, at):
            octet = text[sign.start()]
            if octet in _OPENS:
                depth += 1
                if depth > 1 and text[sign.end() : sign.end() + 1] not in _CLOSERS:
                    break  # an event with something in it begins
            elif octet in _CLOSES:
                depth -= 1
                if depth == 0:
                    yield sign.start(), depth
                    return
            elif octet == _COMMA:
                yield sign.start(), depth
        else:
            return
        at, depth = _end_of_event(text, sign.end()), depth - 1


def _end_of_event(text: bytes, at: int) -> int:
    """Behind the event that begins here; the text's end where it does not end."""
    depth = 1
    for sign in _BRACKETS.finditer(text, at):
        if sign[1] in _OPENERS:
            depth += 1
        elif depth > 1:
            depth -= 1
        else:
            return sign.end()
    return len(text)


def _at_most(events: list[bytes], limit: int) -> list[bytes]:
    if len(events) > limit:
        raise refused("too_many_events", limit=limit)
    return events


def _explain(text: bytes) -> None:
    """Raises Rejected with the place where a text that can be read in a moment is no JSON."""
    if len(text) <= _EXPLAINED:
        strict.read(text, values=strict.MAX_VALUES)
