"""What every format is given: a release as it was made, and what was asked of the file."""

from __future__ import annotations

from dataclasses import dataclass

from lienthong import releases
from lienthong.releases import Dataset


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """text: the dataset in canonical JSON. table: which one, for formats that hold one. bom: a byte order mark, for
    spreadsheets that guess the encoding."""

    text: str
    table: str = "figures"
    bom: bool = False

    def dataset(self) -> Dataset:
        """Read anew each time: only some formats need it, and none twice."""
        return releases.dataset_of(self.text)
