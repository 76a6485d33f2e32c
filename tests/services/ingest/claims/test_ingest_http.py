"""Ingest over real HTTP: every shape of submission, and what senders may ask."""

from __future__ import annotations

import gzip
import json
import threading
import time
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import psutil
import pytest
from psycopg.conninfo import make_conninfo

from lienthong.contracts import canonical, strict
from lienthong.web import bodies
from services.ingest.claims.modes import BATCH, NDJSON, STRUCTURED
from tests.builders.hub import FORM, OCTOBER, ROUND, SOURCE, a_hub, a_report, a_withdrawal
from tests.builders.ingest_http import BINARY, Answer, Served, read_response, serving
from tests.conftest import _temporary_database

UNIT, OTHER = "05977", "05983"


@pytest.fixture(scope="module")
def served(postgres: str, filled: str) -> Iterator[Served]:
    """One server for the module; each test uses ids and revisions of its own."""
    with _temporary_database(postgres, filled) as name:
        conninfo = make_conninfo(postgres, dbname=name)
        with serving(conninfo, max_body_bytes=65_536, max_batch_bytes=1_000_000, max_batch_events=200) as made:
            yield made


@pytest.fixture(scope="module")
def template_report(postgres: str, filled: str) -> dict[str, Any]:
    """A valid report, to be varied with `fresh`."""
    with _temporary_database(postgres, filled) as name, a_hub(make_conninfo(postgres, dbname=name), at=OCTOBER) as hub:
        return a_report(hub)


class Fresh:
    """Makes valid reports that nobody sent before: new id, next revision of the unit."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._text, self._counts, self._lock = json.dumps(document), Counter[str](), threading.Lock()

    def __call__(self, *, unit: str = UNIT, **data: Any) -> dict[str, Any]:
        with self._lock:
            self._counts[unit] += 1
            revision, number = self._counts[unit], self._counts.total()
        document: dict[str, Any] = json.loads(self._text)
        document["id"] = f"r-{number}"
        document["data"] |= {"unit": unit, "revision": revision, **data}
        return document


@pytest.fixture(scope="module")
def fresh(template_report: dict[str, Any]) -> Fresh:
    return Fresh(template_report)


def is_problem(answer: Answer, status: int, *codes: str) -> None:
    """The answer is a problem document with these codes, in both languages."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json
    assert (document["status"], document["code"]) == (status, document["errors"][0]["code"])
    assert document["type"].endswith(document["code"]) and document["title"] and document["detail"]
    assert all(e["message_vi"] and e["message_en"] and "pointer" in e for e in document["errors"])
    assert set(codes) <= answer.codes, answer.codes


# ---------------------------------------------------------------- shapes


def test_a_structured_event_is_accepted_with_a_receipt(served: Served, fresh: Fresh) -> None:
    document = fresh()
    answer = served.post(document)
    assert answer.status == 201
    assert (answer.json["status"], answer.json["id"], answer.json["unit"]) == ("accepted", document["id"], UNIT)
    again = served.post(document)
    assert (again.status, again.json["status"]) == (200, "repeated")
    assert {**again.json, "status": ""} == {**answer.json, "status": ""}


def test_a_binary_event_is_the_same_event_as_its_structured_form(served: Served, fresh: Fresh) -> None:
    document = fresh()
    first = served.post(document)
    headers = {f"ce-{name}": document[name] for name in ("specversion", "id", "source", "type")}
    again = served.post(json.dumps(document["data"]).encode(), BINARY, headers=headers)
    assert (again.status, again.json["receipt"]) == (200, first.json["receipt"])


def test_headers_of_binary_mode_are_percent_decoded(served: Served, fresh: Fresh) -> None:
    document = fresh()
    wanted = "báo cáo số 1 %"
    headers = {"ce-specversion": "1.0", "ce-type": document["type"], "ce-source": SOURCE, "ce-id": quote(wanted)}
    answer = served.post(json.dumps(document["data"]).encode(), BINARY, headers=headers)
    assert (answer.status, answer.json["id"]) == (201, wanted)
    [revision] = served.get(f"/v1/reports/{quote(wanted)}").json["revisions"][-1:]
    assert revision["receipt"]["id"] == wanted


def test_a_batch_gets_a_result_for_each_event(served: Served, fresh: Fresh) -> None:
    good = fresh()
    answer = served.batch([good, {**fresh(), "type": "other"}, good, 17])
    assert answer.status == 200
    assert answer.json["summary"] == {"accepted": 1, "repeated": 1, "refused": 2}
    assert [r["status"] for r in answer.json["results"]] == ["accepted", "refused", "repeated", "refused"]
    assert answer.json["results"][0]["receipt"] == answer.json["results"][2]["receipt"]
    assert answer.json["results"][1]["errors"][0]["code"] == "type_unknown"
    assert served.batch([]).json == {"summary": {"accepted": 0, "repeated": 0, "refused": 0}, "results": []}
    is_problem(served.post(b"{}", BATCH), 400, "batch_not_a_list")
    is_problem(served.batch([1] * 201), 413, "too_many_events")


def test_bulk_gets_a_result_for_each_line_and_a_summary(served: Served, fresh: Fresh) -> None:
    good = fresh()
    lines = [
        json.dumps(good).encode(),
        b"",
        b"  \t\r",
        b"not json",
        json.dumps(good).encode() + b"\r",
        json.dumps(fresh()).encode(),
    ]
    answer = served.post(b"\n".join(lines), NDJSON[0])
    assert (answer.status, answer.headers["content-type"]) == (200, NDJSON[0])
    *results, last = answer.lines
    assert [r["status"] for r in results] == ["accepted", "refused", "repeated", "accepted"]
    assert last == {"summary": {"accepted": 2, "repeated": 1, "refused": 1}}
    assert results[0]["receipt"]["id"] == good["id"]
    assert results[1]["errors"][0]["code"] == "not_json"


def test_results_of_bulk_name_the_line_of_the_body(served: Served, fresh: Fresh) -> None:
    answer = served.post(b"\n\nx\n\ny\n", NDJSON[0])
    assert [r["line"] for r in answer.lines[:-1]] == [3, 5]


@pytest.mark.parametrize("blank", [b"", b"\n\n \n"])
def test_a_blank_bulk_body_is_answered_with_an_empty_summary(served: Served, blank: bytes) -> None:
    assert served.post(blank, NDJSON[0]).lines == [{"summary": {"accepted": 0, "repeated": 0, "refused": 0}}]


def test_an_over_long_line_is_refused_alone(served: Served, fresh: Fresh) -> None:
    first, last = fresh(), fresh()
    body = json.dumps(first).encode() + b"\n" + b"x" * 300_000 + b"\n" + json.dumps(last).encode()
    results = served.post(body, NDJSON[0]).lines
    assert [r.get("status") for r in results] == ["accepted", "refused", "accepted", None]
    assert results[1]["errors"][0]["code"] == "body_too_large"


def test_a_dry_run_checks_everything_and_changes_nothing(served: Served, fresh: Fresh) -> None:
    before = served.rows("SELECT count(*) FROM ingest.ledger"), served.rows("SELECT count(*) FROM ingest.refusals")
    document = fresh()
    answers = [
        served.post(document, dry_run=True),
        served.batch([document], dry_run=True),
        served.bulk([document], dry_run=True),
    ]
    assert [a.status for a in answers] == [200, 200, 200]
    assert (answers[0].json["status"], answers[1].json["summary"].get("would_accept")) == ("would_accept", 1)
    is_problem(served.post({**document, "data": {}}, dry_run=True), 422, "missing_field")
    assert before == (
        served.rows("SELECT count(*) FROM ingest.ledger"),
        served.rows("SELECT count(*) FROM ingest.refusals"),
    )
    assert served.post(document).status == 201


def test_all_faults_of_a_document_are_told_at_once_in_the_asked_language(served: Served, fresh: Fresh) -> None:
    document = fresh(unit="99999")
    figure = next(iter(document["data"]["figures"]))
    document["data"]["figures"][figure] = -1
    document["data"]["more"] = True
    answer = served.post(document, headers={"Accept-Language": "en-GB,en;q=0.9,vi;q=0.5"})
    is_problem(answer, 422, "unit_not_obliged", "unknown_field", "number_out_of_range")
    assert answer.headers["content-language"] == "en"
    assert all(e["message"] == e["message_en"] for e in answer.json["errors"])
    assert {e["pointer"] for e in answer.json["errors"]} >= {"/data/unit", "/data/more", f"/data/figures/{figure}"}
    vietnamese = served.post(document, headers={"Accept-Language": "fr, vi;q=0.8"})
    assert vietnamese.headers["content-language"] == "vi"
    assert all(e["message"] == e["message_vi"] for e in vietnamese.json["errors"])


def test_a_whole_number_may_be_written_with_a_point(served: Served, fresh: Fresh) -> None:
    document = fresh()
    number = document["data"]["revision"]
    document["data"]["revision"] = float(number)
    answer = served.post(document)
    assert (answer.status, answer.json["revision"]) == (201, number)


# ---------------------------------------------------------------- bodies and encodings


def test_gzip_is_taken_in_every_shape(served: Served, fresh: Fresh) -> None:
    for media, document in ((STRUCTURED, fresh()), (BATCH, [fresh()]), (NDJSON[0], fresh())):
        packed = gzip.compress(json.dumps(document).encode())
        answer = served.post(packed, media, headers={"Content-Encoding": "gzip"})
        assert answer.status in (200, 201)
        assert b'"accepted"' in answer.body


def test_every_member_of_a_gzip_body_counts(served: Served, fresh: Fresh) -> None:
    packed = b"".join(gzip.compress(json.dumps(fresh()).encode() + b"\n") for _ in range(3))
    answer = served.post(packed, NDJSON[0], headers={"Content-Encoding": "gzip"})
    assert answer.lines[-1] == {"summary": {"accepted": 3, "repeated": 0, "refused": 0}}


EMPTY = gzip.compress(b"{}", mtime=0)


@pytest.mark.parametrize("body", [b"no gzip", EMPTY[:-3], EMPTY + b"more", b""])
@pytest.mark.parametrize("media", [STRUCTURED, NDJSON[0]])
def test_what_is_not_gzip_is_refused(served: Served, body: bytes, media: str) -> None:
    is_problem(served.post(body, media, headers={"Content-Encoding": "gzip"}), 400, "not_gzip")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_other_encodings_are_refused(served: Served, encoding: str) -> None:
    is_problem(served.post(b"{}", headers={"Content-Encoding": encoding}), 415, "encoding_not_supported")


@pytest.mark.parametrize("media", ["text/plain", "application/json", "application/xml", "", "x" * 3000])
def test_other_content_types_are_refused(served: Served, media: str) -> None:
    is_problem(served.post(b"{}", media), 415, "content_type_not_supported")


def a_bomb(filling: bytes, repeated: int) -> bytes:
    """gzip of a megabyte of this, again and again: each time the compressor starts anew, so that it does so once."""
    squeezing = zlib.compressobj(level=9, wbits=31)
    head = squeezing.compress(b"") + squeezing.flush(zlib.Z_FULL_FLUSH)
    piece = squeezing.compress(filling * (1_000_000 // len(filling))) + squeezing.flush(zlib.Z_FULL_FLUSH)
    return head + piece * repeated


@pytest.mark.parametrize("media", [STRUCTURED, BATCH])
def test_a_bomb_is_refused_when_it_passes_the_limit(served: Served, media: str) -> None:
    bomb = a_bomb(b" ", 200)
    started = time.process_time()  # the server is a thread here; other processes don't lengthen it
    answer = served.post(bomb, media, headers={"Content-Encoding": "gzip"})
    is_problem(answer, 413)
    assert answer.codes <= {"body_too_large", "compressed_too_much"}
    assert time.process_time() - started < 5


@pytest.mark.parametrize("filling", [b"\n", b" ", b"{}\n"])
def test_a_bomb_of_lines_is_refused(served: Served, filling: bytes) -> None:
    bomb = a_bomb(filling, 20)
    answer = served.post(bomb, NDJSON[0], headers={"Content-Encoding": "gzip"})
    is_problem(answer, 413, "compressed_too_much")


@pytest.mark.parametrize(("media", "limit"), [(STRUCTURED, 65_536), (BATCH, 1_000_000)])
def test_an_announced_body_over_the_limit_is_refused_before_it_is_sent(served: Served, media: str, limit: int) -> None:
    with served.connected() as conn:
        conn.sendall(served.head(media, length=limit + 1))
        answer = read_response(conn)
    is_problem(answer, 413, "body_too_large")
    assert answer.json["errors"][0]["params"] == {"limit": limit}


def test_a_chunked_body_over_the_limit_is_refused_while_it_is_sent(served: Served) -> None:
    """The sender gets its answer though it goes on sending, and the hub doesn't read on for ever."""
    piece = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    with served.connected() as conn:
        conn.sendall(served.head(STRUCTURED, length=None) + piece * 3)
        is_problem(read_response(conn), 413, "body_too_large")
        with pytest.raises(OSError):  # reset or broken pipe, as the kernel likes
            for _ in range(3000):
                conn.sendall(piece)


def test_a_body_of_exactly_the_limit_is_read(served: Served, fresh: Fresh) -> None:
    body = json.dumps(fresh()).encode()
    assert served.post(body.ljust(65_536)).status == 201
    is_problem(served.post(body.ljust(65_537)), 413, "body_too_large")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"a":1,"a":2}', "duplicate_key"),
        (b'{"a\\ud800":1,"a\\ud800":2}', "lone_surrogate"),
        ('{"\u00e9":1,"e\u0301":2}'.encode(), "duplicate_key"),
        (b'{"id":NaN}', "number_out_of_range"),
        (b'{"id":-Infinity}', "number_out_of_range"),
        (b'{"id":1e400}', "number_out_of_range"),
        (b'{"id":1e-99999999999999999999}', "number_out_of_range"),
        (b'{"id":-0e99999999999999999999}', "number_out_of_range"),
        (b'{"id":' + b"9" * 5000 + b"}", "number_out_of_range"),
        (b'{"id":0.' + b"1" * 5000 + b"}", "number_out_of_range"),
        (b'{"id":"a\\u0000b"}', "nul_character"),
        (b'{"a\\u0000b":1}', "nul_character"),
        (b'{"id":"\\ud800"}', "lone_surrogate"),
        (b'{"id":"\\udc00\\ud800"}', "lone_surrogate"),
        (b"[" * 33 + b"]" * 33, "too_deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too_deep"),
        (b"[" * 60_000, "too_deep"),
        (b"\xff\xfe", "not_utf8"),
        (b"\xef\xbb\xbf{}", "attribute_missing"),
        (b"", "not_json"),
        (b"{} {}", "not_json"),
        (b"{'id':1}", "not_json"),
        (b'{"id":01}', "not_json"),
        (b'{"id":"a\nb"}', "not_json"),
        (b"null", "event_not_an_object"),
        (b"[]", "event_not_an_object"),
        (b'"text"', "event_not_an_object"),
    ],
)
def test_json_that_two_readers_would_read_differently_is_refused(served: Served, raw: bytes, code: str) -> None:
    is_problem(served.post(raw), 400, code)
    line = served.post(raw.replace(b"\n", b"\\n") or b"{", NDJSON[0]).lines[0]
    assert line["status"] == "refused"


@pytest.mark.parametrize(
    "code",
    [
        "P119-LS.0000",
        "P119-LS.9999",
        "P119-LS.202²",
        "P119-LS.２０２６",
        "P119-LS.",
        "P119-LS.2026-X",
        "x" * 5000,
        "../..",
        "'; DROP TABLE x; --",
    ],
)
@pytest.mark.parametrize("member", ["round", "form", "unit", "formVersion"])
def test_odd_codes_are_refused_with_a_reason(served: Served, fresh: Fresh, member: str, code: str) -> None:
    answer = served.post(fresh(**{member: code}))
    is_problem(answer, answer.status)
    assert answer.status in (403, 422)


@pytest.mark.parametrize("media", [STRUCTURED, BATCH, NDJSON[0]])
def test_faults_of_the_envelope_and_of_the_data_are_told_at_once(served: Served, fresh: Fresh, media: str) -> None:
    """And what has any of the first is never accepted, looked up or taken for a repeated one."""
    good = fresh()
    bad = {**fresh(unit="06040"), "time": "yesterday", "id": "x" * 300}
    bad["data"]["figures"]["events_commune"] = -1
    twice = {**good, "time": "yesterday"}
    assert served.post(good).status == 201
    told = []
    for document in (bad, twice):
        raw = json.dumps([document] if media == BATCH else document).encode()
        answer = served.request("POST", "/v1/events", raw, media=media)
        if media == STRUCTURED:
            is_problem(answer, 422 if document is bad else 400, "time_not_rfc3339")
            told.append(answer.json["errors"])
        else:
            line = answer.lines[0] if media == NDJSON[0] else answer.json["results"][0]
            assert line["status"] == "refused" and line["id"] == document["id"][:200]
            told.append(line["errors"])
    of_bad, of_twice = ({(each["pointer"], each["code"]) for each in errors} for errors in told)
    assert of_bad >= {("/time", "time_not_rfc3339"), ("/id", "attribute_invalid")}
    assert any(pointer.startswith("/data/figures") for pointer, _ in of_bad)
    assert of_twice == {("/time", "time_not_rfc3339")}
    assert served.rows("SELECT count(*) FROM ingest.ledger WHERE length(id) >= 200") == [(0,)]


def test_who_may_not_use_a_source_is_told_that_and_what_its_own_text_lacks(served: Served, fresh: Fresh) -> None:
    document = {**fresh(), "source": "/20/another", "time": "yesterday"}
    document["data"]["figures"]["events_commune"] = -1
    answer = served.post(document)
    is_problem(answer, 422, "time_not_rfc3339", "source_not_allowed")
    assert {each["pointer"] for each in answer.json["errors"]} == {"/time", "/source"}


@pytest.mark.parametrize(
    "query, code",
    [
        ("dryRun=yes", "parameter_not_a_flag"),
        ("dryRun=on", "parameter_not_a_flag"),
        ("dryRun=1", "parameter_not_a_flag"),
        ("dryRun=True", "parameter_not_a_flag"),
        ("dryRun=", "parameter_not_a_flag"),
        ("dryRun", "parameter_not_a_flag"),
        ("dry_run=true", "parameter_unknown"),
        ("dryrun=true", "parameter_unknown"),
        ("dryRun=true&x=1", "parameter_unknown"),
        ("dryRun=true&dryRun=false", "parameter_repeated"),
    ],
)
@pytest.mark.parametrize("media", [STRUCTURED, BATCH, NDJSON[0]])
def test_a_try_out_never_turns_real(served: Served, fresh: Fresh, query: str, code: str, media: str) -> None:
    document = fresh()
    raw = json.dumps([document] if media == BATCH else document).encode()
    answer = served.request("POST", f"/v1/events?{query}", raw, media=media)
    is_problem(answer, 400, code)
    if code == "parameter_unknown":
        assert "dryRun" in answer.json["errors"][0]["message_en"]
    assert served.rows("SELECT count(*) FROM ingest.ledger WHERE id = %s", document["id"]) == [(0,)]


def test_a_try_out_says_what_would_be_accepted_in_every_shape(served: Served, fresh: Fresh) -> None:
    document = fresh()
    raw = json.dumps(document).encode()
    one = served.post(document, dry_run=True).json
    batch = served.post(b"[" + raw + b"]", BATCH, dry_run=True).json
    lines = served.post(raw + b"\n", NDJSON[0], dry_run=True).lines
    assert one["status"] == batch["results"][0]["status"] == lines[0]["status"] == "would_accept"
    assert batch["summary"] == lines[-1]["summary"] == {"accepted": 0, "repeated": 0, "refused": 0, "would_accept": 1}
    assert served.rows("SELECT count(*) FROM ingest.ledger WHERE id = %s", document["id"]) == [(0,)]


def test_results_are_numbered_from_one_in_every_shape(served: Served, fresh: Fresh) -> None:
    documents = [fresh(), {}, fresh()]
    batch = served.batch(documents).json["results"]
    lines = served.bulk(documents).lines[:-1]
    assert [one["line"] for one in batch] == [line["line"] for line in lines] == [1, 2, 3]
    assert [one["status"] for one in batch] == ["accepted", "refused", "accepted"]


def test_a_mark_before_the_first_line_costs_no_report(served: Served, fresh: Fresh) -> None:
    raw = b"\xef\xbb\xbf" + b"".join(json.dumps(fresh()).encode() + b"\r\n" for _ in range(2))
    assert [line["status"] for line in served.post(raw, NDJSON[0]).lines[:-1]] == ["accepted", "accepted"]


def test_an_event_that_can_not_be_read_leaves_the_others_of_its_batch(served: Served, fresh: Fresh) -> None:
    good = [json.dumps(fresh()).encode() for _ in range(2)]
    answer = served.post(b"[" + good[0] + b', {"id": NaN}, nonsense, ' + good[1] + b"]", BATCH)
    assert [one["status"] for one in answer.json["results"]] == ["accepted", "refused", "refused", "accepted"]


def test_an_event_is_one_event_in_both_modes(served: Served, fresh: Fresh) -> None:
    document = fresh() | {"id": "xã 06040 “quý 3” 100%", "subject": "kỳ 2026"}
    first = served.post(document)
    headers = {f"ce-{name}": quote(document[name], safe="") for name in document if name != "data"}
    again = served.post(json.dumps(document["data"]).encode(), "application/json; charset=utf-8", headers=headers)
    assert (first.status, again.status) == (201, 200)
    assert again.json == first.json | {"status": "repeated"}


def test_a_report_is_found_by_its_id_in_another_composition(served: Served, fresh: Fresh) -> None:
    document = fresh() | {"id": unicodedata.normalize("NFD", "xã-ệ-1")}
    assert served.post(document).json["id"] == unicodedata.normalize("NFC", "xã-ệ-1")
    for form in ("NFC", "NFD"):
        path = quote(unicodedata.normalize(form, "xã-ệ-1"))
        assert served.get(f"/v1/reports/{path}").json["unit"] == UNIT


def test_a_header_that_stands_twice_is_refused(served: Served, fresh: Fresh) -> None:
    document = fresh()
    body = json.dumps(document["data"]).encode()
    more = "".join(f"ce-{name}: {document[name]}\r\n" for name in document if name != "data") + "ce-id: other\r\n"
    with served.connected() as conn:
        conn.sendall(served.head(BINARY, length=len(body), more=more) + body)
        is_problem(read_response(conn), 400, "header_repeated")


def test_a_revision_far_above_the_last_one_is_refused_and_closes_no_round(served: Served, fresh: Fresh) -> None:
    slip = fresh(unit="06001", revision=1_000_000)
    answer = served.post(slip)
    is_problem(answer, 409, "revision_too_high")
    assert answer.json["errors"][0]["params"] == {"given": 1_000_000, "highest": 0, "most": 100}
    assert served.post(fresh(unit="06001", revision=1)).status == 201
    is_problem(served.post(fresh(unit="06001", revision=102)), 409, "revision_too_high")
    assert served.post(fresh(unit="06001", revision=101)).status == 201


# ---------------------------------------------------------------- many at once


def test_the_same_event_from_many_connections_gets_one_receipt(served: Served, fresh: Fresh) -> None:
    document, token = fresh(), served.token()
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(served.post(document, token=token))) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(a.status for a in answers) == [200] * 39 + [201]
    assert len({a.json["receipt"] for a in answers}) == 1
    assert served.rows("SELECT count(*) FROM ingest.ledger WHERE id = %s", document["id"]) == [(1,)]


def test_slow_senders_hold_nobody_up(served: Served, fresh: Fresh) -> None:
    slow = []
    for _ in range(50):
        conn = served.connected()
        opened = conn.__enter__()
        opened.sendall(served.head(STRUCTURED, length=500) + b'{"id":')
        slow.append((conn, opened))
    assert all(served.post(fresh()).status == 201 for _ in range(20))
    # Nobody waited for the slow ones: they have not ended yet.
    for conn, opened in slow:
        opened.sendall(b" " * 488 + b"17}   ")
        is_problem(read_response(opened), 400, "attribute_invalid")
        conn.__exit__(None, None, None)


def test_a_sender_that_reads_only_at_the_end_is_not_deadlocked_and_memory_stays_bounded(
    served: Served, fresh: Fresh
) -> None:
    """60,000 lines in one request, whose answers nobody reads until the end."""
    piece = b'{"id":"x","source":"%s","type":"none","data":{}}\n' % (b"y" * 100) * 200
    served.bulk([fresh()] * 2000)  # so that what is allocated once doesn't count
    process, before = psutil.Process(), psutil.Process().memory_info().rss
    peak = before
    with served.connected() as conn:
        conn.sendall(served.head(NDJSON[0], length=len(piece) * 300))
        for place in range(300):
            conn.sendall(piece)
            if place % 25 == 0:
                peak = max(peak, process.memory_info().rss)
        answer = read_response(conn)
    assert answer.body.splitlines()[-1] == b'{"summary":{"accepted":0,"repeated":0,"refused":60000}}'
    assert peak - before < 40_000_000, f"{(peak - before) / 1e6:.0f} MB more"


def test_a_stream_cut_in_the_middle_can_be_repeated_whole(served: Served, fresh: Fresh) -> None:
    documents = [fresh() for _ in range(1200)]
    body = b"".join(json.dumps(document).encode() + b"\n" for document in documents)
    with served.connected() as conn:
        conn.sendall(served.head(NDJSON[0], length=len(body)) + body[: len(body) * 2 // 3])
    answer = served.post(body, NDJSON[0])
    summary = answer.lines[-1]["summary"]
    assert summary["refused"] == 0
    assert summary["accepted"] + summary["repeated"] == 1200
    rows = served.rows(
        "SELECT count(*), count(DISTINCT id) FROM ingest.ledger WHERE id = ANY(%s)",
        [document["id"] for document in documents],
    )
    assert rows == [(1200, 1200)]


def test_a_sender_that_falls_silent_is_told_to_come_again(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "IDLE", 0.2)
    for media in (STRUCTURED, NDJSON[0]):
        with served.connected() as conn:
            conn.sendall(served.head(media, length=500) + b"{")
            is_problem(read_response(conn), 408, "body_too_slow")


# ---------------------------------------------------------------- asking


def test_a_client_sees_only_its_own(served: Served, fresh: Fresh) -> None:
    mine = served.token(client="mine", units=(UNIT,), sources=("/20/mine",))
    theirs = served.token(client="theirs", units=(OTHER,), sources=("/20/theirs",))
    document = {**fresh(), "source": "/20/mine"}
    receipt = served.post(document, token=mine).json["receipt"]
    assert served.get(f"/v1/reports/{document['id']}", token=mine).status == 200
    assert served.get(f"/v1/reports/{receipt}", token=mine).json["unit"] == UNIT
    for path in (f"/v1/reports/{document['id']}", f"/v1/reports/{receipt}"):
        is_problem(served.get(path, token=theirs), 404, "report_unknown")
    is_problem(served.post({**fresh(), "source": "/20/mine"}, token=theirs), 403, "source_not_allowed")
    is_problem(served.post({**fresh(), "source": "/20/theirs"}, token=theirs), 403, "unit_not_allowed")
    assert [r["source"] for r in served.get("/v1/refusals", token=theirs).json["refusals"]] == [
        "/20/theirs",
        "/20/mine",
    ]
    assert served.get("/v1/refusals", token=mine).json["refusals"] == []
    owed = {line["unit"] for line in served.get("/v1/obligations", token=theirs).json["obligations"]}
    assert owed == {OTHER}
    is_problem(served.get(f"/v1/obligations?unit={UNIT}", token=theirs), 404, "unit_unknown")


def test_a_client_of_another_province_sees_nothing_of_it(served: Served, fresh: Fresh) -> None:
    document = fresh()
    receipt = served.post(document).json["receipt"]
    other = served.token(client="far", province="33", scopes=("report:submit", "report:read", "read:province"))
    for path in (f"/v1/reports/{receipt}", f"/v1/reports/{document['id']}"):
        is_problem(served.get(path, token=other), 404, "report_unknown")
    assert served.get("/v1/receipts", token=other).json["receipts"] == []
    assert served.get("/v1/obligations", token=other).json["obligations"] == []
    is_problem(served.post(fresh(), token=other), 403, "unit_not_allowed")


def test_obligations_tell_what_is_missing_and_by_when(served: Served, fresh: Fresh) -> None:
    token = served.token(units=("06040",))
    [line] = served.get(f"/v1/obligations?round={ROUND}", token=token).json["obligations"]
    assert (line["form"], line["state"]) == (FORM, "missing")
    served.post({**fresh(unit="06040")})
    answer = served.get(f"/v1/obligations?round={ROUND}", token=token).json
    assert (answer["obligations"][0]["state"], answer["missing"]) == ("reported", 0)


def test_a_report_shows_all_its_revisions(served: Served, fresh: Fresh) -> None:
    documents = [fresh(unit="06046"), fresh(unit="06046")]
    for document in documents:
        assert served.post(document).status == 201
    removal = a_withdrawal(unit="06046", revision=documents[1]["data"]["revision"], id="removal")
    assert served.post(removal).status == 201
    found = served.get("/v1/reports/removal").json
    assert (found["state"], [r["receipt"]["id"] for r in found["revisions"]]) == (
        "withdrawn",
        [documents[0]["id"], documents[1]["id"], "removal"],
    )


def test_the_receipt_lets_anybody_recompute_the_hash(served: Served, fresh: Fresh) -> None:
    document = fresh()
    receipt = served.post(document).json
    again = canonical.content_hash(
        bytes.fromhex(receipt["salt"]),
        document["type"],
        canonical.write(strict.read(json.dumps(document["data"]).encode())),
    )
    assert receipt["contentHash"] == f"sha256:{again.hex()}"


def test_schemas_units_and_plans_can_be_asked(served: Served) -> None:
    listed = served.get("/v1/schemas").json
    for line in (listed["forms"][0], listed["schemas"][0]):
        assert served.get(line["url"]).json["$id"]
    is_problem(served.get("/v1/schemas/forms/none/1.0.0"), 404, "form_unknown")
    is_problem(served.get("/v1/schemas/by-id?id=none"), 404, "schema_unknown")
    assert served.get("/v1/units?q=lang%20son").json["units"]
    assert served.get(f"/v1/units/{UNIT}").json["ancestors"]
    is_problem(served.get("/v1/units/none"), 404, "unit_unknown")
    assert served.get("/v1/plans").json["plans"][0]["plan"] == "P119-LS"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/reports/20-99999999999999999999",
        "/v1/reports/20-%C2%B2",
        "/v1/reports/VN-1",
        "/v1/reports/%00",
        "/v1/reports/%ED%A0%80",
        "/v1/reports/" + "x" * 5000,
        "/v1/obligations?unit=%00",
        "/v1/obligations?round=%00",
        "/v1/refusals?cursor=-1",
        "/v1/refusals?cursor=x.y",
        "/v1/units?q=%00",
        "/v1/units?q=",
        "/v1/units/%00",
        "/v1/units?q=x&limit=1000000",
        "/v1/receipts?cursor=99999999999999999999",
        "/v1/difficulties?cursor=a.b.c",
        "/v1/schemas/by-id?id=%00",
        "/v1/schemas/forms/%00/%00",
        "/v1/units?q=" + "%C3%A9" * 2000,
    ],
)
def test_odd_questions_are_answered(served: Served, path: str) -> None:
    answer = served.get(path, token=served.token(scopes=("report:read", "read:province")))
    assert answer.status < 500, answer.body
    if answer.status >= 400:
        is_problem(answer, answer.status)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/events", 405),
        ("PUT", "/v1/events", 405),
        ("DELETE", "/v1/reports/x", 405),
        ("POST", "/v1/obligations", 405),
        ("GET", "/", 404),
        ("GET", "/v2/events", 404),
        ("POST", "/v1/events/x", 404),
        ("OPTIONS", "/v1/events", 405),
        ("GET", "/v1/%2e%2e/x", 404),
    ],
)
def test_unknown_paths_and_methods_are_problems(served: Served, method: str, path: str, status: int) -> None:
    is_problem(served.request(method, path), status)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer x", "Basic eDp5", "Bearer " + "x" * 9000, "Bearer a.b.c", "bearer é"]
)
def test_without_a_valid_token_nothing_is_answered(served: Served, fresh: Fresh, header: str) -> None:
    for answer in (
        served.post(fresh(), headers={"Authorization": header}),
        served.get("/v1/obligations", headers={"Authorization": header}),
    ):
        is_problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
