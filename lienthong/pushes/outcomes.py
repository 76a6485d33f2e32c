"""What became of an exchange with a stranger's server, in words: the codes that deliveries, taking and portals keep.

`http_404` and the like stand in no list: the status is in the code. `exhausted_` before a code means that it was tried
to the end. The words are the catalogue's (schemas/problems/exchanges.yaml).
"""

from __future__ import annotations

import re

from lienthong.errors import Message
from lienthong.refusals import alike, catalogue, phrase, problem, say

_STATUS = re.compile(r"http_(\d{3})")
_EXHAUSTED = "exhausted_"
_VALUE = re.compile(r"\{[^}]*\}")


def meaning_of(code: str) -> Message:
    """What a code says; what it was about is not known here, so that values are left open. A code that no catalogue
    has (of a newer hub) is shown as it is.
    """
    if code.startswith(_EXHAUSTED):
        return say(phrase("tried_to_the_end"), {"why": meaning_of(code.removeprefix(_EXHAUSTED))})
    if status := _STATUS.fullmatch(code):
        return problem("", "http_status", status=status[1]).message
    entry = catalogue().get(code)
    if entry is None:
        return alike(code)
    return Message(vi=_left_open(entry.words.vi), en=_left_open(entry.words.en))


def _left_open(words: str) -> str:
    return _VALUE.sub("…", words)
