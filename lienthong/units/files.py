"""Reading the registry's files: a folder with a manifest, or single CSV files for an import.

The manifest states how many units the list has on a day; a list that says otherwise is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from lienthong import sheets
from lienthong.errors import Problem, Rejected
from lienthong.refusals import misconfigured, problem
from lienthong.units.entries import Row, TableName
from lienthong.units.registry import Registry
from lienthong.units.rows import columns

MANIFEST = "manifest.yaml"
# Agencies are units whose file leaves the level out.
IDENTIFIER = "identifier"
"""The column of units and agencies with the code of QĐ 20/2020/QĐ-TTg (H37.05), where it stands beside ours."""

_IMPLIED: Mapping[str, dict[str, str]] = {"agencies": {"level": "agency"}}
_TABLE_OF: Mapping[str, TableName] = {
    "units": "units",
    "agencies": "units",
    "relations": "relations",
    "aliases": "aliases",
    "populations": "populations",
}


def load(folder: Path) -> Registry:
    """The registry of a folder with a manifest.

    Raises Rejected with every problem by file and line, or when the counts of the manifest are not met;
    Misconfigured when a file is missing or the manifest can't be understood.
    """
    manifest = _manifest(folder / MANIFEST)
    rows: list[Row] = []
    problems: list[Problem] = []
    for kind, name in manifest["files"].items():
        try:
            rows.extend(read_csv(kind, _content(folder / name), name))
        except Rejected as refused:
            problems.extend(refused.problems)
    if problems:
        raise Rejected(problems, code="registry_invalid")
    registry = Registry.read(rows)
    wrong = list(_miscounts(registry, folder / MANIFEST, manifest["counts"]))
    if wrong:
        raise Rejected(wrong, code="registry_miscounted")
    return registry


def read_csv(kind: str, text: str, file: str) -> list[Row]:
    """The rows of a CSV text of kind units, agencies, relations, aliases or populations. Raises as `read_file`."""
    return read_file(kind, text.encode("utf-8", "surrogatepass"), file)


def read_file(kind: str, content: bytes, file: str) -> list[Row]:
    """The rows of a file of that kind: CSV or .xlsx, as lienthong.sheets reads it.

    Raises Rejected when the file can't be read or the header has unknown columns.
    """
    if kind not in _TABLE_OF:
        raise misconfigured("table_kind_unknown", file=file, kind=kind, kinds=", ".join(_TABLE_OF))
    table, implied = _TABLE_OF[kind], _IMPLIED.get(kind, {})
    sheet = sheets.read(content, file)
    beside = frozenset({IDENTIFIER}) if table == "units" else frozenset[str]()
    problems = _header_faults(Row(table=table, line=1, values={}, file=file), sheet.header, beside)
    if problems:
        raise Rejected(problems, code="registry_invalid")
    return [
        row
        for line, values in sheet.rows
        for row in _rows(table, dict(zip(sheet.header, values, strict=True)) | implied, line, file, beside)
    ]


def _rows(table: TableName, values: Mapping[str, Any], line: int, file: str, beside: frozenset[str]) -> Iterator[Row]:
    """The row of one line; and where a unit names its official code beside ours, that as its other code."""
    own = {name: value for name, value in values.items() if name not in beside}
    yield Row(table=table, line=line, values=own, file=file)
    for name in beside & values.keys():
        if values[name] not in ("", None):
            alias = {
                "code": values.get("code"),
                "alias": values[name],
                "kind": "identifier",
                "source": values.get("source"),
            }
            yield Row(table="aliases", line=line, values=alias, file=file)


def _header_faults(first: Row, header: Sequence[str], beside: frozenset[str]) -> list[Problem]:
    return [
        first.problem("column_unknown", column=name)
        for name in header
        if name not in columns(first.table) | beside or header.count(name) > 1
    ]


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise misconfigured("table_unreadable", path=str(path), why=str(fault)) from fault


def _manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = yaml.safe_load(_content(path))
    except yaml.YAMLError as fault:
        raise misconfigured("table_unreadable", path=str(path), why=str(fault)) from fault
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise misconfigured("manifest_incomplete", path=str(path), member="files", why="–")
    if not isinstance(manifest.get("counts"), list):
        raise misconfigured("manifest_incomplete", path=str(path), member="counts", why="–")
    return manifest


def _miscounts(registry: Registry, path: Path, counts: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    for number, stated in enumerate(counts):
        try:
            compared = list(_counts_beside(registry, stated))
        except (KeyError, TypeError, AttributeError, ValueError) as fault:
            raise misconfigured(
                "manifest_incomplete", path=str(path), member=f"counts/{number + 1}", why=repr(fault)
            ) from fault
        for name, expected, actual in compared:
            if expected != actual:
                yield problem(
                    f"/counts/{number}/{name}",
                    "registry_miscounted",
                    path=path.name,
                    stated=stated["date"],
                    name=name,
                    expected=expected,
                    actual=actual,
                )


def _counts_beside(registry: Registry, stated: Mapping[str, Any]) -> Iterator[tuple[str, Any, int]]:
    """Every count the manifest states beside the count of the list."""
    on = date.fromisoformat(str(stated["date"]))
    provinces = registry.provinces(on)
    communes = {unit.code: registry.communes_of(unit.code, on) for unit in provinces}
    yield "provinces", stated["provinces"], len(provinces)
    yield "communes", stated["communes"], sum(len(units) for units in communes.values())
    for province, counts in stated.get("by_province", {}).items():
        units = communes.get(province, ())
        types = Counter(unit.type for unit in units)
        for name, expected in counts.items():
            yield (
                f"by_province/{province}/{name}",
                expected,
                len(units) if name == "communes" else types[name],
            )
