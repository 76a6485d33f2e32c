"""A dataset written canonically once, with the digest over that text; the fact that carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypedDict

import orjson

from lienthong.contracts import canonical
from lienthong.refusals import unprocessable
from lienthong.releases.dataset import Dataset


class Made(TypedDict):
    """The data of `release.made`: a dataset beside what names it."""

    release: str
    round: str
    version: int
    supersedes: str | None
    dataset: Dataset
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A dataset with its canonical text, which is what everybody keeps, serves and compares, and the digest over it."""

    dataset: Dataset
    text: str
    digest: str


def write(dataset: Dataset) -> Written:
    """Write a dataset. The one place where it is done; whoever holds a Written has no need to do it again."""
    text = canonical.write(dataset)
    return Written(dataset=dataset, text=text.decode(), digest=canonical.digest(text))


def made_of(release: Written) -> str:
    """The data of `release.made` as JSON."""
    members: Mapping[str, Any] = {
        **{name: release.dataset[name] for name in ("release", "round", "version", "supersedes")},
        "dataset": orjson.Fragment(release.text),
        "digest": release.digest,
    }
    return canonical.write(members).decode()


def with_stated_digest(data: Made) -> Written:
    """What `release.made` says, with the digest as it tells it: who verifies compares."""
    return replace(write(data["dataset"]), digest=data["digest"])


def read(data: Made) -> Written:
    """What `release.made` says. Raises Unprocessable when the digest that it tells is not that of its dataset."""
    release = write(data["dataset"])
    if release.digest != data["digest"]:
        raise unprocessable(
            "release_digest_mismatch", release=data["release"], told=data["digest"], found=release.digest
        )
    return release
