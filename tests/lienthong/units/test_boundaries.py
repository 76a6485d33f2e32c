"""Boundaries that an office brings: every fault is named at its place, nothing that is no border comes in."""

from __future__ import annotations

from typing import Any

import pytest

from lienthong.contracts import texts
from lienthong.errors import Rejected
from lienthong.units import boundaries

COMMUNES = {"05977", "05983"}


def a_feature(code: str = "05977", x: float = 106.0, *, key: str = "code", kind: str = "Polygon") -> dict[str, Any]:
    ring = [[x, 21.0], [x + 0.1, 21.0], [x + 0.1, 21.1], [x, 21.0]]
    coordinates = [ring] if kind == "Polygon" else [[ring]]
    return {"type": "Feature", "properties": {key: code}, "geometry": {"type": kind, "coordinates": coordinates}}


def read(*features: Any, **more: Any) -> dict[str, Any]:
    return boundaries.read({"type": "FeatureCollection", "features": list(features)}, among=COMMUNES, **more)


def codes(*features: Any) -> list[tuple[str, str]]:
    with pytest.raises(Rejected) as caught:
        read(*features)
    return [(p.pointer, p.code) for p in caught.value.problems]


def test_polygons_and_multipolygons_are_rings_to_the_metre() -> None:
    body = read(a_feature("05977", 106.123456789), a_feature("05983", 106.5, kind="MultiPolygon"))
    assert body["05977"][0][0] == [106.12346, 21.0]
    assert [len(rings) for rings in body.values()] == [1, 1]


def test_the_code_may_stand_under_another_name() -> None:
    assert read(a_feature(key="ma_xa"), key="ma_xa").keys() == {"05977"}


def test_every_fault_is_named_at_its_feature() -> None:
    point = {**a_feature("05983"), "geometry": {"type": "Point", "coordinates": [106, 21]}}
    assert codes(a_feature(), a_feature(), a_feature(""), a_feature("99999"), point, "nonsense") == [
        ("/features/1", "code_twice"),
        ("/features/2", "code_missing"),
        ("/features/3", "boundary_of_nobody"),
        ("/features/4", "area_missing"),
        ("/features/5", "code_missing"),
    ]


@pytest.mark.parametrize("x", [480_000.0, float("nan"), "a", None, True, [], "106"])
def test_coordinates_of_a_plane_are_told_apart_from_degrees(x: Any) -> None:
    wrong = a_feature()
    wrong["geometry"]["coordinates"][0][1][0] = x
    assert codes(wrong) == [("/features/0", "not_degrees")]


def test_what_is_no_point_is_told_at_its_feature() -> None:
    wrong = a_feature()
    wrong["geometry"]["coordinates"][0][1] = {"x": 106}
    assert codes(wrong) == [("/features/0", "not_degrees")]


def test_the_list_of_faults_has_an_end() -> None:
    assert len(codes(*["nonsense"] * 1_000)) == texts.MOST_PROBLEMS


@pytest.mark.parametrize("document", [{}, {"type": "Topology"}, {"type": "FeatureCollection", "features": []}, []])
def test_what_is_no_feature_collection_is_refused(document: Any) -> None:
    with pytest.raises(Rejected) as caught:
        boundaries.read(document, among=COMMUNES)
    assert caught.value.code == "not_geojson"
