"""Years that many tests read: each is lived through once, and ends with the last test that reads it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import cast

import pytest

from tests.acceptance.conftest import SETTINGS
from tests.builders.kept import Kept
from tests.builders.living_year import Lived
from tests.longest_first import taken_together

WITH_LOGINS = re.compile(r'^pytest_plugins = .*"tests\.builders\.inbound_broker"', re.MULTILINE)


def living(name: str, seen: list[str], *, fails: bool = False) -> Callable[[], AbstractContextManager[Lived]]:
    """Tells when the year begins and when it ends."""

    @contextmanager
    def year() -> Iterator[Lived]:
        seen.append(f"{name} begins")
        if fails:
            raise LookupError(name)
        yield cast(Lived, name)
        seen.append(f"{name} ends")

    return year


def test_tests_in_any_order_live_through_each_year_once_and_the_last_ends_it() -> None:
    seen: list[str] = []
    years = Kept[Lived](asked=Counter(a=3, b=2))
    for name in "abab":
        with years.read(name, living(name, seen)):
            seen.append(name)
    assert seen == ["a begins", "a", "b begins", "b", "a", "b", "b ends"]
    with years.read("a", living("a", seen)):
        pass
    assert seen[-1] == "a ends"


def test_a_run_that_stops_early_ends_what_it_began() -> None:
    seen: list[str] = []
    with closing(Kept[Lived](asked=Counter(a=2))) as years, years.read("a", living("a", seen)):
        pass
    assert seen == ["a begins", "a ends"]


def test_a_year_that_failed_is_not_tried_again() -> None:
    seen: list[str] = []
    years = Kept[Lived](asked=Counter(a=2))
    for _ in range(2):
        with pytest.raises(LookupError), years.read("a", living("a", seen, fails=True)):
            pytest.fail("it was read")
    assert seen == ["a begins"]


def test_all_tests_of_a_year_go_to_one_process_whichever_file_they_stand_in() -> None:
    of = [
        f"tests/acceptance/{name}" for name in ("test_roads.py::test_a[{}-R-1]", "test_all_four_plans.py::test_b[{}]")
    ]
    for setting in SETTINGS:
        assert {taken_together(nodeid.format(setting)) for nodeid in of} == {f"lived {setting}"}
    assert taken_together("tests/services/hub/test_x.py::test_y[postgres]") == "tests/services/hub/test_x.py"


def test_all_tests_of_the_broker_with_logins_go_to_one_process() -> None:
    root = Path(__file__).parents[2]
    files = [path for path in root.glob("tests/**/test_*.py") if WITH_LOGINS.search(path.read_text("utf-8"))]
    using = [path.relative_to(root).as_posix() for path in files]
    assert len(using) > 1
    assert {taken_together(f"{path}::test_x") for path in using} == {"guarded"}
