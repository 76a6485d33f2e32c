"""What is said of a parameter that can't be used: which values there are, or which bound it passed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from fastapi import FastAPI, Query
from fastapi.testclient import TestClient
from pydantic import TypeAdapter, ValidationError

from lienthong.web import handling
from lienthong.web.parameters import Day, Instant, Number, Truth, Whole


@pytest.fixture(scope="module")
def asked() -> TestClient:
    made = FastAPI()
    handling.install(made)

    @made.get("/")
    def answer(
        table: Annotated[str, Query(pattern="^(figures|csv-vn)$")] = "figures",
        kind: Literal["news", "video"] = "news",
        limit: Annotated[int, Query(ge=1, le=500)] = 1,
        code: Annotated[str, Query(pattern="^[a-z]{2}$")] = "ab",
        on: Day | None = None,
        since: Instant | None = None,
    ) -> str:
        return f"{table}{kind}{limit}{code}{on}{since}"

    return TestClient(made)


@pytest.mark.parametrize(
    ("query", "vietnamese", "english"),
    [
        ("table=zz", "phải là một trong: figures, csv-vn.", "has to be one of figures, csv-vn."),
        ("kind=zz", "phải là một trong: news, video.", "has to be one of news, video."),
        ("limit=501", "lớn hơn mức cho phép (500).", "less than or equal to 500."),
        ("code=A", "không đúng mẫu.", "pattern"),
    ],
)
def test_a_refused_parameter_names_what_would_have_been_taken(
    asked: TestClient, query: str, vietnamese: str, english: str
) -> None:
    answer = asked.get(f"/?{query}")
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["message_vi"].endswith(vietnamese)
    assert english in error["message_en"]


@pytest.mark.parametrize("given", ["0", "2026", "86400", "-1", "20261001", "1e9", "2026-10-01T00:00:00", " 2026-10-01"])
def test_a_day_is_a_text_of_one_shape_and_never_seconds_since_1970(asked: TestClient, given: str) -> None:
    answer = asked.get("/", params={"on": given})
    [error] = answer.json()["errors"]
    assert answer.status_code == 400 and error["pointer"] == "/query/on"
    assert error["message_vi"].endswith("phải là ngày dạng 2026-10-15.")


@pytest.mark.parametrize("given", ["0", "2026", "1790000000", "-1", "20261001", "1790000000.5", "2026-10-01"])
def test_an_instant_is_a_text_with_its_day_and_never_seconds_since_1970(asked: TestClient, given: str) -> None:
    answer = asked.get("/", params={"since": given})
    [error] = answer.json()["errors"]
    assert answer.status_code == 400 and error["pointer"] == "/query/since"
    assert error["message_vi"].endswith("phải là thời điểm dạng 2026-10-15T09:00:00+07:00.")


@pytest.mark.parametrize("number", [0, 86_400, 1_790_000_000.5, True])
@pytest.mark.parametrize("member", [Day, Instant])
def test_a_number_in_a_body_is_no_day_and_no_instant(member: Any, number: float) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(member).validate_python(number)


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        (Truth, [True, False], [1, 0, 1.0, "true", "yes", "on", "", None]),
        (Whole, [2, -1, 2.0, 1e2], ["2", "2.0", True, 2.5, float("inf"), "", None]),
        (Number, [2, 2.5, -0.5], ["2", "2,5", True, "", None]),
    ],
)
def test_a_body_says_truth_and_numbers_as_json_does(kind: Any, taken: list[Any], refused: list[Any]) -> None:
    reading = TypeAdapter(kind)
    assert [reading.validate_python(value) for value in taken] == taken
    for value in refused:
        with pytest.raises(ValidationError):
            reading.validate_python(value)
