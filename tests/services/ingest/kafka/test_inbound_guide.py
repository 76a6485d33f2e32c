"""What docs/kafka-inbound.md shows to integrators and operators works as it stands there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lienthong.events import CLAIMS, PREFIX
from services.commands import clients as client_commands
from services.commands import inbound as inbound_commands
from tests.builders.hub import a_report
from tests.builders.inbound_broker import USERS, Site
from tests.conftest import ROOT

pytest_plugins = ("tests.builders.inbound_broker",)

GUIDE = ROOT / "docs" / "kafka-inbound.md"
A = "/20/ld-a"


def the_example() -> str:
    [code] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return str(code)


def test_it_names_every_type_that_is_taken() -> None:
    [sentence] = re.findall(r"Types and data are those of HTTP, (.*?);", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    named = [name.removeprefix(PREFIX).removesuffix(".v1") for name in re.findall(r"`([^`]+)`", sentence)]
    assert sorted(named) == sorted(kind.removeprefix(PREFIX).removesuffix(".v1") for kind in CLAIMS)


@pytest.mark.parametrize("good", [True, False])
def test_the_example_sends_a_report_and_reads_its_answer(site: Site, tmp_path: Path, good: bool) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps(a_report(site.hub, source=A if good else "/20/other")), encoding="utf-8")
    environment = {
        **os.environ,
        "CLIENT": "ld-a",
        "PREFIX": site.kafka.topic_prefix,
        "KAFKA": site.cluster.bootstrap,
        "PROTOCOL": "SASL_PLAINTEXT",
        "MECHANISM": "PLAIN",
        "USERNAME": "ld-a",
        "PASSWORD": USERS["ld-a"],
        "EVENT": str(event),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", the_example()], env=environment, text=True, stdout=subprocess.PIPE
    )
    with site.worker() as worker:
        while process.poll() is None:
            worker.step(0.2)
    said = process.communicate()[0]
    assert process.returncode == (0 if good else 1), said
    assert ("accepted 20-" in said and "on time" in said) if good else "source_not_allowed" in said


def test_operators_open_topics_list_refusals_and_replay_them(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = site.kafka.sasl_password
    assert secret is not None
    for name, value in {
        "DATABASE_URL": site.hub.conninfo,
        "LIENTHONG_KAFKA_BOOTSTRAP": site.cluster.bootstrap,
        "LIENTHONG_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "LIENTHONG_KAFKA_SASL_MECHANISM": "PLAIN",
        "LIENTHONG_KAFKA_SASL_USERNAME": str(site.kafka.sasl_username),
        "COLUMNS": "200",
        "LIENTHONG_KAFKA_SASL_PASSWORD": secret.get_secret_value(),
        "LIENTHONG_KAFKA_REPLICATION": "1",
        "LIENTHONG_KAFKA_TOPIC_PREFIX": site.kafka.topic_prefix,
    }.items():
        monkeypatch.setenv(name, value)
    run = CliRunner().invoke
    added = run(
        client_commands.app,
        ["add", "ld-b", "--name", "B", "--province", "20", "--unit", "05983", "--kafka-principal", "User:ld-b"],
    )
    assert added.exit_code == 0, added.output
    opened = run(client_commands.app, ["topic", "ld-b"])
    assert f"{site.kafka.topic_prefix}.inbound.ld-b" in opened.output, opened.output
    assert run(client_commands.app, ["topic", "nobody"]).exit_code == 1

    site.send(
        "ld-a",
        a_report(site.hub, source=A, unit="05983", revision=1),
        a_report(site.hub, source=A, round="P119-LS.2099"),
    )
    with site.worker() as worker:
        site.drain(worker)
    listed = run(inbound_commands.app, ["list", "--client", "ld-a"])
    assert "round_unknown" in listed.output, listed.output
    replayed = run(inbound_commands.app, ["replay", "--client", "ld-a", "--offset", "0", "--offset", "1"])
    assert "0: repeated" in replayed.output, replayed.output
    assert "1: refused round_unknown" in replayed.output
    assert replayed.exit_code == 1
