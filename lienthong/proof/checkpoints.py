"""Where the log stood, kept outside the database: who rewrites the events, their seals and the chain alike leaves
nothing in the database that contradicts, but the links of before differ from those that were noted.

A file of lines of JSON, one for each time:

    {"format": …, "at": …, "heads": {"20": {"position": 41, "link": "…"}},
     "audit": {"20": {"position": 7, "link": "…"}}, "before": …, "key": {…}, "signature": "…"}

`before` is the sha256 of all lines above, so that none can be taken out. Ed25519 signs `lienthong checkpoint v1\\n`
and the line without its signature, keys sorted. The key is the hub's; who reads compares its thumbprint with the one
told by another way, because whoever holds the database can sign.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature

from lienthong.access.keys import SigningKey, public_key, thumbprint
from lienthong.errors import Problem, Unprocessable
from lienthong.events import Recorded
from lienthong.instants import wire
from lienthong.proof.witness import finding
from lienthong.refusals import misconfigured, unprocessable

FORMAT = "lienthong-checkpoint/1"
_SIGNED = b"lienthong checkpoint v1\n"

Ends = Mapping[str, tuple[int, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Heads:
    """By partition where it ends: the last position and its link in hex. audit: the same of the audit log's entries."""

    log: Ends
    audit: Ends


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """Where everything ended. at: when; kid: thumbprint of the key that signed."""

    at: str
    heads: Heads
    kid: str


def read(path: Path, *, kids: Iterable[str] = ()) -> list[Checkpoint]:
    """All of a file, oldest first; none where there is no file yet. kids: the thumbprints that may have signed; without
    them the caller has to compare. Raises Unprocessable naming the first line that is not as it was signed.
    """
    allowed, total = frozenset(kids), hashlib.sha256()
    checkpoints = []
    for number, line in enumerate(_lines(path), 1):
        try:
            checkpoints.append(_checkpoint_of(orjson.loads(line), total.hexdigest(), allowed))
        except (AttributeError, KeyError, TypeError, ValueError, InvalidSignature) as exc:
            raise _wrong_file(path, number) from exc
        total.update(line + b"\n")
    return checkpoints


def add(path: Path, heads: Heads, key: SigningKey, at: datetime) -> None:
    """Put one more line into a file, on disk before this returns. Raises Misconfigured where it can't be written."""
    before = hashlib.sha256(b"".join(line + b"\n" for line in _lines(path))).hexdigest()
    body = {
        "format": FORMAT,
        "at": wire(at),
        "heads": _as_json(heads.log),
        "audit": _as_json(heads.audit),
        "before": before,
        "key": key.jwk,
    }
    signature = base64.urlsafe_b64encode(key.private.sign(_text_to_sign(body))).decode()
    try:
        with path.open("ab") as out:
            out.write(orjson.dumps({**body, "signature": signature}) + b"\n")
            out.flush()
            os.fsync(out.fileno())
    except OSError as exc:
        raise misconfigured("checkpoint_not_written", path=str(path), why=exc.strerror or "") from exc


class Marked:
    """The witness of one partition's checkpoints."""

    def __init__(self, key: str, checkpoints: Iterable[Checkpoint]) -> None:
        self._key = key
        self._links: dict[int, list[tuple[str, str]]] = {}  # by position: (link, when it was noted)
        for checkpoint in checkpoints:
            if key in checkpoint.heads.log:
                position, link = checkpoint.heads.log[key]
                self._links.setdefault(position, []).append((link, checkpoint.at))

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        for link, at in self._links.pop(recorded.position, ()):
            if recorded.link.hex() != link:
                yield finding(self._key, recorded.position, "checkpoint_differs", field="link", at=at)

    def end(self) -> Iterator[Problem]:
        for position, noted in sorted(self._links.items()):
            yield finding(self._key, position, "checkpoint_not_reached", at=noted[0][1])


def partitions_named(checkpoints: Iterable[Checkpoint]) -> frozenset[str]:
    """Every partition that some checkpoint names."""
    return frozenset(key for checkpoint in checkpoints for key in checkpoint.heads.log)


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as exc:
        raise misconfigured("checkpoint_not_written", path=str(path), why=exc.strerror or "") from exc


def _checkpoint_of(body: dict[str, Any], before: str, allowed: frozenset[str]) -> Checkpoint:
    signature = base64.urlsafe_b64decode(body.pop("signature"))
    key = public_key(body["key"])
    kid = thumbprint(key)
    if body["format"] != FORMAT or body["before"] != before or (allowed and kid not in allowed):
        raise ValueError
    key.verify(signature, _text_to_sign(body))
    heads = Heads(log=_from_json(body["heads"]), audit=_from_json(body["audit"]))
    return Checkpoint(at=str(body["at"]), heads=heads, kid=kid)


def _as_json(ends: Ends) -> dict[str, Any]:
    return {key: {"position": position, "link": link} for key, (position, link) in ends.items()}


def _from_json(ends: Mapping[str, Any]) -> Ends:
    return {str(key): (int(end["position"]), str(end["link"])) for key, end in ends.items()}


def _text_to_sign(body: Mapping[str, Any]) -> bytes:
    return _SIGNED + orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def _wrong_file(path: Path, line: int) -> Unprocessable:
    return unprocessable("checkpoint_file_wrong", path=str(path), line=line)
