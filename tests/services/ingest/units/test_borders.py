"""How many values a file of borders may hold: told before any of them is made."""

from __future__ import annotations

import time

import orjson
import pytest

from lienthong.contracts import strict
from lienthong.errors import Rejected
from lienthong.units import boundaries
from services.ingest.units.routes import MOST_OF_BORDERS


def _file(points: int, communes: int) -> bytes:
    ring = [[105.123456, 21.654321]] * (points // communes)
    geometry = {"type": "Polygon", "coordinates": [ring]}
    features = [{"type": "Feature", "properties": {"code": f"{n:05}"}, "geometry": geometry} for n in range(communes)]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def test_the_borders_of_a_large_province_are_read() -> None:
    document = strict.read(_file(boundaries.MOST, 200), values=MOST_OF_BORDERS)
    assert len(document["features"]) == 200


@pytest.mark.parametrize("raw", [_file(300_000, 1), b'{"features":[' + b",".join([b"[1,2]"] * 1_300_000) + b"]}"])
def test_a_file_of_more_values_is_refused_before_they_are_made(raw: bytes) -> None:
    began = time.thread_time()
    with pytest.raises(Rejected) as why:
        strict.read(raw, values=MOST_OF_BORDERS)
    assert [each.code for each in why.value.problems] == ["too_many_values"]
    assert time.thread_time() - began < 0.1
