"""The Ministry's feed: skips nothing, repeats nothing, tells what is gone, and sums exactly."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.testclient import TestClient
from httpx import Response
from openapi_spec_validator import OpenAPIV31SpecValidator

from lienthong.access.keys import SigningKey
from lienthong.access.principals import Principal
from lienthong.access.tokens import Trust, Verifier, issue
from lienthong.contracts.canonical import digest_of as digest_of_data
from lienthong.contracts.schemas import Contracts
from lienthong.cursors import Cursors
from lienthong.eventlog.append import PostgresAppender
from lienthong.eventlog.consumer import Consumer
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.postgres.pool import Pool
from lienthong.pushes.reconciliation import Held, digest_of
from lienthong.pushes.signing import new_secret
from lienthong.settings import Settings
from lienthong.shipped import schemas_folder
from services.export.app import app
from services.export.consumer import Exporter
from services.export.deliveries import acts
from services.export.deliveries.acts import ExportActor
from services.export.deliveries.destinations import Destination
from services.export.feed.cursors import Question
from services.export.formats import nation
from services.export.formats.table import Format
from services.export.store import CONSUMER
from services.hub import openapi
from tests.builders.exporting import Export, a_dataset, approved, release_withdrawn, released

KEY = SigningKey.generate()
FEED = "/v1/feed/releases"
Get = Callable[..., Response]


CONTRACTS = Contracts.load(schemas_folder() / "platform")
SCHEMA = "https://lienthong.vn/schemas/platform/{}.schema.json"


@pytest.fixture
def export(pool: Pool, appender: PostgresAppender) -> Export:
    return Export(pool, appender)


@pytest.fixture
def client(database: str) -> Iterator[TestClient]:
    with Pool(database, role="lienthong_export") as pool:
        verifier = Verifier(issuer="http://hub", trust=lambda: Trust.of(KEY))
        with TestClient(app(Settings(), pool, verifier)) as found:
            yield found


@pytest.fixture
def ministry(client: TestClient) -> Get:
    return as_reader(client, "VN", "feed:read")


def as_reader(client: TestClient, province: str, *scopes: str, role: str = "") -> Get:
    """Gets as a client of a province (VN: the Ministry)."""
    token = issue(
        Principal(
            client_id=f"c-{province}",
            name="x",
            province=province,
            units=frozenset(),
            sources=frozenset(),
            scopes=frozenset(scopes),
            role=role or ("ministry" if province == "VN" else "province"),
        ),
        key=KEY,
        issuer="http://hub",
    )

    def get(path: str, method: str = "GET", **headers: str) -> Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.request(method, path, headers={"authorization": f"Bearer {token}"} | given)

    return get


def follow(get: Get, start: str = FEED) -> tuple[list[dict[str, Any]], str]:
    """All entries from a link on, and the delta link at the end."""
    entries: list[dict[str, Any]] = []
    while True:
        answer = get(start)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        entries += body["entries"]
        if "delta" in body["links"]:
            return entries, body["links"]["delta"]
        start = body["links"]["next"]


def test_the_feed_lists_releases_in_order_and_goes_on_from_its_delta_link(export: Export, ministry: Get) -> None:
    export.take_in(*(released(a_dataset(round_=f"R-{n}")) for n in range(5)))
    entries, delta = follow(ministry, f"{FEED}?limit=2")
    assert [entry["release"] for entry in entries] == [f"R-{n}/1" for n in range(5)]
    assert follow(ministry, delta)[0] == []
    export.take_in(released(a_dataset(round_="R-0", version=2)))
    later, _ = follow(ministry, delta)
    assert [(entry["release"], entry["supersedes"]) for entry in later] == [("R-0/2", "R-0/1")]


def test_what_is_served_keeps_its_published_schemas(export: Export, ministry: Get) -> None:
    export.take_in(released(a_dataset(sample=True)), released(a_province("33", "1")), release_withdrawn())
    served = {
        "feed-page": FEED,
        "national": "/v1/feed/national/P119/2026",
        "digest": "/v1/feed/digest",
        "release-dataset": f"{FEED}/P119-33.2026/1/dataset",
    }
    for schema, path in served.items():
        assert CONTRACTS.problems(SCHEMA.format(schema), ministry(path).json()) == [], path


def test_the_description_of_the_api_is_valid(client: TestClient) -> None:
    """With the component that the hub's own description has for what several services answer."""
    assert isinstance(client.app, FastAPI)
    made = get_openapi(title="x", version="1", routes=client.app.routes)
    made["components"]["schemas"].update(openapi.dataset_component())
    OpenAPIV31SpecValidator(made).validate()


def test_sample_data_says_so_in_the_feed_and_in_the_nation(export: Export, ministry: Get) -> None:
    export.take_in(released(a_dataset(sample=True)))
    assert follow(ministry)[0][0]["notice"] == ministry("/v1/feed/national/P119/2026").json()["notice"] == "dữ liệu mẫu"


def test_a_withdrawn_release_comes_as_an_entry_by_id_and_its_dataset_is_gone(export: Export, ministry: Get) -> None:
    export.take_in(released(a_dataset()))
    _, delta = follow(ministry)
    export.take_in(release_withdrawn())
    [gone], _ = follow(ministry, delta)
    assert (gone["entry"], gone["release"], gone["reason"]) == ("withdrawn", "P119-LS.2026/1", "Phát hành nhầm")
    answer = ministry(f"{FEED}/P119-LS.2026/1/dataset")
    assert (answer.status_code, answer.json()["code"]) == (410, "release_withdrawn")
    assert [(e["entry"], e.get("dataset")) for e in follow(ministry)[0]] == [("release", None), ("withdrawn", None)]


def test_nothing_new_is_304_and_a_withdrawal_is_not(export: Export, ministry: Get) -> None:
    export.take_in(released(a_dataset()))
    etag = ministry(FEED).headers["etag"]
    again = ministry(FEED, if_none_match=etag)
    assert (again.status_code, again.content) == (304, b"")
    export.take_in(release_withdrawn())
    assert ministry(FEED, if_none_match=etag).status_code == 200


def test_ndjson_has_an_entry_a_line_and_its_links_in_the_header(export: Export, ministry: Get) -> None:
    export.take_in(*(released(a_dataset(round_=f"R-{n}")) for n in range(3)))
    answer = ministry(f"{FEED}?limit=2", accept="application/x-ndjson")
    assert [json.loads(line)["release"] for line in answer.text.splitlines()] == ["R-0/1", "R-1/1"]
    assert 'rel="next"' in answer.headers["link"]


@pytest.mark.parametrize(("cursor", "status"), [("nonsense", 400), ("a.b", 400), ("é.é", 400), ("..", 400)])
def test_a_cursor_we_never_gave_is_refused(ministry: Get, cursor: str, status: int) -> None:
    answer = ministry(f"{FEED}?cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (status, "cursor_malformed")


def test_a_forged_cursor_is_refused(export: Export, ministry: Get) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415

    forged = Cursors(path=FEED, key=b"0" * 32, epoch=1, now=datetime.now(UTC), head=9).give(5, Question().mark)
    assert ministry(f"{FEED}?cursor={forged}").json()["code"] == "cursor_malformed"


@pytest.mark.parametrize("changed", ["%20{}", "{}%0A", "{}%3D%3D", "{}A", "{}.", "*{}"])
def test_a_cursor_has_one_spelling(export: Export, ministry: Get, changed: str) -> None:
    export.take_in(released(a_dataset()))
    _, delta = follow(ministry)
    assert ministry(delta).status_code == 200
    path, _, cursor = delta.partition("cursor=")
    answer = ministry(f"{path}cursor={changed.format(cursor)}")
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_malformed")


def test_a_cursor_of_a_past_before_a_restore_is_gone(export: Export, ministry: Get) -> None:
    export.take_in(released(a_dataset()))
    _, delta = follow(ministry)
    with export.pool.connection() as conn:
        conn.execute("UPDATE eventlog.installation SET epoch = epoch + 1")
    answer = ministry(delta)
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor_of_another_past")
    assert answer.json()["errors"][0]["params"]["restart"] == FEED


def test_an_expired_cursor_is_gone(export: Export, ministry: Get) -> None:
    with export.pool.connection() as conn:
        conn.execute("UPDATE eventlog.installation SET sample = true")
        _, delta = follow(ministry)
        conn.execute("UPDATE eventlog.installation SET clock_offset = interval '181 days'")
    assert ministry(delta).json()["code"] == "cursor_expired"


def test_a_cursor_answers_only_the_question_it_was_given_for(export: Export, ministry: Get) -> None:
    export.take_in(released(a_dataset()))
    _, delta = follow(ministry, f"{FEED}?programme=P119")
    assert ministry(delta.replace("programme=P119", "programme=P438")).json()["code"] == "cursor_of_another_question"


def test_a_cursor_skips_and_repeats_nothing_while_many_write(export: Export, ministry: Get, database: str) -> None:
    provinces, each = ["20", "33", "19", "01"], 12
    done = threading.Event()

    def write(province: str) -> None:
        """Releases of one province, each in its own transaction, consumed by a worker of its own."""
        with Pool(database, max_size=6) as pool:
            log = PostgresEventLog(pool, batch_events=1)
            subscription = log.subscribe(CONSUMER, [province])
            for number in range(each):
                export.append(released(a_dataset(round_=f"R-{province}-{number}", province=province)))
                Consumer(subscription, Exporter(sample=False), pool).consume_until({province: number + 1})
            subscription.close()

    seen: list[str] = []

    def read() -> None:
        link = f"{FEED}?limit=3"
        while True:
            last = done.is_set()
            entries, link = follow(ministry, link)
            seen.extend(entry["release"] for entry in entries)
            if last:
                return

    writers = [threading.Thread(target=write, args=(province,)) for province in provinces]
    reader = threading.Thread(target=read)
    for thread in [*writers, reader]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert len(seen) == len(set(seen)) == len(provinces) * each
    assert seen == [entry["release"] for entry in follow(ministry)[0]]


def test_reading_the_log_again_lists_nothing_again(export: Export, ministry: Get) -> None:
    export.take_in(released(a_dataset()), release_withdrawn())
    before = follow(ministry)[0]
    with export.pool.connection() as conn:
        conn.execute("DELETE FROM eventlog.positions")
    export.take_in()
    assert follow(ministry)[0] == before


def test_the_dataset_is_the_bytes_that_the_digest_is_over(export: Export, ministry: Get) -> None:
    dataset = a_dataset()
    export.take_in(released(dataset))
    [entry], _ = follow(ministry)
    answer = ministry(entry["dataset"])
    assert answer.json() == dataset
    assert digest_of_data(answer.json()) == entry["digest"]
    again = ministry(entry["dataset"], if_none_match=answer.headers["etag"])
    assert again.status_code == 304


def test_the_dataset_as_ndjson_has_every_part(export: Export, ministry: Get) -> None:
    export.take_in(released(a_dataset()))
    lines = [json.loads(line) for line in ministry(f"{FEED}/P119-LS.2026/1/dataset?format=ndjson").text.splitlines()]
    assert lines[0]["record"] == "release"
    kinds = {line["record"] for line in lines}
    assert kinds == {"release", "duty", "completeness", "unit", "figure", "indicator", "observation", "provenance"}


def test_csv_tells_zero_from_missing_and_is_read_as_unicode_by_spreadsheets(export: Export, ministry: Get) -> None:
    export.take_in(released(a_dataset()))
    answer = ministry(f"{FEED}/P119-LS.2026/1/dataset?format=csv&bom=true")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    told = {(row["Mã đơn vị"], row["Mã số liệu"]): (row["Giá trị"], row["Tình trạng"]) for row in rows}
    assert told["05983", "news_items"] == ("0", "bằng 0")
    assert told["06040", "news_items"] == ("", "chưa báo cáo")
    assert told["06058", "news_items"] == ("", "đã rút")
    assert 'filename="P119-LS.2026_1_figures.csv"' in answer.headers["content-disposition"]


def test_csv_for_a_vietnamese_excel_has_semicolons_decimal_commas_days_and_the_tables_name(
    export: Export, ministry: Get
) -> None:
    export.take_in(released(a_dataset()))
    answer = ministry(f"{FEED}/P119-LS.2026/1/dataset?format=csv-vn")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    told = {(row["Mã đơn vị"], row["Mã số liệu"]): row["Giá trị"] for row in rows}
    assert told["05977", "broadcast_hours"] == "3,5"
    sources = ministry(f"{FEED}/P119-LS.2026/1/dataset?format=csv-vn&table=sources")
    assert 'filename="P119-LS.2026_1_sources.csv"' in sources.headers["content-disposition"]
    [*days] = (row["Tiếp nhận lúc"] for row in csv.DictReader(io.StringIO(sources.text), delimiter=";"))
    assert days and all(re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d", day) for day in days)
    plain = ministry(f"{FEED}/P119-LS.2026/1/dataset", accept="text/csv")
    assert plain.text.startswith("Bản phát hành,")


def test_moments_are_moments_in_the_workbook(export: Export, ministry: Get) -> None:
    export.take_in(released(a_dataset()))
    book = openpyxl.load_workbook(io.BytesIO(ministry(f"{FEED}/P119-LS.2026/1/dataset?format=xlsx").content))
    received = [row[5] for row in book["Nguồn"].iter_rows(min_row=5, values_only=True)]
    assert received and all(isinstance(one, datetime) for one in received)


@pytest.mark.parametrize("evil", ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_becomes_a_formula_in_a_spreadsheet(export: Export, ministry: Get, evil: str) -> None:
    dataset = a_dataset()
    dataset["units"][1]["name"] = evil
    export.take_in(released(dataset))
    text = ministry(f"{FEED}/P119-LS.2026/1/dataset?format=csv").content.decode()
    names = [row["Đơn vị"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert f"'{evil}" in names
    book = openpyxl.load_workbook(io.BytesIO(ministry(f"{FEED}/P119-LS.2026/1/dataset?format=xlsx").content))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n", "d", "inlineStr"}


def test_the_workbook_opens_with_its_sheets_and_exact_numbers(export: Export, ministry: Get) -> None:
    export.take_in(released(a_dataset()))
    answer = ministry(
        f"{FEED}/P119-LS.2026/1/dataset", accept="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert {"Tổng quan", "Chỉ tiêu", "Số liệu", "Đơn vị chưa báo cáo", "Nguồn"} <= set(book.sheetnames)
    rows = {(row[0], row[3]): row for row in book["Số liệu"].iter_rows(min_row=5, values_only=True)}
    assert (rows["05977", "broadcast_hours"][6], rows["05983", "news_items"][6]) == (3.5, 0)
    assert rows["06040", "news_items"][6] is None
    assert [row[0] for row in book["Đơn vị chưa báo cáo"].iter_rows(min_row=5, values_only=True)] == ["06040", "06058"]


def test_every_sheet_of_sample_data_says_so(export: Export, ministry: Get) -> None:
    export.take_in(released(a_dataset(sample=True)))
    book = openpyxl.load_workbook(io.BytesIO(ministry(f"{FEED}/P119-LS.2026/1/dataset?format=xlsx").content))
    assert all("DỮ LIỆU MẪU" in str(sheet["A2"].value) for sheet in book)


def test_the_digest_is_recomputed_from_what_the_reader_holds(export: Export, ministry: Get) -> None:
    export.take_in(released(a_dataset()), released(a_dataset(round_="R-2")), release_withdrawn("R-2"))
    held: dict[str, Held] = {}
    for entry in follow(ministry)[0]:
        digest = "withdrawn" if entry["entry"] == "withdrawn" else entry["digest"]
        held[entry["release"]] = Held(id=entry["release"], version=entry["version"], digest=digest)
    count, digest = digest_of(held.values())
    assert ministry("/v1/feed/digest").json() == {"kind": "release", "count": count, "digest": digest}


def a_province(code: str, total: str | None, *, version: int = 1, given: int = 2) -> dict[str, Any]:
    """A province's release whose first figure has this sum."""
    dataset = a_dataset(round_=f"P119-{code}.2026", province=code, version=version)
    dataset["figures"][0] |= {"sum": total, "given": given}
    return dataset


def test_the_nation_is_the_exact_sum_over_the_latest_releases_of_provinces(export: Export, ministry: Get) -> None:
    export.take_in(
        released(a_province("20", "999999999999999")),
        released(a_province("33", "1")),
        released(a_province("20", "1000000000000000", version=2)),
        released(a_province("19", None, given=0)),
    )
    national = ministry("/v1/feed/national/P119/2026").json()
    figures = {figure["code"]: figure for figure in national["figures"]}
    assert figures["news_items"]["sum"] == "1000000000000001"
    assert figures["news_items"]["provinces"] == 2
    assert Decimal(figures["broadcast_hours"]["sum"]) == Decimal("10.5")
    assert figures["plan_issued"]["sum"] is None
    assert {s["value"]: s["units"] for s in figures["plan_issued"]["statuses"]} == {"none": 3, "issued": 3}
    assert national["provinces"] == {"total": 34, "released": 3, "codes": ["19", "20", "33"]}
    assert [(r["release"], r["version"]) for r in national["releases"]] == [
        ("P119-19.2026/1", 1),
        ("P119-20.2026/2", 2),
        ("P119-33.2026/1", 1),
    ]


def test_what_no_province_gave_is_null_and_never_zero(export: Export, ministry: Get) -> None:
    export.take_in(released(a_province("20", None, given=0)))
    national = ministry("/v1/feed/national/P119/2026").json()
    assert {f["code"]: f["sum"] for f in national["figures"]}["news_items"] is None


def test_a_withdrawn_version_falls_back_to_the_one_before(export: Export, ministry: Get) -> None:
    export.take_in(
        released(a_province("20", "5")),
        released(a_province("20", "7", version=2)),
        release_withdrawn("P119-20.2026", 2),
    )
    national = ministry("/v1/feed/national/P119/2026").json()
    assert {f["code"]: f["sum"] for f in national["figures"]}["news_items"] == "5"


def a_commune(unit: str, **changes: Any) -> dict[str, Any]:
    """The release of a commune's own plan in province 20, about itself alone."""
    issuer = {"code": unit, "name": "UBND xã", "level": "commune"}
    dataset = a_dataset(round_=f"P119-{unit}.2026", province="20", issuer=issuer)
    return (
        dataset | {"observations": [{**observation, "unit": unit} for observation in dataset["observations"]]} | changes
    )


def test_a_communes_own_plan_is_counted_and_does_not_make_its_province_released(export: Export, ministry: Get) -> None:
    export.take_in(released(a_province("33", "5")), released(a_commune("06001")))
    national = ministry("/v1/feed/national/P119/2026").json()
    assert national["provinces"] | {"codes": 0} == {"total": 34, "released": 1, "codes": 0}
    assert national["communes"] == {"released": 1, "codes": ["06001"]}
    [there] = ministry("/v1/feed/periods").json()["periods"]
    assert (there["provinces"], there["communes"], there["releases"]) == (1, 1, 2), "as the national document counts"
    assert {f["code"]: f["sum"] for f in national["figures"]}["news_items"] == "17"


def test_a_figure_that_the_province_counts_for_the_commune_is_dropped_and_not_its_form(
    export: Export, ministry: Get
) -> None:
    province = a_province("20", "5")
    twice = next(observation for observation in province["observations"] if observation["figure"] == "news_items")
    only_news = [{**twice, "unit": "06001", "counted": True}]
    export.take_in(released(province | {"observations": only_news}), released(a_commune("06001")))
    national = ministry("/v1/feed/national/P119/2026").json()
    figures = {f["code"]: f["sum"] for f in national["figures"]}
    assert (figures["news_items"], Decimal(figures["broadcast_hours"])) == ("5", 7)
    assert [(one["release"], one["figure"]) for one in national["leftOut"]] == [("P119-06001.2026/1", "news_items")]


def test_what_the_ministry_was_not_sent_is_not_in_the_nation(export: Export, ministry: Get) -> None:
    export.take_in(released(a_province("33", "5")), released(a_province("20", "5") | {"recipients": ["platform"]}))
    assert ministry("/v1/feed/national/P119/2026").json()["provinces"]["codes"] == ["33"]


def test_programmes_and_periods_there_are_can_be_listed_and_withdrawn_ones_are_not_there(
    export: Export, ministry: Get
) -> None:
    export.take_in(
        released(a_province("20", "5")),
        released(a_province("33", "1")),
        released(a_dataset(round_="R-9", recipients=["platform"])),
    )
    there = {"programme": "P119", "period": "2026", "provinces": 2, "communes": 0, "releases": 2}
    assert ministry("/v1/feed/periods").json() == {"periods": [there]}
    assert ministry("/v1/feed/periods?programme=P438").json()["code"] == "programme_not_here"
    export.take_in(release_withdrawn("P119-20.2026", 1))
    assert ministry("/v1/feed/periods").json() == {"periods": [there | {"provinces": 1, "releases": 1}]}


def test_the_nation_is_not_written_as_another_format_where_the_asked_one_has_no_writer() -> None:
    parquet = Format(name="parquet", media="application/vnd.apache.parquet", module="parquet")
    with pytest.raises(KeyError, match="parquet"):
        nation.nation_file(nation.Nation(document={}, heads=()), parquet, "figures")


@pytest.mark.parametrize("asked", ["P999/2026", "P119/2031"])
def test_a_programme_or_period_nobody_released_is_not_found_and_told_what_there_is(
    export: Export, ministry: Get, asked: str
) -> None:
    export.take_in(released(a_province("20", "5")))
    answer = ministry(f"/v1/feed/national/{asked}")
    [problem] = answer.json()["errors"]
    assert (answer.status_code, problem["code"]) == (404, "period_unreleased")
    assert problem["params"]["there"] == "P119/2026"


def test_the_nation_is_had_as_tables_that_a_vietnamese_excel_opens_right(export: Export, ministry: Get) -> None:
    export.take_in(released(a_province("20", "5") | {"sample": True}), released(a_province("33", "7")))
    answer = ministry("/v1/feed/national/P119/2026?format=csv-vn&table=figures")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-disposition"] == 'attachment; filename="P119.2026_figures.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    sums = {row["Mã số liệu"]: row["Tổng"] for row in rows}
    assert (sums["news_items"], sums["broadcast_hours"], sums["plan_issued"]) == ("12", "7", "")
    assert {(row["Chương trình"], row["Kỳ"], row["Dữ liệu mẫu"]) for row in rows} == {("P119", "2026", "có")}
    assert csv.DictReader(io.StringIO(ministry("/v1/feed/national/P119/2026?format=csv").text)).fieldnames


def test_the_nations_workbook_has_the_provinces_indicators_and_when_they_signed(export: Export, ministry: Get) -> None:
    export.take_in(released(a_province("20", "5")), released(a_province("33", "7")))
    answer = ministry("/v1/feed/national/P119/2026?format=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Số liệu cả nước", "Chỉ tiêu các tỉnh", "Bản phát hành"]
    dataset = ministry(f"{FEED}/P119-20.2026/1/dataset").json()
    told = {row[3] for row in book["Chỉ tiêu các tỉnh"].iter_rows(min_row=5, values_only=True) if row[0] == "20"}
    assert told == {indicator["code"] for indicator in dataset["indicators"]} != set()
    signed = [row[5] for row in book["Bản phát hành"].iter_rows(min_row=5, values_only=True)]
    assert len(signed) == 2
    assert all(isinstance(one, datetime) for one in signed)


def test_a_file_of_the_nation_is_another_than_its_document_for_who_keeps_it(export: Export, ministry: Get) -> None:
    export.take_in(released(a_province("20", "5")))
    path = "/v1/feed/national/P119/2026"
    etag = ministry(path).headers["etag"]
    assert ministry(path, if_none_match=etag).status_code == 304
    assert ministry(f"{path}?format=csv", if_none_match=etag).status_code == 200


def test_the_ministry_sees_only_what_it_is_a_recipient_of(export: Export, ministry: Get) -> None:
    export.take_in(released(a_dataset(recipients=["platform"])))
    assert follow(ministry)[0] == []
    assert ministry(f"{FEED}/P119-LS.2026/1/dataset").status_code == 404


def test_the_platform_pulls_only_what_names_it_and_never_the_nation(export: Export, client: TestClient) -> None:
    export.take_in(released(a_dataset(recipients=["VN"])), released(a_dataset(round_="R-2", recipients=["platform"])))
    platform = as_reader(client, "VN", "feed:read", role="platform")
    assert [entry["release"] for entry in follow(platform)[0]] == ["R-2/1"]
    assert platform(f"{FEED}/P119-LS.2026/1/dataset").status_code == 404
    assert platform("/v1/feed/national/P119/2026").status_code == 403
    lang_son = as_reader(client, "20", "feed:read")
    assert [entry["release"] for entry in follow(lang_son)[0]] == ["P119-LS.2026/1", "R-2/1"]


def test_a_province_sees_its_own_and_nobody_elses(export: Export, client: TestClient) -> None:
    export.take_in(released(a_dataset()), released(a_dataset(round_="P438-HY.2026", province="33")))
    lang_son = as_reader(client, "20", "feed:read")
    assert [entry["province"] for entry in follow(lang_son)[0]] == ["20"]
    assert lang_son(f"{FEED}?province=33").status_code == 404
    assert lang_son(f"{FEED}/P438-HY.2026/1/dataset").status_code == 404
    assert lang_son("/v1/feed/national/P119/2026").status_code == 403
    assert lang_son("/v1/feed/digest").json()["count"] == 1


@pytest.mark.parametrize(
    "path",
    [
        f"{FEED}?programme=%00",
        f"{FEED}?limit=99999999999999999999",
        f"{FEED}?province=%00%00",
        f"{FEED}?cursor=%00",
        f"{FEED}/%00/1/dataset",
        f"{FEED}/R/99999999999999999999/dataset",
        "/v1/feed/national/%00/2026",
        "/v1/feed/digest?province=999",
        "/v1/deliveries?cursor=99999999999999999999",
        "/v1/deliveries?destination=%00",
    ],
)
def test_whatever_is_asked_it_is_a_refusal_and_never_a_failure(client: TestClient, path: str) -> None:
    answer = as_reader(client, "VN", "feed:read", "read:province")(path)
    assert answer.status_code in (400, 404), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_feed_is_closed_without_its_scope(client: TestClient) -> None:
    assert client.get(FEED).status_code == 401
    assert as_reader(client, "20", "report:read")(FEED).status_code == 403


def test_deliveries_are_read_page_by_page_as_every_list_is(export: Export, client: TestClient) -> None:
    wanted = Destination(
        id="p-20", name="x", province="20", url="https://platform.example", sender="hub", secret=new_secret()
    )
    acts.add(export.pool, wanted, ExportActor(name="cli:test"))
    export.take_in(approved(), approved(unit="33.SKHCN", province="33"), approved(unit="20.SYT"))
    operator = as_reader(client, "20", "read:province", "operate:deliveries")
    first = operator("/v1/deliveries?state=pending&limit=1")
    onward = first.json()["links"]["next"]
    assert f'<{onward}>; rel="next"' in first.headers["Link"]
    last = operator(onward)
    assert "next" not in last.json()["links"]
    subjects = [delivery["subject"] for answer in (first, last) for delivery in answer.json()["deliveries"]]
    assert subjects == ["20.SYT/2026-0042", "20.SKHCN/2026-0042"]
    assert operator(onward.replace("pending", "dead")).json()["code"] == "cursor_of_another_question"


def test_a_province_reads_its_deliveries_and_replays_a_dead_one(export: Export, client: TestClient) -> None:
    for province in ("20", "33"):
        wanted = Destination(
            id=f"p-{province}",
            name="x",
            province=province,
            url="https://platform.example",
            sender="hub",
            secret=new_secret(),
        )
        acts.add(export.pool, wanted, ExportActor(name="cli:test"))
    export.take_in(approved(), approved(unit="33.SKHCN"))
    export.push_all(export.pusher(resolve=lambda host, port: ["10.0.0.1"]))
    operator = as_reader(client, "20", "read:province", "operate:deliveries")
    [delivery] = operator("/v1/deliveries?state=dead").json()["deliveries"]
    assert (delivery["subject"], delivery["reason"]) == ("20.SKHCN/2026-0042", "address_refused")
    assert delivery["attempts"][0]["outcome"] == "address_refused"
    assert operator(f"/v1/deliveries/{delivery['id']}/retry", method="POST").status_code == 202
    assert operator(f"/v1/deliveries/{delivery['id']}/retry", method="POST").status_code == 409
    stranger = as_reader(client, "33", "operate:deliveries")
    assert stranger(f"/v1/deliveries/{delivery['id']}/retry", method="POST").status_code == 404
    with export.pool.connection() as conn:
        assert conn.execute("SELECT actor, act FROM ingest.audit").fetchall() == [
            ("cli:test", "destination.added"),
            ("cli:test", "destination.added"),
            ("client:c-20", "delivery.retried"),
        ]
