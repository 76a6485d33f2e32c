"""Materials that agencies share: who sees them, how they are found, how they are counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from lienthong import events
from lienthong.access.principals import Principal
from lienthong.postgres.pool import Pool, connect
from services.ingest.materials import reading
from services.ingest.materials.reading import MaterialFilter
from services.ingest.reports.redaction import redact
from tests.builders.claims import contradictions
from tests.builders.hub import OCTOBER, SOURCE, Hub, a_principal, the_plan

SENDER = a_principal(units=["20.SKHCN"])
PROVINCE = a_principal(units=["*"])
COMMUNE = a_principal(units=["06040"])
OTHER_COMMUNE = a_principal(units=["05977"])
ELSEWHERE = a_principal(province="33", units=["*"])


def a_material(id_: str, material: str, **more: Any) -> dict[str, Any]:
    data = {
        "unit": "20.SKHCN",
        "material": material,
        "kind": "handbook",
        "title": "Sổ tay an toàn bức xạ",
        "subject": "An toàn bức xạ",
        "link": f"https://skhcn.langson.gov.vn/{material}.pdf",
        "programmes": ["P119"],
        **more,
    }
    return {"specversion": "1.0", "type": events.MATERIAL_SHARED, "source": SOURCE, "id": id_, "data": data}


def shared(hub: Hub, id_: str, material: str, **more: Any) -> None:
    [outcome] = hub.send(a_material(id_, material, **more), principal=SENDER)
    assert outcome.receipt is not None, outcome.problems


def refusals(hub: Hub, **more: Any) -> list[tuple[str, str]]:
    [outcome] = hub.send(a_material("z", "khong-nhan", **more), principal=SENDER)
    return [(problem.pointer, problem.code) for problem in outcome.problems]


def seen(hub: Hub, who: Principal, **asked: Any) -> list[str]:
    with Pool(hub.conninfo) as pool, pool.connection() as conn:
        bodies = reading.list_materials(
            conn, hub.desk.definitions(), who, MaterialFilter(**asked), after=None, limit=10
        )
    return [body["material"] for body in bodies]


def contradicted(hub: Hub) -> list[str]:
    return [f"{finding.params['table']}.{finding.params['field']}" for finding in contradictions(hub)]


@pytest.fixture
def library(hub: Hub) -> Iterator[Hub]:
    hub.publish(the_plan("p1169", "P1169-LS"))
    shared(hub, "a", "cho-moi-nguoi", kind="document", title="Đề án điện hạt nhân", subject="Điện hạt nhân")
    shared(hub, "b", "cho-mot-xa", visibleTo=["06040"])
    shared(hub, "c", "cua-chuong-trinh-khac", programmes=["P1169"], summary="Hỏi đáp về chuyển đổi số")
    yield hub


def test_who_may_see_a_material_is_said_by_whoever_shares_it(library: Hub) -> None:
    everything = ["cho-moi-nguoi", "cho-mot-xa", "cua-chuong-trinh-khac"]
    assert seen(library, SENDER) == seen(library, PROVINCE) == seen(library, COMMUNE) == everything
    assert seen(library, OTHER_COMMUNE) == ["cho-moi-nguoi", "cua-chuong-trinh-khac"]
    assert seen(library, ELSEWHERE) == []


def test_materials_are_found_by_all_words_with_or_without_marks(library: Hub) -> None:
    assert seen(library, COMMUNE, q="dien hat nhan") == seen(library, COMMUNE, q="Điện ĐỀ ÁN") == ["cho-moi-nguoi"]
    assert seen(library, COMMUNE, q="bức xạ", programme="P119") == ["cho-mot-xa"]
    assert seen(library, COMMUNE, q="chuyen doi so") == ["cua-chuong-trinh-khac"]
    assert seen(library, COMMUNE, q="điện bức") == []
    assert seen(library, COMMUNE, kind="document") == ["cho-moi-nguoi"]


def test_each_counts_what_it_may_see(library: Hub) -> None:
    with Pool(library.conninfo) as pool, pool.connection() as conn:
        definitions = library.desk.definitions()
        all_, few = (reading.counts(conn, definitions, who, None) for who in (COMMUNE, OTHER_COMMUNE))
        counts = reading.counts(conn, definitions, COMMUNE, "P1169")
    assert (all_["materials"], few["materials"], counts["materials"]) == (3, 2, 1)
    assert all_["kinds"] == [{"kind": "document", "materials": 1}, {"kind": "handbook", "materials": 2}]
    assert few["subjects"] == [{"subject": s, "materials": 1} for s in ("An toàn bức xạ", "Điện hạt nhân")]


def test_a_change_replaces_a_withdrawal_removes_a_redaction_is_no_longer_found(library: Hub) -> None:
    shared(library, "d", "cho-mot-xa", visibleTo=["05977"])
    shared(library, "e", "cua-chuong-trinh-khac", withdrawn=True)
    assert seen(library, COMMUNE) == ["cho-moi-nguoi"]
    assert seen(library, OTHER_COMMUNE) == ["cho-moi-nguoi", "cho-mot-xa"]
    [(place,)] = library.rows("SELECT position FROM ingest.ledger WHERE id = 'a'")
    with library.desk.act() as act:
        nowhere = {"number": None, "date": None}
        redact(act, province="20", position=place, pointers=["/data/title"], reason="tên người", document=nowhere)
    assert seen(library, COMMUNE, q="de an") == []
    assert contradicted(library) == []
    with connect(library.conninfo) as owner:
        owner.execute("UPDATE ingest.materials SET visible_to = NULL, words = 'khac' WHERE material = 'cho-mot-xa'")
    assert contradicted(library) == ["ingest.materials.visible_to", "ingest.materials.words"]


def test_the_log_says_which_change_is_the_last_not_a_clock_that_was_set_back(library: Hub) -> None:
    library.set_clock(OCTOBER - timedelta(hours=1))
    shared(library, "d", "cho-mot-xa", visibleTo=["05977"], title="Sổ tay mới")
    shared(library, "e", "cua-chuong-trinh-khac", withdrawn=True)
    assert contradicted(library) == []


@pytest.mark.parametrize("unit", ["99999", "33.SYT", "12103", "VN"])
def test_a_material_is_shared_with_units_of_its_province_alone(hub: Hub, unit: str) -> None:
    refused = refusals(hub, visibleTo=["06040", unit])
    assert refused == [("/data/visibleTo/1", "unit_unknown")]
