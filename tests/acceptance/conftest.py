"""One year of a real hub for the whole folder: every process, real HTTP, a platform; its clock set to 2026."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.demo import outcome, scenario, script
from services.demo.site import running
from tests.acceptance.living import Lived

PORT, PLATFORM_PORT = 18480, 18490  # or the next free ones: a demonstration may run beside the tests


@pytest.fixture(scope="session")
def lived() -> Iterator[Lived]:
    """Takes about 20 s on two cores."""
    with tempfile.TemporaryDirectory(prefix="lienthong-year-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # the server may run as another user, who has to pass through
        with running(
            folder / "hub", lambda _: None, start=script.START, port=PORT, platform_port=PLATFORM_PORT
        ) as site:
            year, http = scenario.begin(site, lambda _: None)
            with http:
                for step in year.steps():
                    year.run(step)
                yield Lived(year=year, outcome=outcome.gather(year))
