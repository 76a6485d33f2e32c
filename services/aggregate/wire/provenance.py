"""From a figure or indicator to the report revisions under it, as HTTP answers it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from lienthong.web.wire import ClosedWire
from services.aggregate.wire import Answer


class SignedOf(ClosedWire):
    """A signed document. electronicId: on the document exchange (edXML); fileHash: SHA-256 of the file."""

    number: str | None
    date: str | None
    agency: str | None = None
    electronic_id: str | None = None
    file_hash: str | None = None


class Contribution(ClosedWire):
    """One report revision under a figure. counted false: its unit is not obliged, or it is withdrawn."""

    unit: str
    name: str | None
    form: str
    revision: int | None
    content_hash: str | None
    position: int | None
    received_at: datetime | None = Field(description="Of this revision")
    first_received_at: datetime | None = Field(
        default=None, description="Of the first accepted revision, by which alone a unit is late"
    )
    late: bool | None
    counted: bool
    state: Literal["reported", "zero", "status", "nil", "missing", "withdrawn", "returned"]
    value: str | None
    signed_document: SignedOf | None = Field(
        default=None, description="The signed document that the report named; null where it named none"
    )


class FigureProvenance(ClosedWire):
    figure: str
    form: str
    sum: str | None
    contributions: list[Contribution]


class Provenance(Answer):
    """From a figure or indicator to the report revisions and hashes under it.

    release: what it was made of in that release; null: as it stands now. earlier: rounds that an indicator over
    several periods rests on too.
    """

    round: str
    code: str
    release: str | None
    figures: list[FigureProvenance]
    earlier: list[str]
