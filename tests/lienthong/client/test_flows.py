"""What the client decides: played against replies, without a network and without waiting."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from lienthong.client import (
    ClientError,
    Data,
    Event,
    NotAnswered,
    NotUnderstood,
    Patience,
    Refused,
    Secret,
    flows,
    report,
    withdrawal,
)
from lienthong.client import events as sending
from lienthong.client.exchange import Flow, Login, Lost, Pause, Reply, Request, Response
from lienthong.client.flows import ClientSession

CUT = Lost(reason="ReadError", sent=True)
UNREACHED = Lost(reason="ConnectError", sent=False)
TOKEN = Response(status=200, content=b'{"access_token": "t1", "expires_in": 600}')
RECEIPT = {
    "receipt": "20-7",
    "source": "/20/x",
    "id": "a",
    "client": "donvi.20.06040",
    "type": "vn.lienthong.report.submitted.v1",
    "unit": "06040",
    "contentHash": "sha256:00",
    "salt": "00",
    "link": "00",
    "partition": "20",
    "position": 7,
    "receivedAt": "2026-10-10T02:00:00Z",
    "late": False,
    "deadline": None,
    "warnings": [],
}


def a_session(**patience: Any) -> ClientSession:
    who = Secret(client_id="dv", secret="s")
    return ClientSession(credentials=who, patience=Patience(**patience), chance=lambda: 1.0)


def an_event(id: str = "a") -> Event:
    said = report(
        round="P119-LS.2026", form="P119-LS.commune", form_version="1.0.0", unit="06040", revision=1, figures={"x": 1}
    )
    return sending.event(said, source="/20/x", id=id)


def ok(status: str = "accepted", **more: Any) -> Response:
    return Response(status=201, content=json.dumps({"status": status, **RECEIPT, **more}).encode())


def a_problem(status: int, *codes: str, headers: dict[str, str] | None = None) -> Response:
    errors = [
        {
            "pointer": f"/data/{code}",
            "code": code,
            "message": f"lỗi {code}",
            "message_vi": f"lỗi {code}",
            "message_en": f"fault {code}",
            "next": "Sửa rồi gửi lại.",
        }
        for code in codes
    ]
    body = {"type": "x", "title": "Dữ liệu bị từ chối", "status": status, "code": codes[0], "detail": "d"}
    return Response(status=status, headers=headers or {}, content=json.dumps(body | {"errors": errors}).encode())


class Played:
    """A flow run to its end. asked: requests in order; waited: the pauses between them, in seconds."""

    def __init__(self, flow: Flow[Any], replies: Iterable[Reply]) -> None:
        self.asked: list[Request] = []
        self.waited: list[float] = []
        self.logins: list[str | None] = []
        self.result: Any = None
        self.error: ClientError | None = None
        coming, reply = iter(replies), None
        try:
            while True:
                step = flow.send(reply)
                reply = self._done(step, coming)
        except StopIteration as done:
            self.result = done.value
        except ClientError as error:
            self.error = error
        assert next(coming, None) is None, "it stopped asking too early"

    def _done(self, step: Any, coming: Any) -> Any:
        match step:
            case Pause():
                self.waited.append(step.seconds)
                return None
            case Login():
                self.logins.append(step.stale)
                return f"t{len(self.logins)}"
        self.asked.append(step)
        return next(coming)


def submitting(*replies: Reply, **patience: Any) -> Played:
    return Played(flows.submit(a_session(**patience), an_event(), binary=False), replies)


# ---------------------------------------------------------------- sending again


@pytest.mark.parametrize(
    "reply", [CUT, UNREACHED, *(Response(status=status) for status in (408, 425, 429, 500, 502, 503, 504))]
)
def test_a_submission_without_an_answer_that_counts_goes_again_to_the_letter(reply: Reply) -> None:
    played = submitting(reply, ok("repeated"))
    assert played.result.number == "20-7"
    assert played.result.repeated
    assert played.asked[0] == played.asked[1]
    assert len(played.waited) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 415, 422])
def test_a_refusal_is_final(status: int) -> None:
    played = submitting(a_problem(status, "one", "two"))
    assert isinstance(played.error, Refused)
    assert (played.error.status, played.error.codes, played.waited) == (status, ("one", "two"), [])


def test_a_refusal_says_everything_in_the_words_of_the_catalogue() -> None:
    played = submitting(a_problem(422, "one", "two"))
    assert isinstance(played.error, Refused)
    assert [fault.pointer for fault in played.error.faults] == ["/data/one", "/data/two"]
    assert str(played.error).splitlines()[1] == "/data/one: lỗi one Sửa rồi gửi lại. [one]"
    assert played.error.faults[1].message_en == "fault two"


def test_retry_after_is_waited_for_in_seconds_or_as_a_date_by_the_hubs_own_clock() -> None:
    day = "Thu, 26 Nov 2026 10:00:{:02} GMT"
    later = {"retry-after": day.format(17), "date": day.format(10)}
    played = submitting(a_problem(429, "x", headers={"retry-after": "5"}), a_problem(503, "x", headers=later), ok())
    assert played.waited == [5.0, 7.0]


def test_a_wait_of_hours_is_the_callers() -> None:
    played = submitting(a_problem(429, "too_many_requests", headers={"retry-after": "7200"}))
    assert isinstance(played.error, NotAnswered)
    assert played.error.retry_after == 7200
    assert played.error.problem is not None


def test_pauses_double_up_to_a_bound_and_tries_end() -> None:
    played = submitting(*[CUT] * 5, tries=5, first=1, most=3)
    assert isinstance(played.error, NotAnswered)
    assert played.waited == [1, 2, 3, 3]


def test_senders_that_were_cut_off_together_come_back_apart() -> None:
    patience = Patience(first=2)
    waits = [patience.pause(1, CUT, safe=True, chance=chance) for chance in (0.0, 0.5, 1.0)]
    assert waits == [1.0, 1.5, 2.0]


def test_an_answer_of_something_else_than_a_hub_is_said_to_be_that() -> None:
    played = submitting(Response(status=404, headers={"content-type": "text/html"}, content=b"<h1>nginx"))
    assert isinstance(played.error, NotUnderstood)
    assert "nginx" in str(played.error)


@pytest.mark.parametrize(("reply", "again"), [(CUT, False), (Response(status=503), False), (UNREACHED, True)])
def test_an_act_is_not_done_again_where_it_may_have_been_done(reply: Reply, again: bool) -> None:
    flow = flows.act(a_session(), "/v1/rounds/x/lock", {"reason": "xong"})
    played = Played(flow, [reply, Response(status=200, content=b"{}")] if again else [reply])
    assert isinstance(played.error, NotAnswered) != again


# ---------------------------------------------------------------- tokens


def test_a_token_that_is_no_longer_taken_is_renewed_once() -> None:
    played = submitting(a_problem(401, "token_expired"), ok())
    assert played.logins == [None, "t1"]
    assert [request.headers["authorization"] for request in played.asked] == ["Bearer t1", "Bearer t2"]
    assert isinstance(submitting(a_problem(401, "x"), a_problem(401, "x")).error, Refused)


def test_a_token_is_renewed_before_it_ends_and_not_before_that() -> None:
    session, now = a_session(), [100.0]
    session.token.clock = lambda: now[0]
    assert Played(flows.logged_in(session, None), [TOKEN]).result == "t1"
    assert Played(flows.logged_in(session, None), []).result == "t1"
    now[0] += 571
    assert len(Played(flows.logged_in(session, None), [TOKEN]).asked) == 1
    assert len(Played(flows.logged_in(session, "t1"), [TOKEN]).asked) == 1


def test_a_wrong_secret_is_a_refusal_in_oauths_words() -> None:
    body = b'{"error": "invalid_client", "error_description": "sai"}'
    played = Played(flows.logged_in(a_session(), None), [Response(status=401, content=body)])
    assert isinstance(played.error, Refused)
    assert played.error.codes == ("invalid_client",)


def test_secrets_and_tokens_are_not_shown() -> None:
    session = a_session()
    Played(flows.logged_in(session, None), [TOKEN])
    assert "t1" not in repr(session)
    assert "'s'" not in repr(session)


def test_a_token_goes_to_the_hub_alone() -> None:
    with pytest.raises(ValueError, match="not an address of the hub"):
        next(flows.fetch(a_session(), "https://elsewhere.example/v1/x"))


# ---------------------------------------------------------------- many events


def told(*ids: str, summary: bool = True, start: int = 1) -> bytes:
    lines = [
        {"line": number, "status": "accepted", "id": id, "source": "/20/x", "receipt": {**RECEIPT, "id": id}}
        for number, id in enumerate(ids, start=start)
    ]
    end = [{"summary": {"accepted": len(ids)}}] if summary else []
    return b"".join(json.dumps(line).encode() + b"\n" for line in [*lines, *end])


def sending_many(*answers: bytes) -> Played:
    [chunk] = sending.chunks([an_event("a"), an_event("b")])
    replies = [Response(status=200, content=answer) for answer in answers]
    return Played(flows.submit_many(a_session(), chunk, batch=False, dry_run=False), replies)


def test_each_of_many_events_gets_its_own_result() -> None:
    played = sending_many(told("a", "b"))
    assert [(result.line, result.id, result.receipt.id) for result in played.result] == [(1, "a", "a"), (2, "b", "b")]


def test_an_answer_that_was_cut_off_has_all_of_them_sent_again() -> None:
    whole = told("a", "b")
    played = sending_many(told("a", summary=False), whole[:40], b"", whole)
    assert len(played.result) == 2
    assert len(played.waited) == 3


@pytest.mark.parametrize("answer", [told("b", "a"), told("a"), told("a", "b", start=0)])
def test_an_answer_that_speaks_of_other_events_is_none(answer: bytes) -> None:
    assert isinstance(sending_many(answer).error, NotUnderstood)


def test_a_line_that_could_not_be_read_is_matched_by_its_number() -> None:
    lines = told("a", summary=False) + b'{"line": 2, "status": "refused", "errors": [{"pointer": "", "code": "x"}]}\n'
    played = sending_many(lines + b'{"summary": {}}\n')
    assert [result.verdict for result in played.result] == ["accepted", "refused"]
    assert played.result[1].codes == ("x",)


def test_events_are_taken_only_when_their_request_is_due() -> None:
    taken: list[int] = []

    def endless() -> Iterable[Event]:
        for number in range(10**9):
            taken.append(number)
            yield an_event(str(number))

    chunks = sending.chunks(endless(), most=3)
    assert [len(next(chunks).events), next(chunks).first] == [3, 4]
    assert len(taken) <= 7


def test_a_chunk_is_bounded_in_bytes_but_holds_one_event_at_least() -> None:
    sizes = [len(chunk.events) for chunk in sending.chunks([an_event("x" * 100)] * 3, most_bytes=10)]
    assert sizes == [1, 1, 1]


# ---------------------------------------------------------------- what is written


@pytest.mark.parametrize(("given", "text"), [("12.50", b"12.5"), ("3", b"3"), ("1E+3", b"1000"), ("0.1", b"0.1")])
def test_a_decimal_is_written_with_its_digits(given: str, text: bytes) -> None:
    assert sending.json_line({"x": Decimal(given)}) == b'{"x":' + text + b"}"


@pytest.mark.parametrize(
    "given", [Decimal("NaN"), Decimal("Infinity"), Decimal("0.12345678901234567890"), float("nan")]
)
def test_what_is_no_exact_number_is_not_sent(given: Any) -> None:
    with pytest.raises(ValueError):
        sending.json_line({"x": given})


def test_binary_mode_carries_attributes_in_ascii_headers() -> None:
    headers, body = sending.binary(sending.event(Data(type="t", data={"a": 1}), source="/20/x", id="xã 1%"))
    assert headers["ce-id"] == "x%C3%A3 1%25"
    assert (headers["content-type"], body) == ("application/json", b'{"a":1}')


def test_a_withdrawal_names_the_revision_that_it_takes_back() -> None:
    said = withdrawal(round="P119-LS.2026", form="P119-LS.commune", unit="06040", revision=2, reason="nhầm")
    assert (said.type, said.data["revision"]) == ("vn.lienthong.report.withdrawal.v1", 2)
