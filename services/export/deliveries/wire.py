"""One attempt: resolve and check the address, sign, send by httpx, and say what came back.

The connection goes to the very address that was checked (a name that resolves differently a moment later,
DNS rebinding, gains nothing); the certificate is still checked against the name. No redirect is followed, no
proxy of the environment is used.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import urlsplit

import httpx

from lienthong.pushes import signing
from services.export.deliveries.addresses import address_allowed
from services.export.deliveries.destinations import Destination
from services.export.deliveries.retry import Outcome

MOST_OF_AN_ANSWER = 64 * 1024  # bytes of an answer that are read; the contract's answers have a few hundred
MOST_OF_A_LIST = 4 * 1024 * 1024  # a page of 1,000 items with long ids
_NAMED = 300  # characters of a receiver's reason that are kept

Resolve = Callable[[str, int], list[str]]


class _Refused(Exception):
    """The address may not be sent to."""


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, in the system's order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Wire:
    """Sends to destinations. Not shared between threads."""

    def __init__(self, *, context: ssl.SSLContext | None = None, resolve: Resolve = resolve) -> None:
        """context: certificates to trust, by default the system's."""
        self._resolve = resolve
        self._client = httpx.Client(
            verify=context or ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
            # Not compressed: a few bytes that unpack to gigabytes would be read before they are counted.
            headers={"user-agent": "lien-thong/1.0", "accept-encoding": "identity"},
            # A kept connection could outlive the check of its address.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def close(self) -> None:
        self._client.close()

    def post(self, destination: Destination, *, message: str, body: bytes, digest: str, at: datetime) -> Outcome:
        """Send one message. at: real time, for the signature. Never raises for what a receiver can do."""
        signed = signing.headers(
            secret=destination.secret, sender=destination.sender, message=message, at=at, payload=body
        )
        headers = {"content-type": "application/json"} | signed
        try:
            with self._stream(destination, "POST", "/v1/messages", headers, body) as response:
                text = _read(response, MOST_OF_AN_ANSWER, destination.timeout_seconds)
                return _outcome(response, text, digest)
        except _Refused as error:
            return Outcome(status=None, code="address_refused", detail=str(error), permanent=True)
        except httpx.TimeoutException:
            return Outcome(status=None, code="timeout", detail=f"no answer within {destination.timeout_seconds:g} s")
        except (httpx.TransportError, OSError) as error:
            return Outcome(status=None, code=_code_of(error), detail=_short(str(error)))

    def ask(self, destination: Destination, target: str, *, at: datetime) -> tuple[int, bytes]:
        """(status, body) of a signed question. Raises httpx.TransportError, OSError or PermissionError."""
        signed = signing.headers(
            secret=destination.secret,
            sender=destination.sender,
            message="question",
            at=at,
            payload=signing.question("GET", _path(destination) + target),
        )
        try:
            with self._stream(destination, "GET", target, signed, None) as response:
                return response.status_code, _read(response, MOST_OF_A_LIST, destination.timeout_seconds)
        except _Refused as error:
            raise PermissionError(str(error)) from error

    @contextmanager
    def _stream(
        self, destination: Destination, method: str, target: str, headers: dict[str, str], body: bytes | None
    ) -> Iterator[httpx.Response]:
        parts = urlsplit(destination.url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        addresses = self._checked(host, port, destination.reach)
        sent = headers | {"host": parts.netloc}
        for place, address in enumerate(addresses):
            shown = f"[{address}]" if ":" in address else address
            url = f"{parts.scheme}://{shown}:{port}{_path(destination)}{target}"
            request = self._client.build_request(
                method,
                url,
                headers=sent,
                content=body,
                timeout=destination.timeout_seconds,
                extensions={"sni_hostname": host},
            )
            try:
                response = self._client.send(request, stream=True)
            except httpx.ConnectError:
                if place + 1 == len(addresses):
                    raise
                continue
            try:
                yield response
            finally:
                response.close()
            return

    def _checked(self, host: str, port: int, reach: str) -> list[str]:
        addresses = self._resolve(host, port)
        refused = [address for address in addresses if not address_allowed(address, reach)]
        if refused:
            raise _Refused(f"{host} is at {refused[0]}, which the reach {reach!r} does not allow")
        return addresses


def _path(destination: Destination) -> str:
    return urlsplit(destination.url).path.rstrip("/")


def _read(response: httpx.Response, most: int, seconds: float) -> bytes:
    """The body up to `most` bytes. A receiver that drips byte by byte is cut off after `seconds`."""
    end, parts, size = time.monotonic() + seconds, [], 0
    for chunk in response.iter_raw():
        parts.append(chunk)
        size += len(chunk)
        if size >= most:
            break
        if time.monotonic() > end:
            raise httpx.ReadTimeout("the answer came too slowly")
    return b"".join(parts)[:most]


def _outcome(response: httpx.Response, text: bytes, digest: str) -> Outcome:
    status = response.status_code
    answer = _object(text)
    if 200 <= status < 300 and answer.get("digest") != digest:
        # A portal or proxy that answers 200 to everything has stored nothing.
        return Outcome(status=status, code="answer_not_of_contract", detail="2xx without our digest", confirmed=False)
    detail = _reason(answer) if status >= 400 else ""
    return Outcome(status=status, code=f"http_{status}", detail=detail, retry_after=_seconds(response))


def _reason(answer: dict[str, object]) -> str:
    """What a problem document says, with the first places it names."""
    errors = answer.get("errors")
    places = [
        f"{error.get('pointer')} {error.get('code')}"
        for error in (errors if isinstance(errors, list) else [])[:5]
        if isinstance(error, dict)
    ]
    said = [str(answer[name]) for name in ("code", "detail") if answer.get(name)]
    return _short(": ".join([*said, "; ".join(places)] if places else said))


def _object(text: bytes) -> dict[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(response: httpx.Response) -> int | None:
    given = response.headers.get("retry-after", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def _code_of(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "name_not_resolved"
    if isinstance(error, httpx.ConnectError):
        return "certificate_refused" if "CERTIFICATE" in str(error) else "connection_failed"
    return "connection_broken"


def _short(text: str) -> str:
    clean = "".join(char if char.isprintable() else " " for char in text).replace("\x00", "")
    return clean[:_NAMED]
