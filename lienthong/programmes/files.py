"""Programme and plan files: reading them, and checking their structure.

What the documents mean is in `programmes`; what they should say is in `lint`. How YAML is read: `plan_yaml`.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from lienthong.contracts import texts
from lienthong.contracts.explaining import explain
from lienthong.contracts.formats import LINE
from lienthong.errors import Problem, Rejected
from lienthong.programmes import Document, Plan, parse
from lienthong.programmes.plan_yaml import compose, unreadable
from lienthong.refusals import phrase, problem, refused
from lienthong.shipped import schemas_folder

SCHEMAS = schemas_folder() / "programmes"
"""The shipped programmes and plans, and the two JSON Schemas that fix their structure."""

# A plan of a province with every figure of a programme is about 60 kB; what is far beyond is not a plan.
MAX_BYTES = 2_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanFile:
    """One YAML document: `data` as JSON values, `lines` from JSON Pointer to line (1 = first).

    kind: `programme` or `plan`. text: the source text that quotes are checked against (NFC), None when the
    document names none.
    """

    path: str
    kind: str
    data: Document
    lines: Mapping[str, int] = field(default_factory=dict)
    text: str | None = None

    def line(self, pointer: str) -> int:
        """Line of the value at a JSON Pointer, or of its nearest ancestor that has one."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 1)


def load(path: Path) -> list[PlanFile]:
    """A file, or all programme and plan files below a folder in order of path; structure not yet checked.

    Raises Rejected with file and line when a file can't be read or isn't YAML.
    """
    if path.is_dir():
        return [_read(each) for each in sorted(path.rglob("*.yaml"))]
    return [_read(path)]


def load_with_programme(path: Path) -> list[PlanFile]:
    """A file as `load` gives it; for a plan's file also the `programme.yaml` beside it, first."""
    files = load(path)
    beside = path.parent / "programme.yaml"
    if path.is_file() and files[0].kind == "plan" and beside.is_file():
        return [*load(beside), *files]
    return files


def structure(file: PlanFile) -> list[Problem]:
    """What violates the JSON Schema of the file's kind, as many as `explain` tells; pointers into the document, line in
    `params`.
    """
    errors = _validator(file.kind).iter_errors(file.data)
    return [_structure_problem(file, fault) for fault in explain(_schema(file.kind), file.data, errors)]


def plans(files: Iterable[PlanFile]) -> list[Plan]:
    """The plans among the files, each with its programme out of the files.

    Raises Rejected with every structural problem, or when a plan's programme is not among the files.
    """
    files = list(files)
    problems = [each for file in files for each in structure(file)]
    if problems:
        raise Rejected(problems)
    programmes = {file.data["programme"]: file.data for file in files if file.kind == "programme"}
    orphans = [_orphan(file) for file in files if file.kind == "plan" and file.data["programme"] not in programmes]
    if orphans:
        raise Rejected(orphans)
    return [parse(programmes[file.data["programme"]], file.data) for file in files if file.kind == "plan"]


def published_documents(files: Iterable[PlanFile]) -> dict[str, dict[str, Any]]:
    """By plan code the document that `programmes.parse_published` reads: {"programme": …, "plan": …}."""
    files = list(files)
    programmes = {file.data["programme"]: file.data for file in files if file.kind == "programme"}
    return {
        file.data["plan"]: {"programme": programmes[file.data["programme"]], "plan": file.data}
        for file in files
        if file.kind == "plan"
    }


def write(published: Document, folder: Path) -> tuple[Path, Path]:
    """A published document as the two files it came from, in a new folder. Raises Rejected where the folder exists.

    Read again they give the same document.
    """
    plan = folder / f"{str(published['plan']['plan']).lower()}.yaml"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise refused("folder_not_new", path=str(folder), why=error.strerror or "") from error
    for path, part in ((folder / "programme.yaml", "programme"), (plan, "plan")):
        path.write_text(yaml.safe_dump(published[part], allow_unicode=True, sort_keys=False, width=110), "utf-8")
    return folder / "programme.yaml", plan


def from_data(data: Document, path: str = "", text: str | None = None) -> PlanFile:
    """A PlanFile from a document already in memory; all lines are 1."""
    return PlanFile(path=path, kind="plan" if "plan" in data else "programme", data=data, text=text)


def _read(path: Path) -> PlanFile:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Rejected(
            [
                problem(
                    "",
                    "plan_file_unreadable",
                    path=path,
                    why=error.strerror,
                    file=str(path),
                    line=1,
                )
            ]
        ) from error
    plan_file = parse_file(raw, path)
    return replace(plan_file, text=_source_text(path, plan_file.data))


def parse_file(raw: bytes, name: Path) -> PlanFile:
    """A file that somebody sent under this name: nothing beside it is read. Raises as `load`."""
    if len(raw) > MAX_BYTES:
        raise unreadable(name, 1, phrase("file_too_large"))
    data, lines = compose(name, raw)
    return PlanFile(path=str(name), kind="plan" if "plan" in data else "programme", data=data, lines=lines)


def _source_text(path: Path, data: Document) -> str | None:
    """The texts that the document names, joined; None when it names none or one of them is not there."""
    document = data.get("document")
    named = data.get("sources") if document is None else [document.get("text")] if isinstance(document, dict) else None
    if not isinstance(named, list) or not named:
        return None
    texts = [_text_beside(path, each) for each in named]
    return None if None in texts else "\n".join(text for text in texts if text is not None)


def _text_beside(path: Path, named: object) -> str | None:
    if not isinstance(named, str):
        return None
    file = (path.parent / named).resolve()
    # Only text of the same collection: a plan sent in by an office must not make the hub read other files.
    if file.suffix != ".txt" or not file.is_relative_to(path.resolve().parent.parent) or not file.is_file():
        return None
    return unicodedata.normalize("NFC", file.read_text(encoding="utf-8"))


@lru_cache(maxsize=2)
def _validator(kind: str) -> Any:
    formats = {LINE: texts.is_line}
    return jsonschema_rs.Draft202012Validator(
        _schema(kind), validate_formats=True, formats=formats, retriever=_no_retrieval
    )


@lru_cache(maxsize=2)
def _schema(kind: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8"))
    return schema


def _no_retrieval(uri: str) -> Any:
    raise ValueError(f"schemas are never fetched: {uri}")


def _structure_problem(file: PlanFile, fault: Problem) -> Problem:
    line = file.line(fault.pointer)
    return problem(
        fault.pointer,
        "plan_structure",
        place=f"{file.path}:{line}",
        place2=fault.pointer or "/",
        file=file.path,
        line=line,
        detail=fault.message,
    )


def _orphan(file: PlanFile) -> Problem:
    code = file.data.get("programme")
    return problem(
        "/programme",
        "programme_unknown",
        programme=code,
        file=file.path,
        line=file.line("/programme"),
    )
