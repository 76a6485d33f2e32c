"""Settings: read once from the environment by the composition root, handed down as objects.

Every variable starts with LIENTHONG_, except DATABASE_URL. A variable NAME may be given as NAME_FILE
instead, naming a file that holds the value (for secrets mounted by an orchestrator). A service adds
its own class:

    class ExportSettings(ServiceSettings):
        model_config = env("LIENTHONG_EXPORT_")
        signing_key: SecretStr

    settings = load(ExportSettings)

A variable that is empty is one that is not set: a line `NAME=` of a file of variables, or a compose file that hands
on what nobody gave, means the default. What can be judged of a value without asking the machine is judged here, where
it is read (`judged`); names, ports and folders are judged where they are taken (services.hub.place, lienthong.logs).

What does not live here: settings of one service, and anything that reads the environment at import.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from lienthong import setting_values
from lienthong.errors import Message
from lienthong.refusals import alike, misconfigured, misconfigured_by, phrase, phrases, problem


def env(prefix: str) -> SettingsConfigDict:
    """The configuration of a settings class whose variables start with `prefix`.

    Error texts never quote the value they refuse: it may be a secret.
    """
    return SettingsConfigDict(
        env_prefix=prefix, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )


def _split(text: object) -> object:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Networks = Annotated[CommaSeparated, AfterValidator(setting_values.networks)]


class Variables(EnvSettingsSource):
    """The environment. What should be JSON and is not stays the text that it is: its field refuses it by name."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


class SecretFiles(PydanticBaseSettingsSource):
    """Reads NAME_FILE: the value of NAME is the content of that file without its last line end."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        for name in self._names(field, field_name):
            path = os.environ.get(f"{name}_FILE")
            if path:
                return _read(path, name), field_name, False
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                body[key] = value
        return body

    def _names(self, field: FieldInfo, field_name: str) -> list[str]:
        prefix = str(self.config.get("env_prefix", ""))
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            return [str(choice) for choice in alias.choices]
        return [alias if isinstance(alias, str) else f"{prefix}{field_name}".upper()]


def _read(path: str, name: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise misconfigured("setting_file_unreadable", name=f"{name}_FILE", path=path, why=str(exc)) from exc


class ServiceSettings(BaseSettings):
    """Base of all settings classes: environment first, then NAME_FILE, then defaults."""

    model_config = env("LIENTHONG_")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, Variables(settings_cls), SecretFiles(settings_cls)


class Settings(ServiceSettings):
    """What every process of the hub needs to know."""

    model_config = SettingsConfigDict(**env("LIENTHONG_"), populate_by_name=True)

    data_dir: Path = Field(Path("var/lienthong"), description="Folder of the embedded PostgreSQL and of keys")
    database_url: Annotated[SecretStr | None, AfterValidator(setting_values.database)] = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "LIENTHONG_DATABASE_URL"),
        description="PostgreSQL 15+ server; unset: the embedded server in data_dir",
    )
    host: Annotated[str, AfterValidator(setting_values.host)] = Field(
        "127.0.0.1", description="Address to listen on; anything but loopback needs HTTPS"
    )
    port: int = Field(8080, ge=1, le=65535)
    public_url: Annotated[str | None, AfterValidator(setting_values.public_address)] = Field(
        None, description="Address by which others reach the hub, with https; unset: http://host:port"
    )
    trusted_proxies: Networks = Field(
        (), description="Addresses or networks of proxies that speak HTTPS for the hub, by commas"
    )
    tls_certificate: Path | None = Field(None, description="PEM file with the certificate chain: the hub speaks HTTPS")
    tls_key: Path | None = Field(None, description="PEM file with the certificate's private key")
    http_workers: int = Field(1, ge=1, le=64, description="Processes that serve HTTP")
    max_body_bytes: int = Field(
        1024 * 1024, ge=4096, le=64 * 1024 * 1024, description="Largest single report, in bytes"
    )
    max_batch_bytes: int = Field(
        16 * 1024 * 1024, ge=4096, description="Largest batch body (CloudEvents batch), in bytes"
    )
    max_batch_events: int = Field(1000, ge=1, le=100_000, description="Most events in one batch body")
    max_connections: int = Field(2000, ge=10, le=60_000, description="Most HTTP connections of one process")
    max_connections_per_address: int = Field(
        500, ge=1, le=60_000, description="Most of them from one address (listed proxies count in all alone)"
    )
    client_rate: float = Field(200, gt=0, description="Requests a second that one client may send in the long run")
    client_burst: int = Field(2000, ge=1, description="Requests that one client may send at once")
    address_rate: float = Field(20, gt=0, description="Requests a second from one address without a good token")
    address_burst: int = Field(400, ge=1, description="Requests at once from one address without a good token")
    metrics_from: Networks = Field(
        (), description="Addresses or networks that may read /metrics, by commas; this machine always may"
    )
    metrics_token: SecretStr | None = Field(None, description="A word that lets its bearer read /metrics")
    consumer_batch_events: int = Field(1000, ge=1, le=10_000, description="Most events in one transaction")
    consumer_batch_bytes: int = Field(
        16 * 1024 * 1024, ge=1024, description="Most event bytes in one consumer transaction"
    )
    statement_timeout_ms: int = Field(15_000, ge=100, description="Longest SQL statement of an API request")
    lock_timeout_ms: int = Field(3_000, ge=100, description="Longest wait of an API request for a lock")
    pool_size: int = Field(8, ge=1, le=100, description="Most database connections of one process")
    keep_refusals_days: int = Field(
        1095, ge=30, le=36_500, description="Days for which reasons of refused submissions are kept"
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    log_file: Path | None = Field(
        None, description="File to log to (mode 0600, five of 10 MB are kept); unset: standard error"
    )
    sample: bool = Field(False, description="Create the data folder as sample data (may run on a set clock)")

    @model_validator(mode="after")
    def _certificate_and_key(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise misconfigured("tls_half")
        return self

    @property
    def address(self) -> str:
        """The hub's own address, without a slash at its end: issuer of tokens, start of links."""
        return (self.public_url or self._address_of(self.host)).rstrip("/")

    @property
    def local_address(self) -> str:
        """Where the hub answers on its own machine."""
        return self._address_of({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host))

    def _address_of(self, host: str) -> str:
        scheme = "http" if self.tls_certificate is None else "https"
        return f"{scheme}://{place_of(host, self.port)}"


def place_of(host: str, port: int) -> str:
    """Host and port as an address has them: 127.0.0.1:8080, [::1]:8080."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


SettingsClass = TypeVar("SettingsClass", bound=BaseSettings)


def load(settings_class: type[SettingsClass], **given: Any) -> SettingsClass:
    """Read one settings class from the environment. given: what the caller has decided, whatever stands there.

    Raises Misconfigured, naming every variable that is wrong and never its value.
    """
    try:
        return settings_class(**given)
    except ValidationError as exc:
        raise misconfigured_by(
            problem("", "setting_wrong", name=_full_name(settings_class, error["loc"]), why=_reason(error))
            for error in exc.errors(include_url=False, include_input=False)
        ) from exc


def _reason(error: ErrorDetails) -> Message:
    """In both languages where phrases.yaml has words for this kind of fault; else the validator's own."""
    name = f"setting_{error['type']}"
    return phrase(f"setting_{error['type']}", **error.get("ctx", {})) if name in phrases() else alike(error["msg"])


def _full_name(settings_class: type[BaseSettings], place: tuple[int | str, ...]) -> str:
    """The variable as the environment has it: LIENTHONG_HTTP_WORKERS, DATABASE_URL."""
    name, *inside = (str(part) for part in place or ("",))
    field = settings_class.model_fields.get(name)
    prefix = str(settings_class.model_config.get("env_prefix", "")) if field and not field.validation_alias else ""
    return ".".join([f"{prefix}{name}".upper(), *inside])
