"""A hub that has just started answers everybody at once, and describes itself meanwhile."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

from psycopg.conninfo import make_conninfo

from services.hub.descriptions import OPENAPI
from tests.builders import whole_hub
from tests.conftest import ROOT, _temporary_database


def test_no_first_answer_fails_while_all_are_asked_for(postgres: str, filled: str) -> None:
    described = json.loads((ROOT / OPENAPI).read_text("utf-8"))["paths"]
    paths = [re.sub(r"\{[^}]*\}", "x", path) for path, methods in described.items() if "get" in methods]
    asked = ["/openapi.json", *paths, *reversed(paths)]
    with _temporary_database(postgres, filled) as name, whole_hub.serving(make_conninfo(postgres, dbname=name)) as hub:
        with ThreadPoolExecutor(20) as threads:
            answers = list(zip(asked, threads.map(hub.get, asked), strict=True))
        again = hub.get("/openapi.json")
    assert [(path, answer.status) for path, answer in answers if answer.status >= 500] == []
    assert answers[0][1].json == again.json
