"""What the sandbox does to requests and keeps of them: in memory, before a small app; no server, no hub."""

from __future__ import annotations

import asyncio
import json
from email.utils import parsedate_to_datetime
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from services.conformance.faults import Disturbance, next_fault
from services.conformance.sandbox import PASS, Sandbox

WORD = "kit"
NOON = 1_790_000_000.0


class Echo:
    """Answers with the authorization and the query that it got; `body` instead, where one is given."""

    def __init__(self, body: bytes | None = None) -> None:
        self.body, self.asked = body, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await receive()
        headers = dict(scope["headers"])
        body = {"authorization": headers.get(b"authorization", b"").decode(), "query": scope["query_string"].decode()}
        await send({"type": "http.response.start", "status": 201, "headers": [(b"date", b"x"), (b"x-own", b"1")]})
        await send({"type": "http.response.body", "body": self.body or json.dumps(body).encode()})


def a_sandbox(app: Echo) -> Sandbox:
    return Sandbox(app, WORD, now=lambda: NOON)


def ask(sandbox: Sandbox, path: str = "/v1/events", *, token: str = "t1", method: str = "POST", **headers: str) -> Any:
    """(status, headers, body) as they reach the sender; body None: the answer broke off."""
    sent: list[Message] = []
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token}".encode())]
        + [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b'{"id": "1"}', "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(sandbox(scope, receive, send))
    whole = [each["body"] for each in sent if each["type"] == "http.response.body"]
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(whole) if whole else None


def test_what_goes_well_passes_unchanged_and_is_kept_without_its_token() -> None:
    sandbox = a_sandbox(Echo())
    sandbox.begin(())
    status, headers, body = ask(sandbox, content_type="application/json")
    assert (status, headers[b"x-own"], json.loads(body)["authorization"]) == (201, b"1", "Bearer t1")
    assert list(headers).count(b"date") == 1
    [kept] = sandbox.end()
    assert (kept.status, kept.body, kept.lost, kept.fault) == (201, b'{"id": "1"}', False, None)
    assert "t1" not in str(kept.headers)
    assert not sandbox.busy


def test_of_a_token_request_neither_body_nor_answer_is_kept() -> None:
    sandbox = a_sandbox(Echo())
    sandbox.begin(())
    ask(sandbox, "/oauth/token")
    [kept] = sandbox.end()
    assert (kept.body, kept.answer) == (b"", b"")


def test_a_lost_answer_was_done_and_a_broken_connection_was_not() -> None:
    for kind, asked in (("lose", 1), ("close", 0)):
        app = Echo()
        sandbox = a_sandbox(app)
        sandbox.begin([Disturbance(kind=kind)])  # type: ignore[arg-type]
        assert ask(sandbox)[2] is None
        [kept] = sandbox.end()
        assert (app.asked, kept.done, kept.lost) == (asked, bool(asked), True)


def test_retry_after_is_told_in_seconds_or_as_a_date_of_the_skewed_clock() -> None:
    sandbox = a_sandbox(Echo())
    sandbox.begin(
        [
            Disturbance(kind="answer", status=429, retry_after=3),
            Disturbance(kind="answer", retry_after=3, as_date=True),
        ],
        skew=7200,
    )
    assert ask(sandbox)[1][b"retry-after"] == b"3"
    status, headers, body = ask(sandbox)
    until, here = (parsedate_to_datetime(headers[name].decode()) for name in (b"retry-after", b"date"))
    assert (status, (until - here).total_seconds(), here.timestamp()) == (503, 3, NOON + 7200)
    assert json.loads(body)["code"] == "database_away"
    assert [each.asked_to_wait for each in sandbox.end()] == [3, 3]


def test_an_expired_token_stays_so_and_another_is_good() -> None:
    sandbox = a_sandbox(Echo())
    sandbox.begin([Disturbance(kind="expire")])
    authorizations = [json.loads(ask(sandbox, token=token)[2])["authorization"] for token in ("t1", "t1", "t2")]
    assert authorizations == ["Bearer spoiled", "Bearer spoiled", "Bearer t2"]
    assert [each.stale for each in sandbox.end()] == [True, True, False]
    sandbox.begin([Disturbance(kind="revoke", times=None)])
    assert json.loads(ask(sandbox, token="t3")[2])["authorization"] == "Bearer spoiled"


def test_many_results_are_cut_after_a_whole_line() -> None:
    sandbox = a_sandbox(Echo(b'{"line":1}\n{"line":2}\n{"summary":{}}\n'))
    sandbox.begin([Disturbance(kind="cut")])
    status, headers, body = ask(sandbox)
    assert (status, headers[b"content-length"], body) == (201, b"11", b'{"line":1}\n')
    assert sandbox.end()[0].answer.endswith(b'{"summary":{}}\n')  # what the hub said is kept whole


def test_unknown_members_are_added_and_pages_are_short() -> None:
    sandbox = a_sandbox(Echo())
    sandbox.begin([Disturbance(kind="newer"), Disturbance(kind="short_pages", at="receipts")])
    assert json.loads(ask(sandbox)[2]).keys() > {"authorization", "query"}
    assert json.loads(ask(sandbox, "/v1/receipts", method="GET")[2])["query"] == "limit=3"


def test_the_kits_own_requests_are_neither_kept_nor_harmed() -> None:
    sandbox = a_sandbox(Echo())
    sandbox.begin([Disturbance(kind="lose")])
    assert ask(sandbox, **{PASS.decode(): WORD})[0] == 201
    assert ask(sandbox, **{PASS.decode(): "a guess"})[2] is None
    assert len(sandbox.end()) == 1


def test_faults_are_taken_in_order_by_place_and_number() -> None:
    faults: tuple[Disturbance, ...] = (
        Disturbance(kind="lose", times=2),
        Disturbance(kind="close"),
        Disturbance(kind="newer", times=None),
    )
    kinds = []
    for _ in range(5):
        fault, faults = next_fault(faults, "POST", "/v1/events")
        kinds.append(fault.kind if fault else None)
    assert kinds == ["lose", "lose", "close", "newer", "newer"]
    assert next_fault(faults, "GET", "/v1/events")[0] is None
