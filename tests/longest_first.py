"""How the tests are spread over several processes: by units of work that share what is dear to make, the longest first.

A unit is a file, or all files of a run that use the same dear fixture (with the same parameter); units decide the
order. One process takes a file as a whole (`--dist loadfile`), so that its broker or hub is started once, and a year or
the broker with logins as a whole, whichever files ask for it; as the longest come first, no process is left alone with
one at the end.
(`--dist loadgroup` would take a unit as a whole, but xdist 3.8 writes the group where pytest 9.2 does not read it:
every test was spread alone.)

`tests/longest_first.txt` says how long the long ones take: seconds in a run of four processes on a
quiet machine. It decides the order alone: a file that is not in it comes after those that are. To write it anew:

    LIENTHONG_TEST_SECONDS=tests/longest_first.txt make test
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

DEAR = ("guarded", "lived")
"""The broker with logins; a year of a hub in each of its settings, and the hub that the console's tests read."""
SHORTEST = 3.0  # seconds; what is shorter is not listed

_LISTED = Path(__file__).with_suffix(".txt")
_GUARDED = {f"tests/services/ingest/kafka/test_inbound{part}.py" for part in ("", "_faults", "_guide")}
_YEAR = re.compile(r"^tests/acceptance/.+\[((?:postgres|kafka)(?:, many workers, killed)?)[-\]]")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Who spreads the tests of a run in several processes; xdist's own for whoever asks for another spreading."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415 (a run in one process does without)

    class ByYearOrFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return taken_together(nodeid)

    return ByYearOrFile(config, log)


def taken_together(nodeid: str) -> str:
    """What one process takes as a whole: a year with all tests of it, all of the broker with logins, or a file."""
    year, file = _YEAR.match(nodeid), nodeid.partition("::")[0]
    if year:
        return f"lived {year[1]}"
    return "guarded" if file in _GUARDED else file


def pytest_configure(config: pytest.Config) -> None:
    """The process that spreads the tests, or the only one, writes what they took where it is asked to."""
    path = os.environ.get("LIENTHONG_TEST_SECONDS")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Seconds(Path(path).absolute()))


@pytest.hookimpl(tryfirst=True)  # a random order, where one is asked for, comes after it
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test gets its unit, and the units are put in their order."""
    seconds = _listed()
    for item in items:
        item.add_marker(pytest.mark.xdist_group(unit_of(item)))
        item.user_properties.append(("unit", unit_of(item)))
    items.sort(key=lambda item: -seconds.get(unit_of(item), 0.0))


def unit_of(item: pytest.Item) -> str:
    """The name of the unit of work that a test belongs to."""
    for fixture in DEAR:
        if fixture in getattr(item, "fixturenames", ()):
            given = item.callspec.params.get(fixture, "") if hasattr(item, "callspec") else ""
            return f"{fixture} {given}".strip()
    return item.nodeid.partition("::")[0].removeprefix("tests/")


def _listed() -> dict[str, float]:
    rows = (line.split(maxsplit=1) for line in _LISTED.read_text("utf-8").splitlines())
    return {unit: float(seconds) for seconds, unit in rows}


class Seconds:
    """Adds up what the units of a run took, and writes it where LIENTHONG_TEST_SECONDS says."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._taken: defaultdict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._taken[str(dict(report.user_properties)["unit"])] += report.duration

    def pytest_sessionfinish(self) -> None:
        longest = sorted(self._taken.items(), key=lambda pair: -pair[1])
        rows = [f"{taken:.0f} {unit}\n" for unit, taken in longest if taken >= SHORTEST]
        self._path.write_text("".join(rows), "utf-8")
