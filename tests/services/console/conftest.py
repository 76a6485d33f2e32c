"""One lived-in hub with the console for the tests that read it, and one of its own for a test that changes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from lienthong import events
from tests.builders.console import SIGNER, Browser, Site, a_site, people
from tests.builders.hub import SOURCE, a_hub, a_report
from tests.builders.living_hub import UNITS, consume, live
from tests.conftest import _temporary_database

DIFFICULTY = "20-14"
RAISED = {"unit": UNITS[0], "plan": "P119-LS", "text": "Nhiều thôn chưa có sóng di động.", "proposal": "Bổ sung trạm."}
ITEM = {
    "unit": UNITS[0],
    "item": "tin-1",
    "revision": 1,
    "kind": "news",
    "title": "Ngày hội khoa học",
    "link": "https://tamthanh.langson.example/tin-1",
    "language": "vi",
    "licence": "CC-BY-4.0",
    "programmes": ["P119"],
    "publishedAt": "2026-10-01T02:00:00Z",
}

DIRECTIVE = {
    "unit": UNITS[0],
    "directive": "2026.12-ct-ubnd",
    "number": "12/CT-UBND",
    "title": "Chỉ thị về việc tăng cường thông tin, tuyên truyền về năng lượng nguyên tử trên địa bàn phường",
    "issuer": "UBND phường Đông Kinh",
    "issued": "2026-09-10",
    "programmes": ["P119"],
    "posted": [{"place": "site", "day": "2026-09-11", "url": "https://dongkinh.langson.example/12"}],
    "shared": [{"channel": "zalo", "day": "2026-09-12"}],
}
MATERIAL = {
    "unit": UNITS[0],
    "material": "so-tay-an-toan",
    "kind": "handbook",
    "title": "Sổ tay hỏi đáp về an toàn bức xạ cho cán bộ cơ sở",
    "subject": "An toàn bức xạ",
    "summary": "Hai mươi câu hỏi thường gặp.",
    "link": "https://dongkinh.langson.example/so-tay.pdf",
    "programmes": ["P119"],
    "visibleTo": ["05986", "05983"],
}


def claim(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"specversion": "1.0", "type": kind, "source": SOURCE, "id": f"{kind}-1", "data": data}


@pytest.fixture(scope="session")
def lived(postgres: str, filled: str) -> Iterator[str]:
    """Name of a database in which three communes have reported (one corrected, one withdrew), a release was made, and
    one more has corrected since. One difficulty waits for its answer, one content item for its release.
    """
    with _temporary_database(postgres, filled) as name:
        conninfo = make_conninfo(postgres, dbname=name)
        with a_hub(conninfo) as hub:
            live(hub)
            hub.send(a_report(hub, unit=UNITS[2], revision=2, figures={"events_commune": 9}))
            [raised, sent] = hub.send(claim(events.DIFFICULTY_RAISED, RAISED), claim(events.CONTENT_SUBMITTED, ITEM))
            assert raised.receipt is not None and raised.receipt["position"] == int(DIFFICULTY[3:]) and sent.receipt
            others = claim(events.DIRECTIVE_REGISTERED, DIRECTIVE), claim(events.MATERIAL_SHARED, MATERIAL)
            assert all(outcome.receipt for outcome in hub.send(*others))
            consume(conninfo)
        people(conninfo)
        yield name


@pytest.fixture(scope="session")
def site(postgres: str, lived: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """For tests that only read."""
    with served(postgres, lived, tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture
def own_site(postgres: str, lived: str, tmp_path: Path) -> Iterator[Site]:
    """For a test that changes something."""
    with served(postgres, lived, tmp_path) as made:
        yield made


@contextmanager
def served(postgres: str, lived: str, folder: Path) -> Iterator[Site]:
    """A copy of the lived-in hub, with the console."""
    with (
        _temporary_database(postgres, lived) as name,
        a_site(make_conninfo(postgres, dbname=name), folder) as made,
    ):
        yield made


@pytest.fixture(scope="session")
def office(postgres: str, lived: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Where drafters and signers act, on things that no other test counts."""
    with served(postgres, lived, tmp_path_factory.mktemp("office")) as made:
        yield made


@pytest.fixture(scope="session")
def signer(office: Site) -> Iterator[Browser]:
    """With a second factor set up."""
    with office.enrolled(SIGNER) as made:
        yield made
