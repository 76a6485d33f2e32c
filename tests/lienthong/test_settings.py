"""Settings: from the environment, secrets from files, errors that name the variable and never its value."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from lienthong.errors import Misconfigured
from lienthong.settings import ServiceSettings, Settings, env, load
from services.export.settings import ExportSettings


class ASettings(ServiceSettings):
    model_config = env("LIENTHONG_PART_")

    key: SecretStr
    limit: int = 3


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "LIENTHONG_PORT", "LIENTHONG_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_without_any_variable_the_hub_runs_on_loopback_with_its_own_database() -> None:
    settings = load(Settings)
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 8080, None)
    assert settings.address == "http://127.0.0.1:8080"


def test_the_database_url_has_no_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@db/hub")
    database_url = load(Settings).database_url
    assert database_url is not None
    assert database_url.get_secret_value() == "postgresql://u:p@db/hub"


@pytest.mark.parametrize(
    ("variable", "settings_class"), [("DATABASE_URL", Settings), ("LIENTHONG_PART_KEY", ASettings)]
)
def test_a_secret_may_stand_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, settings_class: type[ServiceSettings]
) -> None:
    (tmp_path / "secret").write_text("postgresql://từ@tệp/hub\n", encoding="utf-8")
    monkeypatch.setenv(f"{variable}_FILE", str(tmp_path / "secret"))
    loaded = load(settings_class)
    field = "database_url" if settings_class is Settings else "key"
    assert getattr(loaded, field).get_secret_value() == "postgresql://từ@tệp/hub"


def test_the_variable_itself_wins_over_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file")
    monkeypatch.setenv("LIENTHONG_PART_KEY_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("LIENTHONG_PART_KEY", "direct")
    assert load(ASettings).key.get_secret_value() == "direct"


def test_a_missing_secret_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENTHONG_PART_KEY_FILE", "/nowhere/key")
    with pytest.raises(Misconfigured, match="LIENTHONG_PART_KEY_FILE names the file /nowhere/key"):
        load(ASettings)


def test_a_wrong_value_is_named_but_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENTHONG_PART_KEY", "k")
    monkeypatch.setenv("LIENTHONG_PART_LIMIT", "s3cret")
    with pytest.raises(Misconfigured) as raised:
        load(ASettings)
    assert "LIMIT" in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_a_missing_value_is_named() -> None:
    with pytest.raises(Misconfigured, match="KEY"):
        load(ASettings)


def test_a_list_is_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENTHONG_TRUSTED_PROXIES", "10.0.0.1, 10.0.0.2,")
    assert load(Settings).trusted_proxies == ("10.0.0.1", "10.0.0.2")


def test_the_public_address_has_no_slash_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENTHONG_PUBLIC_URL", "https://lienthong.example/")
    assert load(Settings).address == "https://lienthong.example"


@pytest.mark.parametrize("name", ["LIENTHONG_PORT", "LIENTHONG_HTTP_WORKERS"])
def test_a_wrong_setting_is_named_as_the_environment_has_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "mười")
    with pytest.raises(Misconfigured) as wrong:
        load(Settings)
    [problem] = wrong.value.problems
    assert problem.message.vi.startswith(f"Cài đặt {name} sai") and name in problem.message.en
    assert "mười" not in problem.message.vi + problem.message.en


def _refused(settings_class: type[ServiceSettings]) -> str:
    with pytest.raises(Misconfigured) as wrong:
        load(settings_class)
    return "\n".join(f"{problem.message.vi} {problem.message.en}" for problem in wrong.value.problems)


@pytest.mark.parametrize(
    "url",
    [
        "garbage",
        " ",
        "mysql://u:s3cret@h/x",
        "postgresql://u:s3cret@[::1/x",
        "postgresql://u:p@h/x?s3cret=bar",
        "postgresql://u:p@s3cret@h/x",
    ],
)
def test_a_database_that_no_library_can_read_is_refused_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    said = _refused(Settings)
    assert "Cài đặt DATABASE_URL sai" in said and "s3cret" not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIENTHONG_TRUSTED_PROXIES", "abc"),
        ("LIENTHONG_METRICS_FROM", "10.0.0.0/99"),
        ("LIENTHONG_PUBLIC_URL", "ftp://x"),
        ("LIENTHONG_PUBLIC_URL", "https:///loud"),
        ("LIENTHONG_PUBLIC_URL", "https://x:y"),
        ("LIENTHONG_HOST", "hub.example/x"),
        ("LIENTHONG_LOG_LEVEL", "loud"),
    ],
)
def test_what_can_be_judged_by_its_text_is_judged_when_it_is_read(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    said = _refused(Settings)
    assert f"Cài đặt {name} sai" in said and value not in said


def test_a_list_that_is_no_json_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENTHONG_EXPORT_RETRY_SECONDS", "[1,")
    assert "Cài đặt LIENTHONG_EXPORT_RETRY_SECONDS sai: phải là một danh sách JSON" in _refused(ExportSettings)


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    unset = load(Settings)
    for name in Settings.model_fields:
        monkeypatch.setenv("DATABASE_URL" if name == "database_url" else f"LIENTHONG_{name}".upper(), "")
    assert load(Settings) == unset
    assert (unset.log_file, unset.tls_certificate) == (None, None)


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_an_ipv6_address_stands_in_brackets_where_an_address_is_built(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIENTHONG_HOST", host)
    settings = load(Settings)
    assert (settings.host, settings.address, settings.local_address) == ("::1", *["http://[::1]:8080"] * 2)


def test_all_addresses_of_ipv6_are_answered_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENTHONG_HOST", "::")
    assert load(Settings).local_address == "http://[::1]:8080"


def test_a_certificate_without_its_key_is_half_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENTHONG_TLS_CERTIFICATE", "/etc/chain.pem")
    assert "LIENTHONG_TLS_KEY" in _refused(Settings)


@pytest.mark.parametrize("url", ["host=/home/lan@tinh/run dbname=hub", "postgresql://", "postgresql://u:p%40ss@a,b/x"])
def test_what_the_library_reads_is_taken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert load(Settings).database_url is not None
