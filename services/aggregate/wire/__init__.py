"""What aggregate's HTTP answers look like, a module for each noun; here what all of them are made of: names on the
wire, texts in both languages, reasons, periods. Decimals are text in plain notation; `null` never means zero.
"""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """Names on the wire are camelCase; unknown members are a mistake of ours."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Answer(Wire):
    """sample: none of it is real (“dữ liệu mẫu”); then `notice` says so."""

    sample: bool
    notice: str | None = Field(default=None, examples=["dữ liệu mẫu"])


class Text(Wire):
    vi: str
    en: str


class Reason(Wire):
    code: str
    message: Text


class OfficialOf(Wire):
    code: str
    list: str = Field(description="The official list that gives the code")


class Period(Wire):
    code: str = Field(examples=["2026-H1"])
    first: date
    last: date = Field(description="Close of data (chốt số liệu), inclusive")
    official: OfficialOf | None = Field(None, description="Its code in an official list")
