"""The client side of the hub, as an integrated system of a commune or department would write it.

Plain HTTP calls and nothing of the hub's own code, so that it can be read as an example: get a token, ask what
is owed, send, keep the receipt, send again with the same id when no answer came.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

REPORT = "vn.lienthong.report.submitted.v1"
WITHDRAWAL = "vn.lienthong.report.withdrawal.v1"
DIFFICULTY = "vn.lienthong.difficulty.raised.v1"
CONTENT = "vn.lienthong.content.submitted.v1"
CONTENT_WITHDRAWAL = "vn.lienthong.content.withdrawal.v1"

TRIES = 6  # 0.2 s doubled five times: a hub that restarts is back within 6 s
EARLY = 30.0  # seconds before its end at which a token is renewed

Event = dict[str, Any]


class NotAnswered(Exception):
    """The hub gave an answer that no sender expects, or none: the request, status and the first words of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the hub said to one event. verdict: accepted, repeated, refused or would_accept.

    codes: stable codes of a refusal, in order. receipt: {} for a refusal.
    """

    verdict: str
    status: int
    receipt: Mapping[str, Any] = field(default_factory=dict)
    codes: tuple[str, ...] = ()


@dataclass(slots=True)
class Account:
    """One registered client of the hub. Safe to use from several threads."""

    http: httpx.Client
    client_id: str
    secret: str
    source: str
    _token: str = ""
    _renew_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def event(self, type_: str, id_: str, data: Mapping[str, Any]) -> Event:
        """A CloudEvent of this client."""
        return {
            "specversion": "1.0",
            "type": type_,
            "source": self.source,
            "id": id_,
            "datacontenttype": "application/json",
            "data": dict(data),
        }

    def obligations(self, round_: str | None = None) -> list[dict[str, Any]]:
        """What this client's units owe, in open rounds (or one of them)."""
        asked = {} if round_ is None else {"round": round_}
        found: list[dict[str, Any]] = self.get("/v1/obligations", asked)["obligations"]
        return found

    def send(self, event: Event, *, binary: bool = False, dry_run: bool = False) -> Answer:
        """One event, in structured or binary mode."""
        kind, body, headers = _binary(event) if binary else ("application/cloudevents+json", _json(event), {})
        response = self._request(
            "POST",
            "/v1/events",
            content=body,
            headers={"content-type": kind, **headers},
            params={"dryRun": "true"} if dry_run else None,
        )
        if response.status_code < 300:
            found = response.json()
            return Answer(verdict=found["status"], status=response.status_code, receipt=found)
        return Answer(verdict="refused", status=response.status_code, codes=_codes(response.json()))

    def send_batch(self, events: Sequence[Event]) -> list[Answer]:
        """Several events in one request; an answer for each."""
        response = self._request(
            "POST", "/v1/events", content=_json(events), headers={"content-type": "application/cloudevents-batch+json"}
        )
        return [_line(line, response.status_code) for line in self._checked(response).json()["results"]]

    def send_bulk(self, events: Sequence[Event]) -> list[Answer]:
        """Many events as bulk NDJSON: a line for each goes out, a line for each comes back, then a summary."""
        body = b"".join(_json(event) + b"\n" for event in events)
        response = self._request("POST", "/v1/events", content=body, headers={"content-type": "application/x-ndjson"})
        lines = [json.loads(line) for line in self._checked(response).iter_lines()]
        return [_line(line, response.status_code) for line in lines[:-1]]

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The JSON of a GET. Raises NotAnswered unless it is 2xx."""
        return self._checked(self._request("GET", path, params=params)).json()

    def download(self, path: str, params: Mapping[str, Any] | None = None, accept: str | None = None) -> httpx.Response:
        """A GET as it came. Raises NotAnswered unless it is 2xx."""
        headers = {"accept": accept} if accept else {}
        return self._checked(self._request("GET", path, params=params, headers=headers))

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON that answers a POST of JSON. Raises NotAnswered unless it is 2xx."""
        return self._checked(self._request("POST", path, json=body)).json()

    def _request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> httpx.Response:
        """With a token; once more with a new one after 401; again and again while the hub is away."""
        renewed = False
        for attempt in range(TRIES):
            try:
                sent = {**(headers or {}), "authorization": f"Bearer {self._current()}"}
                # Empty parameters would take the query off a link that the hub gave.
                response = self.http.request(method, path, headers=sent, params=params or None, **more)
            except httpx.TransportError as error:
                problem: str = f"{type(error).__name__}: {error}"
            else:
                if response.status_code == 401 and not renewed:
                    renewed, self._renew_at = True, 0.0
                    continue
                if response.status_code not in (429, 503):
                    return response
                problem = f"{response.status_code} {response.text[:200]}"
            time.sleep(0.2 * 2**attempt)
        raise NotAnswered(f"{method} {path}: {problem}")

    def _current(self) -> str:
        """A token that lives long enough for a request (OAuth 2.0 client credentials)."""
        with self._lock:
            if time.monotonic() >= self._renew_at:
                proof = httpx.BasicAuth(quote(self.client_id, safe=""), quote(self.secret, safe=""))  # RFC 6749 §2.3.1
                response = self.http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=proof)
                found = self._checked(response).json()
                self._token = found["access_token"]
                self._renew_at = time.monotonic() + found["expires_in"] - EARLY
            return self._token

    def _checked(self, response: httpx.Response) -> httpx.Response:
        if response.status_code >= 300:
            asked = f"{response.request.method} {response.request.url.path}"
            raise NotAnswered(f"{self.client_id}: {asked}: {response.status_code} {response.text[:600]}")
        return response


def connect(address: str, *, connections: int) -> httpx.Client:
    """One pool of connections to the hub for many accounts; no proxy of the environment is used."""
    return httpx.Client(
        base_url=address,
        timeout=30,
        trust_env=False,
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
    )


def _json(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _binary(event: Event) -> tuple[str, bytes, dict[str, str]]:
    """CloudEvents binary mode: the attributes become headers, the data the body."""
    headers = {
        f"ce-{name}": quote(str(value), safe=" !#$&'()*+,/:;=?@[]-._~")
        for name, value in event.items()
        if name not in ("data", "datacontenttype")
    }
    return "application/json", _json(event["data"]), headers


def _line(line: Mapping[str, Any], status: int) -> Answer:
    return Answer(
        verdict=line["status"],
        status=status,
        receipt=line.get("receipt", {}),
        codes=tuple(error["code"] for error in line.get("errors", ())),
    )


def _codes(problem: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(error["code"] for error in problem.get("errors", ())) or (str(problem.get("code")),)
