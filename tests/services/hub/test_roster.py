"""The roster names each service once, and what it names is there."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from lienthong.settings import Settings
from services import cli
from services.aggregate.worker import CONSUMER as AGGREGATE
from services.commands.up import processes
from services.export.store import CONSUMER as EXPORT
from services.hub import roster
from services.hub.roster import SERVICES
from tests.conftest import ROOT

PLACES = [
    place
    for service in SERVICES
    for place in (service.http, service.metrics, service.worker.run if service.worker else None)
    if place is not None
]


@pytest.mark.parametrize("place", PLACES)
def test_every_place_that_the_roster_names_can_be_called(place: str) -> None:
    assert callable(roster.place(place))


def test_every_folder_of_migrations_belongs_to_a_row() -> None:
    rows = {service.migrations for service in SERVICES}
    assert {path for path in (ROOT / "services").glob("*/migrations") if path.is_dir()} <= rows


def test_every_name_stands_once() -> None:
    names = [service.name for service in SERVICES]
    working = [service.worker.process for service in SERVICES if service.worker]
    assert len(set(names)) == len(names)
    assert len(set(working)) == len(working)


def test_the_consumers_of_the_roster_are_those_that_read_the_log() -> None:
    named = {service.worker.consumer for service in SERVICES if service.worker and service.worker.consumer}
    assert {AGGREGATE, EXPORT, "relay"} <= named


@pytest.mark.parametrize("name", [service.name for service in SERVICES if service.http or service.worker])
def test_every_service_has_a_command(name: str) -> None:
    done = CliRunner().invoke(cli.application(name), [name, "--help"], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    worker = roster.service(name).worker
    assert worker is None or worker.option is None or f"--{worker.option}" in done.output


def test_the_whole_hub_is_its_http_and_the_workers_that_need_no_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIENTHONG_KAFKA_BOOTSTRAP", raising=False)
    names = set(processes(Settings(http_workers=2)))
    assert names == {"http-1", "http-2", *(worker.process for _, worker in roster.workers(kafka=False))}
