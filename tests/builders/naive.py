"""A connected system as it is written in an afternoon: it works on a good day, and does everything wrong on others."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from services.conformance.tasks import Said, Wrong
from tests.builders.unencrypted import UNENCRYPTED

HASTE = 0.3  # seconds for which it waits for an answer, where a test asks what comes of it
TRIES = 4


@dataclass
class Naive:
    """A new id and the next revision for each try, no pause, a token for each request and no other after a 401, numbers
    as floats, the first error alone, what was refused once more, the first page of a list."""

    haste: float = 60.0
    revisions: dict[tuple[str, str], int] = field(default_factory=dict)

    def do(self, task: Mapping[str, Any]) -> Said:
        hub, asked = task["hub"], task["reports"]
        with httpx.Client(base_url=hub["address"], timeout=self.haste, verify=UNENCRYPTED, trust_env=False) as http:
            match task["do"]:
                case "obligations":
                    return Said(outcome="unsupported")
                case "receipts":
                    found = http.get("/v1/receipts", headers=_token(http, hub)).json()["receipts"]
                    return Said(outcome="told", receipts=tuple(each["receipt"] for each in found))
            try:
                said = [self._send(http, hub, each) for each in asked]
            except (KeyError, ValueError) as error:  # half an answer, a token that is none
                return Said(outcome="failed", why=repr(error))
        worst = next((each for each in said if each.outcome != "accepted"), said[0])
        receipts = tuple(number for each in said for number in each.receipts)
        return worst.model_copy(update={"receipts": receipts})

    def _send(self, http: httpx.Client, hub: Mapping[str, str], asked: Mapping[str, Any]) -> Said:
        refusals = 0
        for number in range(TRIES):
            answer = self._try(http, hub, asked, asked.get("id") if number == 0 else None)
            if answer is None or answer.status_code in (429, 500, 502, 503):
                continue
            if answer.status_code in (200, 201):
                return Said(outcome="accepted", receipts=(answer.json()["receipt"],))
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                return Said(outcome="failed")
            refusals += 1
            if refusals > 1:
                [first, *_] = answer.json().get("errors") or [answer.json()]
                return Said(outcome="refused", problems=(Wrong(code=first["code"]),))
        return Said(outcome="failed")

    def _try(
        self, http: httpx.Client, hub: Mapping[str, str], asked: Mapping[str, Any], id_: str | None
    ) -> httpx.Response | None:
        try:
            media = {"content-type": "application/cloudevents+json"}
            return http.post("/v1/events", json=self._event(hub, asked, id_), headers=_token(http, hub) | media)
        except (httpx.TransportError, KeyError, ValueError):
            return None

    def _event(self, hub: Mapping[str, str], asked: Mapping[str, Any], id_: str | None) -> dict[str, Any]:
        place = (asked["round"], asked["unit"])
        data = {name: asked[name] for name in ("round", "form", "unit")}
        if "reason" in asked:
            kind = "vn.lienthong.report.withdrawal.v1"
            data |= {"reason": asked["reason"], "revision": self.revisions.get(place, 0)}
        else:
            kind = "vn.lienthong.report.submitted.v1"
            self.revisions[place] = self.revisions.get(place, 0) + 1
            figures = {code: float(v) if type(v) is int else v for code, v in asked["figures"].items()}
            narrative = {"results": asked["narrative"], "shortcomings": "", "proposals": ""}
            data |= {
                "formVersion": "1.0.1",
                "revision": self.revisions[place],
                "figures": figures,
                "narrative": narrative,
                **({"nil": True} if asked.get("nil") else {}),
            }
        name = id_ or uuid.uuid4().hex
        return {"specversion": "1.0", "type": kind, "source": hub["source"], "id": name, "data": data}


def _token(http: httpx.Client, hub: Mapping[str, str]) -> dict[str, str]:
    proof = base64.b64encode(f"{hub['clientId']}:{hub['secret']}".encode()).decode()
    answer = http.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, headers={"authorization": f"Basic {proof}"}
    )
    return {"authorization": f"Bearer {answer.json()['access_token']}"}
