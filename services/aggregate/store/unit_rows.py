"""Names of units and their populations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from psycopg.rows import class_row

from lienthong.indicators.tallies import UnitPopulation
from lienthong.periods import Period
from lienthong.postgres.pool import Connection
from services.aggregate.store.queries import SQL


def put_units(tx: Connection, province: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep the names of units, as rows of the registry."""
    with tx.cursor() as cursor:
        cursor.executemany(
            SQL.put_unit,
            [
                {
                    "province": province,
                    "code": row["code"],
                    "valid_from": row["valid_from"],
                    "valid_to": row.get("valid_to") or None,
                    "level": row["level"],
                    "full_name": row["full_name"],
                }
                for row in rows
            ],
        )


def names(conn: Connection, province: str, codes: Collection[str], day: date) -> dict[str, str]:
    """Full names of units on a day; a unit that nobody named is absent."""
    parameters = {"province": province, "codes": sorted(codes), "day": day}
    return dict(conn.execute(SQL.unit_names, parameters).fetchall())


def names_on(conn: Connection, province: str, codes: Collection[str], day: date) -> dict[str, str]:
    """Full names of those of the codes that are units on a day."""
    parameters = {"province": province, "codes": sorted(codes), "day": day}
    return dict(conn.execute(SQL.unit_names_on, parameters).fetchall())


def population(conn: Connection, province: str, unit: str, period: Period) -> UnitPopulation | None:
    """The unit's population at the close of data: of the latest year not after it."""
    parameters = {"province": province, "unit": unit, "year": period.last.year}
    return conn.cursor(row_factory=class_row(UnitPopulation)).execute(SQL.population, parameters).fetchone()


def populations(conn: Connection, province: str, units: Collection[str], period: Period) -> dict[str, UnitPopulation]:
    """The populations of those of the units that have one, at the close of data."""
    parameters = {"province": province, "units": list(units), "year": period.last.year}
    return {
        of: UnitPopulation(value=value, year=year, source=source)
        for of, value, year, source in conn.execute(SQL.populations, parameters)
    }
