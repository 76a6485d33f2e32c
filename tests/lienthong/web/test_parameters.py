"""What is said of a parameter that can't be used: which values there are, or which bound it passed."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from fastapi import FastAPI, Query
from fastapi.testclient import TestClient

from lienthong.web import handling


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
    ) -> str:
        return f"{table}{kind}{limit}{code}"

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
