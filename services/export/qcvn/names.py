"""What packets and fields are called, out of the one file that holds the names. Nothing else knows any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lienthong.refusals import misconfigured
from lienthong.shipped import schemas_folder

FILE = "reporting/qcvn125.yaml"


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldGroup:
    """A group of fields: its name, that of each record in it, and by our word the name of each field."""

    name: str
    record: str
    fields: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Agency:
    """How an official list calls one of our units."""

    code: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """The file. sent: our states; accepted, refused: what answers call those. agencies: by our code."""

    standard: str
    provisional: bool
    root: str
    namespace: str | None
    target: str
    media: Mapping[str, str]
    header: FieldGroup
    recipient: FieldGroup
    packets: Mapping[str, FieldGroup]
    sent: Mapping[str, str]
    accepted: frozenset[str]
    refused: frozenset[str]
    agencies: Mapping[str, Agency]


@cache
def names() -> Names:
    """The shipped names. Raises Misconfigured for a file that lacks a part."""
    return read_names(schemas_folder() / FILE)


def read_names(path: Path) -> Names:
    """A file of names."""
    try:
        body: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
        return Names(
            standard=body["standard"],
            provisional=bool(body["provisional"]),
            root=body["root"],
            namespace=body["namespace"],
            target=body["target"],
            media=body["media"],
            header=_field_group(body["header"]),
            recipient=_field_group(body["recipient"]),
            packets={code: _field_group(packet) for code, packet in body["packets"].items()},
            sent=body["states"]["sent"],
            accepted=frozenset(body["states"]["answered"]["accepted"]),
            refused=frozenset(body["states"]["answered"]["refused"]),
            agencies={
                code: Agency(code=agency["code"], name=agency["name"]) for code, agency in body["agencies"].items()
            },
        )
    except (KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise misconfigured("names_broken", file=path.name, what=repr(error)) from error


def _field_group(body: Mapping[str, Any]) -> FieldGroup:
    return FieldGroup(name=body["name"], record=body.get("record", body["name"]), fields=body["fields"])
