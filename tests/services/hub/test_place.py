"""A hub has its port and its folder to itself, and a mistyped folder is no hub."""

from __future__ import annotations

import errno
import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lienthong.errors import Misconfigured
from lienthong.settings import ServiceSettings, Settings
from lienthong.web import naming
from services.demo import ports, starting
from services.hub import every_setting, place
from services.hub.supervisor import AWAY, CANNOT_START, ChildProcess
from tests.builders import command_line
from tests.builders.command_line import Done

OURS = ("lienthong.", "services.")
PASSES = "chạy lại"  # of what may pass by itself, it is said to call again


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which a stranger listens, as one of several processes of another hub would."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def lienthong(*words: str, folder: Path, port: int = 18_555, **more: str) -> Done:
    variables = {"LIENTHONG_DATA_DIR": str(folder), "LIENTHONG_PORT": str(port), **more}
    return command_line.lienthong(*words, **variables)


def test_up_says_at_once_that_its_port_is_taken_and_begins_nothing(taken: int, tmp_path: Path) -> None:
    done = lienthong("up", folder=tmp_path / "hub", port=taken)
    assert done.returncode == 2 and "port_taken" in done.stderr and "LIENTHONG_PORT" in done.stderr
    assert not (tmp_path / "hub" / "postgres").exists()


def test_the_demonstration_takes_the_port_it_was_told_or_none(taken: int, tmp_path: Path) -> None:
    done = lienthong("demo", folder=tmp_path, port=taken)
    assert done.returncode == 2 and "port_taken" in done.stderr


def test_the_platform_says_at_once_that_its_port_is_taken(taken: int, tmp_path: Path) -> None:
    done = lienthong("platform", "--port", str(taken), "--path", str(tmp_path / "p.sqlite"), folder=tmp_path)
    assert done.returncode == 2 and "port_taken" in done.stderr and not (tmp_path / "p.sqlite").exists()


def test_a_second_up_on_one_folder_is_refused(tmp_path: Path) -> None:
    with place.only_supervisor(tmp_path):
        done = lienthong("up", folder=tmp_path)
    assert done.returncode == 2 and "already_up" in done.stderr


def test_a_demonstration_wipes_no_hub_that_runs_on(tmp_path: Path) -> None:
    kept = tmp_path / "var" / "demo"
    with (
        place.only_supervisor(kept / "data"),
        pytest.raises(Misconfigured) as refused,
        starting.running(kept, lambda _: None, start=datetime(2026, 6, 1, tzinfo=UTC)),
    ):
        pass
    assert refused.value.code == "already_up"
    assert (kept / "data" / place.LOCK).exists()


@pytest.mark.parametrize("words", [("rounds", "list"), ("verify",), ("clients", "list"), ("backup", "copy.zip")])
def test_a_command_in_a_folder_without_a_hub_makes_nothing_and_says_so(words: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "mistyped"
    done = lienthong(*words, folder=folder)
    assert done.returncode == 2 and "no_hub_here" in done.stderr and not folder.exists()


def test_a_server_of_ones_own_needs_no_folder(tmp_path: Path) -> None:
    place.refuse_missing(Settings(data_dir=tmp_path / "none", database_url="postgresql://elsewhere/hub"))
    assert not (tmp_path / "none").exists()


class _Stranger(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.mark.parametrize("probe", ["/readyz", "/livez"])
def test_who_answers_in_a_hubs_place_is_no_hub_of_ours(probe: str) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), _Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(Misconfigured) as refused:
            naming.is_ours(f"http://127.0.0.1:{server.server_port}", "0123456789abcdef", probe=probe)
        server.shutdown()
    assert refused.value.code == "port_taken"


def test_nobody_at_an_address_is_not_ready() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert not naming.is_ours(f"http://127.0.0.1:{unused.getsockname()[1]}", "0123456789abcdef")


def test_a_mailbox_whose_port_another_takes_meanwhile_gets_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = starting.free

    def too_early(wished: int, *taken: int) -> int:
        return wished if wished == starting.MAIL_PORT else looked(wished, *taken)

    with socket.socket() as other, ExitStack() as stack:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setattr(starting, "MAIL_PORT", other.getsockname()[1])
        monkeypatch.setattr(ports, "HIGHEST_PORT", 65_535)
        monkeypatch.setattr(starting, "free", too_early)
        assert starting._mailbox(stack, Settings()).port > starting.MAIL_PORT


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (socket.gaierror(-2, "Name or service not known"), "host_unknown"),
        (OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address"), "host_not_here"),
        (PermissionError(errno.EACCES, "Permission denied"), "port_forbidden"),
        (OSError(errno.EADDRINUSE, "Address already in use"), "port_taken"),
        (OSError(errno.EMFILE, "Too many open files"), "address_unusable"),
    ],
)
def test_why_nobody_can_listen_is_told_as_it_is(error: OSError, code: str) -> None:
    assert place.unusable(error, "::1", 80, "LIENTHONG_PORT").code == code


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"LIENTHONG_HOST": "khong.invalid"}, "host_unknown"),
        ({"LIENTHONG_HOST": "192.0.2.9"}, "host_not_here"),
        ({"DATABASE_URL": "postgresql://u:s3cret@[::1/x"}, "setting_wrong"),
        ({"DATABASE_URL": "host=/nowhere dbname=x sslmode=bogus"}, "database_url_unusable"),
        ({"DATABASE_URL": "host=/nowhere dbname=x"}, PASSES),
        ({"LIENTHONG_EXPORT_RETRY_SECONDS": "[1,"}, "LIENTHONG_EXPORT_RETRY_SECONDS"),
        ({"LIENTHONG_TLS_CERTIFICATE": "/nowhere", "LIENTHONG_TLS_KEY": "/nowhere"}, "tls_unusable"),
        ({"LIENTHONG_EXPORT_CA_FILE": "/nowhere"}, "LIENTHONG_EXPORT_CA_FILE"),
        ({"LIENTHONG_OIDC_ISSUER": "http://sso.example"}, "oidc_plain"),
        ({"LIENTHONG_DATA_DIR": "/etc/passwd"}, "data_folder_unusable"),
        ({"LIENTHONG_LOG_FILE": "/tmp"}, "log_file_unusable"),
    ],
)
def test_up_ends_with_a_sentence_on_the_terminal_for_a_setting_that_is_wrong(
    variables: dict[str, str], code: str, tmp_path: Path
) -> None:
    done = lienthong("up", folder=tmp_path / "hub", **{"LIENTHONG_LOG_FILE": str(tmp_path / "log"), **variables})
    assert done.returncode == (AWAY if code == PASSES else CANNOT_START) and code in done.stderr
    assert "Traceback" not in done.stderr and "s3cret" not in done.stderr and "mã sự kiện" not in done.stderr


def test_every_class_of_settings_is_judged_before_a_part_is_started() -> None:
    known = {Settings, *every_setting.OF_PARTS}
    assert {kind for kind in ServiceSettings.__subclasses__() if kind.__module__.startswith(OURS)} == known


@dataclass
class _ASite:
    """Of a site, what the wait for its platform asks."""

    platform: str
    running: list[ChildProcess]
    settings: Settings
    folder: Path = Path("demo")
    name: str = "0123456789abcdef"


def test_a_platform_whose_port_another_takes_meanwhile_gets_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "HIGHEST_PORT", 65_535)
    with http.server.HTTPServer(("127.0.0.1", 0), _Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        part = ChildProcess(name="platform", words=(), failures=1)
        site = _ASite(f"http://127.0.0.1:{server.server_port}", [part], Settings())
        assert not starting._platform_answers(site)  # type: ignore[arg-type]
        server.shutdown()
        moved = site.platform.rpartition(":")[2]
        assert int(moved) > server.server_port
        assert moved in part.words and part.failures == 0


def test_a_platform_gets_the_next_port_of_one_that_speaks_no_http(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "HIGHEST_PORT", 65_535)
    monkeypatch.setattr(naming, "is_ours", lambda *_, **__: False)
    part = ChildProcess(name="platform", words=(), failures=1)
    site = _ASite(f"http://127.0.0.1:{taken}", [part], Settings())
    assert not starting._platform_answers(site)  # type: ignore[arg-type]
    assert int(site.platform.rpartition(":")[2]) > taken
