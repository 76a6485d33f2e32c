"""CloudEvents over HTTP: which content mode a request is in, and the attributes in its headers. Pure.

HTTP protocol binding 1.0.2. Header values are in printable ASCII: what else an attribute holds is percent-encoded.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from enum import Enum
from functools import lru_cache

from lienthong.contracts.collected import Collected, Enough
from lienthong.contracts.pointers import pointer_of, printable_name
from lienthong.errors import Problem, Rejected
from lienthong.refusals import phrase, problem, refused, status_of
from services.ingest.claims.attributes import MARKING, OPEN, classified, is_json

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")

Headers = Collection[tuple[bytes, bytes]]
"""As the server gives them: names in lower case, each line of its own."""


class Mode(Enum):
    """How a request carries its events."""

    STRUCTURED = "structured"
    BINARY = "binary"
    BATCH = "batch"
    LINES = "lines"


_BY_MEDIA = {STRUCTURED: Mode.STRUCTURED, BATCH: Mode.BATCH, **dict.fromkeys(NDJSON, Mode.LINES)}
_CLOUDEVENTS = "application/cloudevents"  # what begins so is no binary mode, even beside `ce-` headers (§3)
_PREFIX = b"ce-"
_MARKING = _PREFIX + MARKING.encode()
_CHARSETS = ("utf-8", "us-ascii")  # JSON is UTF-8 (RFC 8259 §8.1)
_CHARSET = re.compile(r";[ \t]*charset=\"?([^\s;\"]*)", re.IGNORECASE)
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})?")
_RESERVED = ("data", "data_base64")


def mode_of(headers: Headers) -> Mode:
    """The content mode. Raises Rejected (415) for a media type that is not taken."""
    media, binary = None, False
    for name, value in headers:
        if name == b"content-type":
            if media is not None:
                raise refused("header_repeated", "", name="Content-Type")
            media = value
        elif name.startswith(_PREFIX):
            binary = True
    return _mode((media or b"").decode("latin-1"), binary)


@lru_cache(maxsize=64)  # a few spellings, with each request
def _mode(given: str, binary: bool) -> Mode:
    media = media_of(given)
    mode = _BY_MEDIA.get(media)
    if mode is None and binary and is_of_binary(media, given):
        mode = Mode.BINARY
    if mode is None:
        raise refused(
            "content_type_not_supported", content_type=media, structured=STRUCTURED, batch=BATCH, ndjson=NDJSON[0]
        )
    must_be_utf8(given)
    return mode


def media_of(content_type: str) -> str:
    """The media type of a header without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def is_of_binary(media: str, content_type: str) -> bool:
    """Whether a body beside `ce-` headers is the data in binary mode (§3): JSON, or said to be nothing."""
    return not media.startswith(_CLOUDEVENTS) and (not media or says_json(content_type))


def says_json(media: str) -> bool:
    """Whether a header says that the content is JSON. Its parameters may be empty (RFC 9110 §5.6.6), those of an
    attribute may not (RFC 2045).
    """
    return is_json(";".join(part for part in media.split(";") if part.strip()))


def must_be_utf8(media: str) -> None:
    """Raises Rejected (415) for a media type that says its JSON is written otherwise."""
    charset = _CHARSET.search(media)
    if charset is not None and charset[1].lower() not in _CHARSETS:
        raise refused("charset_not_supported", given=charset[1])


def attributes_of(headers: Headers) -> dict[str, str]:
    """The attributes in `ce-` headers, decoded. Raises Rejected with every header that can't be."""
    collected, attributes = Collected(), dict[str, str]()
    try:
        for header, value in headers:
            if header.startswith(_PREFIX):
                attribute = header[len(_PREFIX) :].decode("latin-1")
                if attribute in attributes:
                    name = printable_name(f"ce-{attribute}")
                    collected.add(problem(pointer_of([attribute]), "header_repeated", name=name))
                collected.extend(name_problems(attribute))
                attributes[attribute] = _header_text(attribute, value, collected)
    except Enough:
        pass
    if collected.problems:
        raise _unread(headers, collected.problems)
    return attributes


def _unread(headers: Headers, problems: list[Problem]) -> Rejected:
    """For headers that can't be read. One of them may say all the same that the event is classified."""
    if any(name == _MARKING and value.strip(b' \t"') != OPEN.encode() for name, value in headers):
        return Rejected([classified()], status=status_of([classified()]))
    return Rejected(problems, status=400)


def name_problems(attribute: str) -> Iterator[Problem]:
    """What is wrong with the name of an attribute in a header."""
    if attribute == "datacontenttype":
        yield problem("/datacontenttype", "datacontenttype_in_header")
    if attribute in _RESERVED:
        yield problem(f"/{attribute}", "attribute_name_invalid", name=attribute)


def _header_text(attribute: str, value: bytes, collected: Collected) -> str:
    """Quotes are taken off, then one round of percent-decoding (§3.1.3.2)."""
    text, pointer = value.strip(b" \t"), pointer_of([attribute])
    name = printable_name(f"ce-{attribute}")
    if any(not 0x20 <= octet < 0x7F for octet in text):
        collected.add(problem(pointer, "header_not_ascii", name=name))
        return ""
    if text.startswith(b'"'):
        if not _QUOTED.fullmatch(text):
            collected.add(problem(pointer, "header_malformed", name=name))
            return ""
        text = re.sub(rb"\\(.)", rb"\1", text[1:-1])
    if b"%" not in text:
        return text.decode("ascii")
    if any(sign[1] is None for sign in _PERCENT.finditer(text)):
        collected.add(problem(pointer, "header_malformed", name=name))
        return ""
    octets = _PERCENT.sub(lambda sign: bytes([int(sign[1], 16)]), text)
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        what = phrase("of_header", name=name)
        collected.add(problem(pointer, "not_utf8", what=what, byte=error.start))
        return ""
