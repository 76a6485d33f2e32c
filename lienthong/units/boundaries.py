"""Boundaries of units from a GeoJSON file that an office brings: read, checked as a whole, made small. Pure.

Only for drawing: nothing is computed or decided from where a border lies.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from lienthong.contracts import texts
from lienthong.errors import Problem, Rejected
from lienthong.refusals import problem, refused

Ring = list[list[float]]
"""[longitude, latitude] each, the first again at the end; WGS 84."""

_PLACES = 5  # decimals of a degree: a metre
_FEWEST = 4  # points of a ring: three corners and the first again
MOST = 200_000  # points of a file; a province of 200 communes by its cadastre has some 100,000


def read(document: Mapping[str, Any], *, among: Collection[str], key: str = "code") -> dict[str, list[Ring]]:
    """Rings by unit code. among: the codes that may come. key: the property of a feature that holds its code.

    Raises Rejected with every fault at its place (the first fifty): no FeatureCollection, a feature without code or
    area, a code that comes twice or is not among them, a coordinate that is none.
    """
    features = document.get("features") if isinstance(document, Mapping) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection" or not features:
        raise refused("not_geojson")
    boundaries: dict[str, list[Ring]] = {}
    faults: list[Problem] = []
    for place, feature in enumerate(features):
        code, rings = _feature(feature, key)
        fault = _fault(place, key, code, rings, code in boundaries, among)
        if fault is not None:
            faults.append(fault)
            if len(faults) >= texts.MOST_PROBLEMS:
                break
        boundaries[code] = rings or []
    if faults:
        raise Rejected(faults)
    if sum(len(ring) for rings in boundaries.values() for ring in rings) > MOST:
        raise refused("boundaries_too_fine", most=MOST)
    return boundaries


def _feature(feature: Any, key: str) -> tuple[str, list[Ring] | None]:
    """(code, rings); rings None where a coordinate is no number on earth."""
    if not isinstance(feature, Mapping):
        return "", []
    properties, geometry = feature.get("properties"), feature.get("geometry")
    code = str(properties.get(key) or "") if isinstance(properties, Mapping) else ""
    try:
        return code, list(_rings(geometry)) if isinstance(geometry, Mapping) else []
    except (TypeError, ValueError, LookupError):
        return code, None


def _rings(geometry: Mapping[str, Any]) -> Iterator[Ring]:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates") or []
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(str(kind), [])
    for polygon in polygons:
        for ring in polygon:
            points = [_point(point) for point in ring]
            if len(points) >= _FEWEST:
                yield points


def _point(point: Any) -> list[float]:
    """Raises ValueError for what lies nowhere: coordinates of a plane, say, instead of degrees."""
    longitude, latitude = point[0], point[1]
    if not all(type(degrees) in (int, float) for degrees in (longitude, latitude)):
        raise ValueError("no numbers")
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise ValueError("no degrees")
    return [round(float(longitude), _PLACES), round(float(latitude), _PLACES)]


def _fault(
    place: int, key: str, code: str, rings: list[Ring] | None, repeated: bool, among: Collection[str]
) -> Problem | None:
    pointer, number = f"/features/{place}", place + 1
    if not code:
        return problem(pointer, "code_missing", number=number, key=key)
    if repeated:
        return problem(pointer, "code_twice", unit=code)
    if code not in among:
        return problem(pointer, "boundary_of_nobody", unit=code)
    if rings is None:
        return problem(pointer, "not_degrees", unit=code)
    return None if rings else problem(pointer, "area_missing", unit=code)
