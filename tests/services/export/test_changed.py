"""What the Ministry reads of a correction, as a table."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from lienthong.releases import Dataset
from services.export.formats import tables
from services.export.formats.changed import NOTHING, changes
from tests.builders.exporting import a_dataset

NONE: dict[str, Any] = {
    "supersedes": "P119-LS.2026/1",
    "reports": [],
    "observations": [],
    "figures": [],
    "indicators": [],
    "completeness": [],
}


def _rows(**changed: Any) -> list[tuple[object, ...]]:
    return list(changes(cast(Dataset, a_dataset(version=2, changes=NONE | changed))).rows)


def test_a_first_release_changes_nothing() -> None:
    assert changes(cast(Dataset, a_dataset())).rows == ()


def test_a_corrected_figure_stands_with_its_name_and_both_values() -> None:
    figure = a_dataset()["figures"][0]
    body = {"code": figure["code"], "form": figure["form"], "before": "3998", "after": "4001"}
    [row] = _rows(figures=[body])
    assert row[0] == "Tổng số liệu"
    assert row[5:] == (figure["label"]["vi"], Decimal(3998), Decimal(4001))


def test_what_was_not_there_before_is_said_so() -> None:
    unit = a_dataset()["units"][1]
    body = {"unit": unit["code"], "form": "P119-LS.commune", "before": None, "after": 1}
    assert [row[3:] for row in _rows(reports=[body])] == [(unit["name"], None, None, NOTHING, 1)]


def test_an_observation_that_lost_its_value_says_why() -> None:
    figure = a_dataset()["figures"][0]
    before = {"state": "reported", "value": "3.5", "counted": True}
    after = {"state": "returned", "value": None, "counted": False}
    body = {"unit": "x", "form": figure["form"], "figure": figure["code"], "before": before, "after": after}
    assert [row[6:] for row in _rows(observations=[body])] == [(Decimal("3.5"), "bị trả lại")]


def test_an_indicator_that_is_provisional_says_so_beside_its_value() -> None:
    before = {"value": "78.3", "status": None, "assessment": "provisional"}
    after = {"value": "80.1", "status": None, "assessment": "assessed"}
    [row] = _rows(indicators=[{"code": "I-119-01", "before": before, "after": after}])
    assert row[6:] == ("78,3 (tạm tính)", Decimal("80.1"))


def test_changes_can_be_had_as_csv_and_as_a_sheet() -> None:
    assert tables.BY_NAME["changes"] is changes
    assert "Thay đổi so với bản trước" in [table.title for table in tables.all_tables(cast(Dataset, a_dataset()))]
