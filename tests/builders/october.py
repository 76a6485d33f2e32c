"""The demonstration on a morning of its October: a round is open, most units have reported, some still owe."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.demo import logins, scenario, script
from services.demo.scenario import Year
from services.demo.starting import running
from services.identity.people.person import Bound
from tests.builders.console import Site, people
from tests.builders.running_platform import free_port

MORNING = script.at(10, 13, 8)
ROUND = script.NUCLEAR_COMMUNICATION.round


@dataclass(frozen=True, kw_only=True)
class October:
    """Every part of the hub runs, and nobody has looked at its console. passwords: the first ones of the sample people
    who have not logged in yet.
    """

    year: Year
    passwords: dict[str, str]

    @property
    def site(self) -> Site:
        """As the console's tests know a hub."""
        return Site(address=self.year.site.address, conninfo=self.year.site.conninfo)


@contextmanager
def an_october(staff: Mapping[str, tuple[str, Bound]]) -> Iterator[October]:
    """All that the demonstration does before that morning; takes about 15 s on two cores. staff: who logs in beside the
    sample people, each with the password of every test.
    """
    with tempfile.TemporaryDirectory(prefix="lienthong-october-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # the server may run as another user, who has to pass through
        ports = {"port": free_port(), "platform_port": free_port()}
        with running(folder / "hub", lambda _: None, start=script.START, **ports) as site:
            year, http = scenario.begin(site, lambda _: None)
            with http:
                for step in year.steps():
                    if step.at < MORNING:
                        year.run(step)
                site.set_clock(MORNING)
                people(site.conninfo, staff)
                yield October(year=year, passwords=dict(logins.open_accounts(site, script.START.date())))
