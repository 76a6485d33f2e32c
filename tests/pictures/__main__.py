"""`make pictures`, or `python -m tests.pictures overview round`: those two alone."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection
from itertools import groupby
from pathlib import Path

from rich import print as say

from tests.builders.console import Site
from tests.pictures.roster import PICTURES
from tests.pictures.sample import Passing, a_year
from tests.pictures.taking import CHROMIUM, a_camera

FOLDER = Path(__file__).parents[2] / "docs" / "console"


def main(names: Collection[str]) -> None:
    """Write what differs from what is kept."""
    unknown = set(names) - {picture.name for picture in PICTURES}
    if unknown:
        sys.exit(f"no such picture: {', '.join(sorted(unknown))}")
    chromium = shutil.which(CHROMIUM)
    if chromium is None:
        sys.exit("pictures need Chromium (Debian's package chromium)")
    wanted = [picture for picture in PICTURES if not names or picture.name in names]
    taken = 0
    with (
        a_year(say) as year,
        a_camera(Site(address=year.site.address, conninfo=year.site.conninfo), chromium) as camera,
    ):
        passing = Passing(year, say)
        for instant, pictures in groupby(wanted, key=lambda picture: picture.at):
            passing.to(instant)
            for picture in pictures:
                year.site.set_clock(instant)  # a picture shows the same minute whenever it is taken
                taken += 1
                for name, content in camera.take(picture):
                    say(f"{taken}/{len(wanted)}  {name}  {len(content) / 1e3:.0f} kB  {_kept(name, content)}")


def _kept(name: str, content: bytes) -> str:
    path = FOLDER / name
    if path.exists() and path.read_bytes() == content:
        return "unchanged"
    path.write_bytes(content)
    return "written"


if __name__ == "__main__":
    main(sys.argv[1:])
