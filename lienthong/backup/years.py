"""A closed year of one province as a signed file: every event of a stretch of its partition, in order, so that
anybody can check it without the hub, decades later.

A gzip of lines of JSON:

    first   what it is: province, year, first and last position, the chain's value before, the rounds it closes
    …       an event each, its data as the very text that the log holds
    last    count, the chain's value at the end, sha256 over all lines before, the public key, the signature

Ed25519 signs `lienthong signed year v1\\n` and the 32 bytes of that sha256. The key is the hub's; whoever checks
compares its thumbprint with the one told by another way.

What is proved: the lines are those that were signed; positions have no hole; each link continues the chain over the
seal and what the hub noted (lienthong/proof/links.py); each seal is that of its event, or of its salted content hash
where a sender's claim stands in it. A redacted text keeps its seal and is counted.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import orjson
from cryptography.exceptions import InvalidSignature

from lienthong.access.keys import SigningKey, public_key, thumbprint
from lienthong.errors import Unprocessable
from lienthong.events import Event, Recorded
from lienthong.instants import read, wire
from lienthong.proof.links import continues
from lienthong.proof.seals import is_erased
from lienthong.proof.seals import seal as sealed
from lienthong.proof.walk import data_of
from lienthong.refusals import misconfigured, unprocessable

FORMAT = "lienthong-signed-year/2"
_READ = frozenset({"lienthong-signed-year/1", FORMAT})  # in the first, links covered the seal alone
_SIGNED = b"lienthong signed year v1\n"
_TOLD_EVERY = 1000

Progress = Callable[[int, int], None]
"""Called with (events done, events in all)."""


def no_progress(done: int, total: int) -> None:
    """The progress that nobody watches."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """What a file holds: the events first … last of a province's partition. chain: before the first, in hex."""

    province: str
    year: int
    first: int
    last: int
    chain: str
    epoch: int
    sample: bool
    made_at: str
    rounds: tuple[str, ...]

    @property
    def events(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Proved:
    """A file that is what was signed. kid: thumbprint (RFC 7638) of the key; chain: after the last, in hex.

    redacted: events whose text was removed by a later event; their seals can't be recomputed.
    """

    header: Header
    kid: str
    chain: str
    redacted: int


def write(
    path: Path, header: Header, events: Iterable[Recorded], key: SigningKey, progress: Progress = no_progress
) -> str:
    """Write a new file; returns the chain's value at its end, in hex.

    Raises Misconfigured when the file exists, Unprocessable when the events are not those of the header.
    """
    total, chain, position = hashlib.sha256(), header.chain, header.first - 1
    with _new_file(path) as out:

        def put(line: bytes) -> None:
            total.update(line + b"\n")
            out.write(line + b"\n")

        put(orjson.dumps({"format": FORMAT, **asdict(header)}))
        for event in events:
            if event.position != position + 1 or not continues(bytes.fromhex(chain), event, data_of(event)):
                raise _wrong_year(f"the log's chain is broken at position {position + 1}")
            position, chain = event.position, event.link.hex()
            put(_line(event))
            _tell(progress, position - header.first + 1, header.events)
        if position != header.last:
            raise _wrong_year(f"the log ends at position {position} instead of {header.last}")
        out.write(
            orjson.dumps(
                {
                    "events": header.events,
                    "chain": chain,
                    "sha256": total.hexdigest(),
                    "key": key.jwk,
                    "signature": base64.urlsafe_b64encode(key.private.sign(_SIGNED + total.digest())).decode(),
                }
            )
            + b"\n"
        )
    return chain


def verify(path: Path, *, kid: str | None = None, progress: Progress = no_progress) -> Proved:
    """Prove a file. kid: the thumbprint that its key must have; without it the caller has to compare.

    Raises Unprocessable naming the first thing that is not as it was signed, Misconfigured without a file.
    """
    try:
        with gzip.open(path, "rb") as lines:
            return _prove(lines, kid, progress)
    except FileNotFoundError as exc:
        raise misconfigured("file_not_there", path=str(path)) from exc
    except (OSError, EOFError, zlib.error) as exc:  # gzip.BadGzipFile is an OSError
        raise _wrong_year(f"it can't be read: {exc}") from exc
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise _wrong_year(f"a line is malformed ({exc})") from exc


def _prove(lines: Iterable[bytes], kid: str | None, progress: Progress) -> Proved:
    walk = iter(lines)
    first = next(walk, b"")
    header = _header(orjson.loads(first))
    total, chain, position, redacted, last = hashlib.sha256(first), header.chain, header.first - 1, 0, b""
    for line in walk:
        body = orjson.loads(line)
        if "signature" in body:
            last = line
            break
        total.update(line)
        position += 1
        chain, erased = _check_event(header.province, body, position, chain)
        redacted += erased
        _tell(progress, position - header.first + 1, header.events)
    if not last or next(walk, None) is not None:
        raise _wrong_year("it does not end with its signature")
    end = orjson.loads(last)
    signer = _signer(end, total, kid)
    if (position, chain, end["events"]) != (header.last, end["chain"], header.events):
        raise _wrong_year(f"it ends at position {position} instead of {header.last}")
    return Proved(header=header, kid=signer, chain=chain, redacted=redacted)


def _header(body: dict[str, Any]) -> Header:
    if body.pop("format") not in _READ:
        raise _wrong_year("it is of another format; use the version that wrote it")
    return Header(**{**body, "rounds": tuple(body["rounds"])})


def _check_event(province: str, body: Mapping[str, Any], position: int, chain: str) -> tuple[str, bool]:
    """The chain after this event, and whether its text was redacted."""
    if body["position"] != position:
        raise _wrong_year(f"position {position} is missing")
    recorded = _event_of_line(province, body)
    event, data, after = recorded.event, data_of(recorded), body["link"]
    if not continues(bytes.fromhex(chain), recorded, data):
        raise _wrong_year(f"the chain is broken at position {position}")
    if data is None:
        raise _wrong_year(f"the event at position {position} can't be read")
    if is_erased(data):
        return after, True
    if recorded.seal != sealed(event, data):
        raise _wrong_year(f"the event at position {position} is not the one that was sealed")
    return after, False


def _event_of_line(province: str, body: Mapping[str, Any]) -> Recorded:
    """The event of a line. partition: its number means nothing outside of the installation."""
    event = Event(
        type=body["type"],
        source=body["source"],
        id=body["id"],
        subject=body["subject"],
        data=body["data"],
        time=read(body["time"]),
        partition_key=province,
    )
    return Recorded(
        event=event,
        partition=0,
        position=body["position"],
        recorded_at=read(body["recordedAt"]),
        seal=bytes.fromhex(body["seal"]),
        link=bytes.fromhex(body["link"]),
    )


def _signer(end: Mapping[str, Any], total: Any, kid: str | None) -> str:
    key = public_key(end["key"])
    if kid is not None and thumbprint(key) != kid:
        raise _wrong_year(f"it was signed by key {thumbprint(key)}, not by {kid}")
    try:
        key.verify(base64.urlsafe_b64decode(end["signature"]), _SIGNED + total.digest())
    except InvalidSignature as exc:
        raise _wrong_year("the signature is not of these lines") from exc
    return thumbprint(key)


def _line(recorded: Recorded) -> bytes:
    event = recorded.event
    return orjson.dumps(
        {
            "position": recorded.position,
            "recordedAt": wire(recorded.recorded_at),
            "time": wire(event.time),
            "type": event.type,
            "source": event.source,
            "id": event.id,
            "subject": event.subject,
            "correlationId": event.correlation_id,
            "causationId": event.causation_id,
            "seal": recorded.seal.hex(),
            "link": recorded.link.hex(),
            "data": event.data,
        }
    )


def _tell(progress: Progress, done: int, total: int) -> None:
    if done % _TOLD_EVERY == 0 or done == total:
        progress(done, total)


def _wrong_year(why: str) -> Unprocessable:
    return unprocessable("signed_year_wrong", why=why)


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """A new file that takes its name when it is whole and on disk."""
    if path.exists():
        raise misconfigured("file_stands_already", path=str(path))
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as raw:
            with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as out:
                yield out  # type: ignore[misc]  # a GzipFile writes bytes as an IO[bytes] does
            raw.flush()
            os.fsync(raw.fileno())
        part.rename(path)
    except OSError as exc:
        raise misconfigured("file_not_writable", path=str(path), why=str(exc)) from exc
    finally:
        part.unlink(missing_ok=True)
