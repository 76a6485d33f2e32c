"""The code that an official list gives something, beside ours: a form, a figure, a reporting regime, a period. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, Self, TypedDict


class OfficialBody(TypedDict):
    """As documents and answers tell it."""

    code: str
    list: str


class Beside(TypedDict):
    """What stands beside a code of ours."""

    official: NotRequired[OfficialBody]


@dataclass(frozen=True, kw_only=True, slots=True)
class Official:
    """list: the document that issued the code."""

    code: str
    list: str

    @classmethod
    def read(cls, body: Mapping[str, str] | None) -> Self | None:
        """Of a document's member; None where there is none."""
        return None if body is None else cls(code=body["code"], list=body["list"])

    @property
    def body(self) -> OfficialBody:
        """As documents and answers tell it."""
        return {"code": self.code, "list": self.list}


def official_member(official: Official | None) -> Beside:
    """The member `official` beside our code; nothing where no official list names it."""
    return {} if official is None else {"official": official.body}
