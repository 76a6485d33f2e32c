"""How to reach Kafka, what the hub's topics are called, and how its clients behave (options of librdkafka)."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, SecretStr, model_validator

from lienthong.settings import ServiceSettings, env

SENDING: Final = {
    "enable.idempotence": True,  # acks=all, and no message twice or out of order because librdkafka retried
    "enable.gapless.guarantee": True,
    # No message may give up alone: one that did while its successor was sent would be overtaken. The whole
    # batch has a deadline instead, and at the deadline everything unsent is thrown away together.
    "message.timeout.ms": 0,
    "linger.ms": 0,
    "compression.type": "lz4",
    "queue.buffering.max.kbytes": 65_536,
}

READING: Final = {
    "enable.auto.commit": False,  # positions live in PostgreSQL
    "enable.auto.offset.store": False,
    "enable.partition.eof": True,  # how a reader knows that it hears the partition
    "auto.offset.reset": "earliest",
    "isolation.level": "read_committed",
    # Bounds of what is fetched ahead: a process of the hub stays under 120 MB.
    "queued.min.messages": 2_000,
    "queued.max.messages.kbytes": 16_384,
    # A partition just assigned waits for the fetch that is under way; half a second, the default, would be added
    # to every takeover. Messages never wait for this: a fetch returns with the first byte.
    "fetch.wait.max.ms": 50,
    "fetch.queue.backoff.ms": 20,
    "fetch.error.backoff.ms": 100,
}

_LOOPBACK = ("127.", "localhost:", "[::1]:")


class KafkaSettings(ServiceSettings):
    """LIENTHONG_KAFKA_*. Without a bootstrap address the event log stays on PostgreSQL alone."""

    model_config = env("LIENTHONG_KAFKA_")

    bootstrap: str | None = Field(None, description="host:port,host:port of the brokers; unset: no Kafka")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_ca: Path | None = Field(None, description="PEM file of the authorities; unset: those of the system")
    ssl_certificate: Path | None = Field(None, description="PEM file of this client's certificate")
    ssl_key: Path | None = Field(None, description="PEM file of this client's key")
    ssl_key_password: SecretStr | None = None
    allow_unencrypted: bool = Field(
        False, description="Allow unencrypted connections to brokers that are not on this machine"
    )
    topic_prefix: str = Field("lienthong", pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    replication: int = Field(3, ge=1, le=10, description="Copies of each topic that `topics apply` makes")
    # A message of Kafka may have 1,048,588 bytes unless broker and topic say otherwise; the rest is for the
    # key, the headers (under 3 kB) and the frame.
    message_bytes: int = Field(
        900_000, ge=1_000, le=100_000_000, description="Largest event data in one message; more goes in parts"
    )
    # A transaction is open meanwhile (relay.py); a new leader for a killed broker takes 3 to 10 s, two tries.
    send_seconds: float = Field(
        5.0, gt=0, le=25, description="Until a batch that Kafka does not acknowledge counts as failed"
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.security_protocol.startswith("SASL") and not (self.sasl_username and self.sasl_password):
            raise ValueError("SASL needs LIENTHONG_KAFKA_SASL_USERNAME and LIENTHONG_KAFKA_SASL_PASSWORD")
        unencrypted = self.security_protocol in ("PLAINTEXT", "SASL_PLAINTEXT")
        if unencrypted and not self.allow_unencrypted and not self._on_this_machine():
            raise ValueError(
                "brokers on other machines need SSL or SASL_SSL; in a network of your own that nobody else"
                " enters, set LIENTHONG_KAFKA_ALLOW_UNENCRYPTED=true"
            )
        return self

    def _on_this_machine(self) -> bool:
        addresses = (self.bootstrap or "").split(",")
        return all(address.strip().startswith(_LOOPBACK) for address in addresses if address.strip())

    def client_options(self) -> dict[str, str | int | float | bool]:
        """The options of librdkafka by which every client connects."""
        options: dict[str, str | int | float | bool | None] = {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": self.security_protocol,
            "ssl.ca.location": _text(self.ssl_ca),
            "ssl.certificate.location": _text(self.ssl_certificate),
            "ssl.key.location": _text(self.ssl_key),
            "ssl.key.password": _secret(self.ssl_key_password),
            # A broker that comes back is used again within a second, not after ten.
            "reconnect.backoff.max.ms": 1000,
            "socket.keepalive.enable": True,
        }
        if self.security_protocol.startswith("SASL"):
            options |= {
                "sasl.mechanism": self.sasl_mechanism,
                "sasl.username": self.sasl_username,
                "sasl.password": _secret(self.sasl_password),
            }
        return {name: value for name, value in options.items() if value is not None}


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _secret(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()
