"""`lienthong users` and `lienthong clients` as an operator calls them, on a filled hub."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from tests.builders.hub import Hub
from tests.builders.people import PASSWORD, an_identity

Call = Callable[..., Result]


def shown(done: Result, name: str) -> str:
    """What a command shows behind a name, once."""
    [line] = [line for line in done.stdout.splitlines() if name in line]
    return line.split()[-1]


def test_a_person_is_added_listed_and_logs_in(hub: Hub, call: Call) -> None:
    done = call("users", "add", "lan.nt", "--name", "Nông Thị Lan", "--province", "20", "--role", "reporter:06040")
    assert done.exit_code == 0, done.output
    [one] = json.loads(call("users", "list", "--json").stdout)
    assert one["bindings"] == [{"role": "reporter", "province": "20", "units": ["06040"]}]
    with an_identity(hub.conninfo) as identity:
        assert identity.browser().login(password=shown(done, "password")).json()["state"] == "password"
    assert [
        act for (act,) in hub.rows("SELECT act FROM ingest.audit WHERE actor LIKE 'cli:%' AND subject = 'lan.nt'")
    ] == ["person.added"]


def test_the_registry_is_asked_for_units(call: Call) -> None:
    done = call("users", "add", "lan.nt", "--name", "Lan", "--province", "20", "--role", "reporter:12103,99999")
    assert done.exit_code == 1
    assert done.stderr.count("unit_not_in_province") == 2
    assert "role_unreadable" in call("users", "add", "x.y", "--name", "X", "--province", "20", "--role", "a b").stderr


def test_a_province_that_is_not_there_is_told_once(call: Call) -> None:
    said = call("users", "add", "lan.nt", "--name", "Lan", "--province", "99", "--role", "drafter")
    assert said.exit_code == 1 and "no_such_province" in said.stderr and "binding_elsewhere" not in said.stderr


def test_a_password_comes_from_a_file_or_the_keyboard(hub: Hub, call: Call, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n", "utf-8")
    words = ("--name", "Lan", "--province", "20", "--role", "drafter")
    done = call("users", "add", "lan.nt", *words, "--password-file", str(file))
    assert done.exit_code == 0 and PASSWORD not in done.output
    other = "trời hôm nay rất đẹp"
    done = call("users", "password", "lan.nt", "--ask", given=f"{other}\n{other}\n")
    assert done.exit_code == 0 and other not in done.output
    with an_identity(hub.conninfo) as identity:
        assert identity.browser().login().status_code == 401
        assert identity.browser().login(password=other).json()["state"] == "password"


def test_roles_lock_and_second_factor_by_command(hub: Hub, call: Call, tmp_path: Path) -> None:
    call("users", "add", "ky.hv", "--name", "Hoàng Văn Ký", "--province", "20", "--role", "drafter")
    assert call("users", "roles", "ky.hv", "--role", "signer", "--role", "drafter:20.SKHCN").exit_code == 0
    token = tmp_path / "token"
    token.write_text("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n", "utf-8")
    assert "có / set up" in call("users", "totp", "ky.hv", "--secret-file", str(token)).stdout
    with an_identity(hub.conninfo) as identity:
        password = shown(call("users", "password", "ky.hv"), "password")
        browser = identity.browser()
        browser.secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        assert browser.login("ky.hv", password).json()["state"] == "second_factor"
        assert browser.give_code(identity.clock).json()["state"] == "password"
        assert browser.post("/v1/session/password", old=password, password=PASSWORD).json()["state"] == "complete"
        assert "testclient" in call("users", "sessions", "ky.hv").stdout
        assert "chưa có mục nào" in call("users", "sessions", "ky.hv", "--end").stdout
        assert browser.get().status_code == 401
        assert call("users", "disable", "ky.hv", "--reason", "nghỉ việc").exit_code == 0
        assert identity.browser().login("ky.hv").status_code == 401
    assert "đã khóa" in call("users", "list", "--disabled").stdout
    assert "chưa có / none" in call("users", "totp", "ky.hv", "--reset", "--reason", "mất điện thoại").stdout
    assert call("users", "enable", "nobody-here", "--reason", "x").exit_code == 1


# ---- clients


def test_a_client_of_a_province_or_unit_that_is_not_there_is_refused(call: Call) -> None:
    far = call("clients", "add", "xx-1", "--name", "X", "--province", "99", "--unit", "06040")
    assert far.exit_code == 1 and "no_such_province" in far.stderr
    other = call("clients", "add", "xx-1", "--name", "X", "--province", "20", "--unit", "12103")
    assert other.exit_code == 1 and "unit_elsewhere" in other.stderr
    assert "chưa có mục nào" in call("clients", "list").stdout


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-8")])
def test_communes_are_registered_from_a_file_with_their_secrets_in_another(
    call: Call, tmp_path: Path, delimiter: str, encoding: str
) -> None:
    rows = [
        ["client_id", "name", "province", "units"],
        ["ld-a", "Xã A", "20", "06040"],
        ["ld-b", "Xã B", "20", "06004 05977"],
    ]
    file, secrets = tmp_path / "clients.csv", tmp_path / "secrets.csv"
    file.write_text("\r\n".join(delimiter.join(row) for row in rows) + "\r\n", encoding)
    done = call("clients", "import", str(file), "--secrets", str(secrets))
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    kept = [line.split(",") for line in secrets.read_text("utf-8").splitlines()]
    assert [row[0] for row in kept] == ["client_id", "ld-a", "ld-b"] and all(
        row[1].startswith("lts_") for row in kept[1:]
    )
    assert "lts_" not in done.output
    listed = json.loads(call("clients", "list", "--json").stdout)
    assert [(one["client_id"], one["units"]) for one in listed] == [("ld-a", ["06040"]), ("ld-b", ["05977", "06004"])]
    again = call("clients", "import", str(file), "--secrets", str(secrets))
    assert again.exit_code == 1 and "file_exists" in again.stderr and secrets.read_text("utf-8").count("lts_") == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("client_id,name\na-1,X\n", "file_columns"),
        ("", "header_missing"),
        ('client_id,name,province\na-1,"X,20\n', "quote_not_closed"),
        ("client_id,name,province\na-1,Xã\x00,20\n", "file_not_utf8"),
    ],
)
def test_a_file_that_can_not_be_read_registers_nobody(call: Call, tmp_path: Path, text: str, code: str) -> None:
    file, secrets = tmp_path / "clients.csv", tmp_path / "secrets.csv"
    file.write_text(text, "utf-8")
    done = call("clients", "import", str(file), "--secrets", str(secrets))
    assert done.exit_code == 1 and code in done.stderr and not secrets.exists()
    file.write_bytes("client_id,name,province\na-1,Xã,20\n".encode("latin-1"))
    assert "file_not_utf8" in call("clients", "import", str(file), "--secrets", str(secrets)).stderr


def test_what_is_wrong_in_a_file_is_said_by_its_lines(call: Call, tmp_path: Path) -> None:
    file, secrets = tmp_path / "clients.csv", tmp_path / "secrets.csv"
    file.write_text("client_id,name,province,units\nld-a,A,20,06040\nld-b,B,20,12103\nLD,C,20,06004\n", "utf-8")
    done = call("clients", "import", str(file), "--secrets", str(secrets))
    assert done.exit_code == 1 and not secrets.exists()
    assert "dòng 3: units/0" in done.stderr and "dòng 4: client_id" in done.stderr
    assert json.loads(call("clients", "list", "--json").stdout) == []


def test_keys_of_a_client_are_registered_listed_and_removed(call: Call, tmp_path: Path) -> None:
    jwk: dict[str, Any] = json.loads(OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate().public_key()))
    file = tmp_path / "key.json"
    file.write_text(json.dumps(jwk), "utf-8")
    words = ("ld-a", "--name", "A", "--province", "20", "--unit", "06040")
    assert "client_secret" not in call("clients", "add", *words, "--jwk", str(file)).stdout
    second = json.loads(OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate().public_key()))
    file.write_text(json.dumps({**second, "kid": "-0GoEtHx1lY"}), "utf-8")  # as a thumbprint may begin
    kid = call("clients", "keys", "add", "ld-a", str(file)).stdout.split()[-1]
    assert kid in call("clients", "keys", "list", "ld-a").stdout
    assert call("clients", "keys", "remove", "ld-a", kid).exit_code == 0
    assert kid not in call("clients", "keys", "list", "ld-a").stdout
    assert call("clients", "keys", "remove", "ld-a", kid).exit_code == 1
