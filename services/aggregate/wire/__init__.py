"""What aggregate's HTTP answers look like, a module for each noun; here what several of them are made of: reasons,
periods. Decimals are text in plain notation; `null` never means zero.
"""

from __future__ import annotations

from datetime import date

from pydantic import Field

from lienthong.web.wire import ClosedWire, Text


class Answer(ClosedWire):
    """sample: none of it is real (“dữ liệu mẫu”); then `notice` says so."""

    sample: bool
    notice: str | None = Field(default=None, examples=["dữ liệu mẫu"])


class Reason(ClosedWire):
    code: str
    message: Text


class OfficialOf(ClosedWire):
    code: str
    list: str = Field(description="The official list that gives the code")


class Period(ClosedWire):
    code: str = Field(examples=["2026-H1"])
    first: date
    last: date = Field(description="Close of data (chốt số liệu), inclusive")
    official: OfficialOf | None = Field(None, description="Its code in an official list")
