"""The log tells what failed and where, and nothing of what was sent."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from pydantic import BaseModel

from lienthong import logs, telemetry
from lienthong.errors import Transient
from lienthong.logs import with_causes
from lienthong.postgres.pool import Connection
from lienthong.refusals import refused
from lienthong.settings import Settings
from tests.conftest import ROOT

SECRET = "nội dung mà người gửi viết"


def _caught(fails: object) -> BaseException:
    try:
        fails()  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001  (whatever it is, it is told)
        return error
    raise AssertionError("nothing failed")


class _Model(BaseModel):
    number: int


def _chained() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        raise KeyError(SECRET) from error


@pytest.mark.parametrize(
    "fails",
    [
        _chained,
        lambda: _Model.model_validate({"number": SECRET}),
        lambda: int(SECRET),
        lambda: {}[SECRET],
        lambda: ExceptionGroup(SECRET, [ValueError(SECRET)]).args[1][0].missing,
    ],
)
def test_no_text_of_an_error_is_told(fails: object) -> None:
    said = with_causes(_caught(fails))
    assert SECRET not in said
    assert f"{Path(__file__)}:" in said


def test_the_chain_of_causes_is_told_in_order() -> None:
    said = with_causes(_caught(_chained))
    assert said.index("ValueError") < said.index("which led to") < said.index("KeyError")


def test_what_postgres_says_of_a_row_is_not_told(conn: Connection) -> None:
    error = _caught(lambda: conn.execute("SELECT %s::integer", (SECRET,)))
    assert isinstance(error, psycopg.Error)
    assert SECRET in str(error)
    assert SECRET not in with_causes(error) and "22P02" in with_causes(error)


def test_the_hubs_own_errors_speak_unless_a_sender_caused_them() -> None:
    assert "the disk is full" in with_causes(Transient("the disk is full", code="database_full"))
    assert with_causes(refused("unit_unknown", unit=SECRET)).endswith("(unit_unknown)")


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_logged_failure_holds_no_text_of_a_sender(tmp_path: Path, form: str) -> None:
    script = f"""
import asyncio, logging, threading
from lienthong import telemetry
from lienthong.settings import Settings
telemetry.configure(Settings(log_format={form!r}))
def fail(): raise ValueError({SECRET!r})
try: fail()
except ValueError:
    logging.getLogger("uvicorn.error").error("Exception in ASGI application\\n", exc_info=True)
    telemetry.logger().error("failed", data={SECRET!r})
thread = threading.Thread(target=fail); thread.start(); thread.join()
async def main():
    task = asyncio.create_task(asyncio.to_thread(fail))
    await asyncio.wait([task])
    del task
    import gc; gc.collect()
asyncio.run(main())
fail()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert SECRET not in done.stderr + done.stdout
    assert done.stderr.count("ValueError") >= 4
    if form == "json":
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        assert {"uncaught", "failed"} <= {line["event"] for line in lines}


def test_a_log_file_is_its_owners_alone_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LARGEST", 2000)
    path = tmp_path / "deep" / "hub.log"
    made = logs.handler(path)
    for number in range(200):
        made.emit(logging.LogRecord("x", logging.INFO, "", 0, f"line {number} " + "." * 60, None, None))
    made.close()
    files = sorted(path.parent.iterdir())
    assert len(files) == 1 + logs.KEPT
    assert all(file.stat().st_size <= 2100 and file.stat().st_mode & 0o777 == 0o600 for file in files)


def test_what_a_part_prints_goes_to_a_file_of_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "part.log"
    path.write_text("before\n")
    path.chmod(0o644)
    os.close(logs.open_log(path))
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_value_of_a_log_line_is_short_and_on_one_line() -> None:
    entry = logs.without_texts(None, "info", {"event": "x", "reason": "a\nb\x1b[31m" + "c" * 10_000})
    assert len(entry["reason"]) <= logs.LONGEST and entry["reason"].isprintable()


def test_the_log_goes_where_the_settings_say(tmp_path: Path) -> None:
    path = tmp_path / "hub.log"
    root, before = logging.getLogger(), logging.getLogger().handlers
    try:
        telemetry.configure(Settings(log_file=path, log_format="json"))
        telemetry.logger().warning("told", what=1)
    finally:
        root.handlers = before
    assert json.loads(path.read_text("utf-8"))["event"] == "told"


def test_what_ends_a_process_that_logs_to_a_file_is_said_on_the_terminal_too(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from lienthong import telemetry; from lienthong.settings import Settings\n"
        f"telemetry.configure(Settings(log_file=Path({str(tmp_path / 'hub.log')!r}))); raise KeyError('s3cret')"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "KeyError" in done.stderr and "hub.log" in done.stderr and "s3cret" not in done.stderr
