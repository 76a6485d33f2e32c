"""What the two drivers share of httpx: settings, and its answers and errors as the flows know them."""

from __future__ import annotations

import ssl
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx

from lienthong.client.exchange import Lost, Response

TIMEOUT = 60.0
"""Seconds of silence. A submission is answered in milliseconds, a chunk of many within a second or two."""
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


FAILURES = (httpx.TransportError, httpx.DecodingError)
"""What httpx raises where there is no whole answer."""


@cache
def trust() -> ssl.SSLContext:
    """The authorities that httpx trusts, read once: that takes as long as three submissions."""
    return httpx.create_ssl_context(trust_env=False)


def settings(address: str) -> dict[str, Any]:
    """Of a client of httpx for one hub. No proxy of the environment: a secret goes to nobody else."""
    return {"base_url": address, "timeout": TIMEOUT, "trust_env": False, "verify": trust()}


def response(answer: httpx.Response) -> Response:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Response(status=answer.status_code, headers=headers, content=answer.content)


def loss_of(error: httpx.RequestError) -> Lost:
    return Lost(reason=f"{type(error).__name__}: {error}", sent=not isinstance(error, _UNSENT))


def quoted(id_: str) -> str:
    """An id within an address."""
    return quote(id_, safe="")
