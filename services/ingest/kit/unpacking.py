"""Rules from where a vendor has them: a package (folder or zip), a plan's file, or what comes with the software.

A package is refused as a whole when one of its files is not as it was packed: what it would say is not what the hub
says.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lienthong import units
from lienthong.contracts import canonical
from lienthong.contracts.schemas import Contracts
from lienthong.errors import Message, Rejected
from lienthong.programmes import Plan
from lienthong.programmes import files as planfiles
from lienthong.refusals import phrase, refused
from lienthong.shipped import schemas_folder
from lienthong.units import Registry
from services.ingest.kit.packing import FORMS, MANIFEST, PLAN, UNITS, VERSION
from services.ingest.kit.standing import KitRules

LARGEST = 32 * 1024 * 1024
"""Bytes of a package unpacked; one of a province's plan has 1 to 2 MB."""


def shipped_rules() -> KitRules:
    """All plans and units that come with the software, with older versions of their forms."""
    return _local(planfiles.plans(planfiles.load(planfiles.SCHEMAS)))


def of_plan(file: Path) -> KitRules:
    """A plan's YAML file (with the programme beside it), and the shipped units. Raises Rejected as planfiles does."""
    return _local(planfiles.plans(planfiles.load_with_programme(file)))


def of_package(place: Path) -> KitRules:
    """A package, in a folder or as the zip it came in. Raises Rejected (`package_unreadable`)."""
    try:
        folder = _folder(place) if place.is_dir() else _archive(place)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _unreadable(place, phrase("not_readable", why=error)) from error
    manifest = _document(place, folder, MANIFEST)
    _as_packed(place, folder, manifest)
    forms = [_document(place, folder, name) for name in sorted(folder) if name.startswith(FORMS)]
    rows = _document(place, folder, UNITS)
    return KitRules(
        plans=(_plan(place, folder),),
        registry=Registry.from_rows(
            rows.get("units", ()), rows.get("relations", ()), populations=rows.get("populations", ())
        ),
        contracts=Contracts.load(),
        earlier=tuple(form for form in forms if "x-form" in form),
    )


def _local(plans: list[Plan]) -> KitRules:
    registry, contracts = units.load(schemas_folder() / "units"), Contracts.load()
    codes = {form.code for plan in plans for form in plan.forms}
    schemas = (contracts.schema(name) for name in contracts.ids())
    earlier = tuple(schema for schema in schemas if schema.get("x-form") in codes)
    return KitRules(plans=tuple(plans), registry=registry, contracts=contracts, earlier=earlier)


def _plan(place: Path, files: Mapping[str, bytes]) -> Plan:
    document = _document(place, files, PLAN)
    parts = [planfiles.from_data(document.get(name, {}), path=f"{PLAN}/{name}") for name in ("programme", "plan")]
    plans = planfiles.plans(parts)
    if len(plans) != 1:
        raise _unreadable(place, phrase("file_without_plan", name=PLAN))
    return plans[0]


def _as_packed(place: Path, files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> None:
    if type(manifest.get("package")) is not int or manifest["package"] > VERSION:
        raise _unreadable(place, phrase("made_by_newer_software"))
    stated = manifest.get("files")
    if not isinstance(stated, dict) or not {PLAN, UNITS} <= stated.keys():
        raise _unreadable(place, phrase("names_no_files", name=MANIFEST))
    for name, digest in stated.items():
        if name not in files:
            raise _unreadable(place, phrase("file_missing", name=name))
        if canonical.digest(files[name]) != digest:
            raise _unreadable(place, phrase("file_changed", name=name))


def _folder(place: Path) -> dict[str, bytes]:
    """What package.json names is enough: a vendor may keep notes of its own beside."""
    manifest = _document(place, {MANIFEST: (place / MANIFEST).read_bytes()}, MANIFEST)
    files, left = {MANIFEST: (place / MANIFEST).read_bytes()}, LARGEST
    for name in manifest.get("files") or ():
        path = (place / str(name)).resolve()
        if path.is_relative_to(place.resolve()) and path.is_file():
            left -= path.stat().st_size
            if left < 0:
                raise _too_large(place)
            files[str(name)] = path.read_bytes()
    return files


def _archive(place: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(place) as archive:
        if sum(info.file_size for info in archive.infolist()) > LARGEST:
            raise _too_large(place)
        return {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}


def _document(place: Path, files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    try:
        document = json.loads(files[name])
    except (KeyError, ValueError, RecursionError) as error:
        raise _unreadable(place, phrase("missing_or_broken", name=name)) from error
    if not isinstance(document, dict):
        raise _unreadable(place, phrase("missing_or_broken", name=name))
    return document


def _too_large(place: Path) -> Rejected:
    return _unreadable(place, phrase("file_too_large"))


def _unreadable(place: Path, what: Message) -> Rejected:
    return refused("package_unreadable", path=str(place), what=what)
