"""Upgrading while the hub runs: the new version migrates and serves beside the old one, and nobody notices."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lienthong.eventlog.append import SQL
from lienthong.proof import whole
from lienthong.proof.links import continues, is_noted
from lienthong.proof.walk import data_of, problems_of
from tests.builders.hub import Hub, a_report
from tests.builders.living_hub import consume
from tests.conftest import ROOT

NEXT = """
import sys, time
from tests.builders.hub import a_hub, a_report
from lienthong.postgres.migrate import CORE, migrate
from pathlib import Path
import services
root = Path(services.__file__).parent
assert "next" in str(root), root
folders = [CORE, *(root / name / "migrations" for name in ("ingest", "aggregate", "export"))]
print("migrated", *migrate(sys.argv[1], folders), flush=True)
with a_hub(sys.argv[1]) as hub:
    end, revision = time.monotonic() + float(sys.argv[2]), 0
    while time.monotonic() < end:
        revision += 1
        [outcome] = hub.send(a_report(hub, unit="05983", revision=revision, id=f"next-{revision}"))
        assert outcome.verdict == "accepted", outcome
print("accepted", revision, flush=True)
"""


@pytest.fixture
def next_version(tmp_path: Path) -> Path:
    """The code of another version: a new column of the ledger, which it fills and this one knows nothing of; and links
    as the version before this one made them, of the seals alone.
    """
    for name in ("lienthong", "services", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / "next" / name, ignore=shutil.ignore_patterns("__pycache__"))
    ingest = tmp_path / "next" / "services" / "ingest"
    (ingest / "migrations" / "0900.channel.sql").write_text(
        "-- Expand: with a default, so that the version before goes on writing rows without it.\n"
        "ALTER TABLE ingest.ledger ADD COLUMN channel text NOT NULL DEFAULT 'unknown';\n",
        "utf-8",
    )
    queries, store = ingest / "claims" / "queries.sql", ingest / "claims" / "ledger.py"
    _edited(queries, r"(COPY ingest\.ledger \([^)]*explanations)\)", r"\1, channel)")
    _edited(store, r"r\.explanations,?\s*\)", "r.explanations, 'http')")
    _edited(store, r'("bool",\s+"text",\s+"text",\s+"text",)(\s*\))', r'\1 "text",\2')
    _edited(ingest / "claims" / "transaction.py", r"noted_of\(item, row\)", 'b""')
    return tmp_path / "next"


def _edited(path: Path, pattern: str, replacement: str) -> None:
    changed, count = re.subn(pattern, replacement, path.read_text("utf-8"))
    assert count == 1, f"{path.name} is written otherwise now: {pattern}"
    path.write_text(changed, "utf-8")


def test_old_and_new_processes_run_side_by_side(hub: Hub, next_version: Path) -> None:
    stop, accepted = threading.Event(), list[int]()

    def old_version() -> None:
        revision = 0
        while not stop.is_set():
            revision += 1
            [outcome] = hub.send(a_report(hub, unit="05977", revision=revision, id=f"old-{revision}"))
            assert outcome.verdict == "accepted"
            accepted.append(revision)

    running = threading.Thread(target=old_version)
    running.start()
    try:
        environment = {**os.environ, "PYTHONPATH": f"{next_version}:{ROOT}"}
        done = subprocess.run(
            [sys.executable, "-c", NEXT, hub.conninfo, "2"],
            env=environment,
            cwd=next_version,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        before = len(accepted)
        deadline = time.monotonic() + 20
        while len(accepted) <= before and time.monotonic() < deadline:
            time.sleep(0.01)  # the old version still accepts after the new one has come and gone
    finally:
        stop.set()
        running.join()
    assert "migrated ingest/0900.channel" in done.stdout
    by_new = int(done.stdout.split("accepted")[1])
    assert len(accepted) > before > 0
    assert by_new > 0
    assert hub.rows("SELECT channel, count(*) FROM ingest.ledger GROUP BY 1 ORDER BY 1") == [
        ("http", by_new),
        ("unknown", len(accepted)),
    ]
    _log_is_whole(hub)
    consume(hub.conninfo)  # by the old version, over the facts of both
    assert hub.rows("SELECT unit, revision FROM aggregate.reports ORDER BY 1") == [
        ("05977", len(accepted)),
        ("05983", by_new),
    ]


def _log_is_whole(hub: Hub) -> None:
    (head, chain) = hub.conn.execute(SQL.head, {"key": "20"}).fetchone() or (0, b"")
    with hub.conn.transaction():
        [partition] = [each for each in whole.partitions(hub.conn) if each.key == "20"]
        facts = list(whole.events(hub.conn, partition))
    assert [fact.position for fact in facts] == list(range(1, head + 1))
    rules = set()
    for before, fact in itertools.pairwise(facts):
        assert continues(before.link, fact, data_of(fact))
        rules.add((fact.event.causation_id or "").startswith("next-") != is_noted(before.link, fact, data_of(fact)))
    assert rules == {True}, "what each version links alternates, and each is proved by its own rule"
    assert facts[-1].link == chain
    assert list(problems_of(whole.walk_of(partition), facts)) == []
