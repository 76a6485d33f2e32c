"""Brokers as production has them: TLS, SCRAM or certificates of clients. On a real broker with such listeners."""

from __future__ import annotations

import ipaddress
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pydantic import SecretStr

from lienthong.embedded.kafka import Cluster, node
from lienthong.embedded.kafka.configuration import ClusterLayout, Node, server_properties
from lienthong.errors import HubError
from lienthong.kafka import topics
from lienthong.kafka.administration import Administration
from lienthong.kafka.messages import OutgoingMessage, Received
from lienthong.kafka.reader import Reader
from lienthong.kafka.sender import Sender
from lienthong.kafka.settings import KafkaSettings
from tests.builders.inbound_broker import started
from tests.builders.kafka_topic import everything_in
from tests.builders.running_platform import free_port, until

PASSWORD = "mat-khau-cua-hub"
PROTOCOLS = {"scram": "SASL_SSL", "mutual": "SSL"}
"""Of the listeners that the broker gets beside its own."""


@dataclass(frozen=True)
class Authority:
    """A certificate authority of its own, and files signed by it."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def made(cls, folder: Path, name: str) -> Authority:
        key, subject = ec.generate_private_key(ec.SECP256R1()), _name(name)
        builder = _builder(subject, subject, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        made = cls(folder, key, builder.sign(key, hashes.SHA256()))
        (folder / f"{name}.pem").write_bytes(made.certificate.public_bytes(serialization.Encoding.PEM))
        return made

    def sign(self, name: str) -> tuple[Path, Path]:
        """(certificate, key) for a server on the loopback address or a client."""
        key = ec.generate_private_key(ec.SECP256R1())
        addresses = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = _builder(_name(name), self.certificate.subject, key).add_extension(addresses, False)
        signed = builder.add_extension(uses, False).sign(self.key, hashes.SHA256())
        certificate, secret = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate, secret


@dataclass(frozen=True)
class Secured:
    """A broker with a listener for SCRAM over TLS and one for clients' certificates."""

    ports: dict[str, int]
    folder: Path

    def by_password(self, **other: object) -> KafkaSettings:
        return self._settings(
            "scram",
            {"security_protocol": "SASL_SSL", "sasl_username": "hub", "sasl_password": SecretStr(PASSWORD), **other},
        )

    def by_certificate(self, name: str = "client") -> KafkaSettings:
        files = {"ssl_certificate": self.folder / f"{name}.pem", "ssl_key": self.folder / f"{name}.key"}
        return self._settings("mutual", {"security_protocol": "SSL", **files})

    def _settings(self, listener: str, more: dict[str, object]) -> KafkaSettings:
        common = {
            "bootstrap": f"127.0.0.1:{self.ports[listener]}",
            "replication": 1,
            "ssl_ca": self.folder / "authority.pem",
            "send_seconds": 25,
            "topic_prefix": f"tls-{uuid.uuid4().hex[:8]}",
        }
        return KafkaSettings.model_validate({**common, **more})


@pytest.fixture(scope="module")
def secured() -> Iterator[Secured]:
    with tempfile.TemporaryDirectory(prefix="lienthong-tls-") as made, pytest.MonkeyPatch.context() as patch:
        folder = Path(made)
        authority = Authority.made(folder, "authority")
        for name in ("broker", "client"):
            authority.sign(name)
        Authority.made(folder, "stranger").sign("intruder")
        (folder / "keystore.pem").write_bytes(
            (folder / "broker.key").read_bytes() + (folder / "broker.pem").read_bytes()
        )
        ports = {name: free_port() for name in PROTOCOLS}
        patch.setattr(node, "server_properties", lambda *given: _with_tls(*given, ports=ports, certificates=folder))
        with started(Cluster(folder / "kafka", heap_mb=384)) as cluster:
            _add_user(cluster.settings())
            yield Secured(ports=ports, folder=folder)


def _with_tls(
    place: Node, layout: ClusterLayout, data: str, *, ports: dict[str, int], certificates: Path
) -> dict[str, str]:
    """What the launcher says, and two listeners more; the brokers' own traffic stays on the first."""
    properties = server_properties(place, layout, data)
    listed = "".join(f",{name.upper()}://127.0.0.1:{port}" for name, port in ports.items())
    tls = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificates / "keystore.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(certificates / "authority.pem"),
    }
    module = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    return {
        **properties,
        "listeners": properties["listeners"] + listed,
        "advertised.listeners": properties["advertised.listeners"] + listed,
        "listener.security.protocol.map": properties["listener.security.protocol.map"]
        + "".join(f",{name.upper()}:{protocol}" for name, protocol in PROTOCOLS.items()),
        **{f"listener.name.{name}.{option}": value for name in ports for option, value in tls.items()},
        "listener.name.mutual.ssl.client.auth": "required",
        "listener.name.scram.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.scram.scram-sha-512.sasl.jaas.config": module,
    }


def _add_user(plain: KafkaSettings) -> None:
    how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    admin = AdminClient({**plain.client_options()})
    for answer in admin.alter_user_scram_credentials(
        [UserScramCredentialUpsertion("hub", how, PASSWORD.encode())]
    ).values():
        answer.result(60)


@pytest.fixture(params=["SCRAM over TLS", "client certificate"])
def settings(request: pytest.FixtureRequest, secured: Secured) -> KafkaSettings:
    return secured.by_password() if request.param.startswith("SCRAM") else secured.by_certificate()


def test_what_is_sent_over_tls_is_read_over_tls(settings: KafkaSettings) -> None:
    topics.apply(Administration(settings), topics.wanted_topics(topics.load(), settings, ()))
    topic, sender = f"{settings.topic_prefix}.log", Sender(settings)
    sender.send(topic, [OutgoingMessage(partition=20, key=b"20", headers=(), value=b"%d" % n) for n in range(50)])
    sender.close()
    assert [seen.value for seen in everything_in(settings, topic)] == [b"%d" % n for n in range(50)]
    reader = Reader(settings, "tls")
    reader.add({(topic, 20): 0})
    heard: list[Received] = []
    until(lambda: heard.extend(reader.poll(0.5, 100).messages) or len(heard) == 50)
    reader.close()
    assert [message.value for message in heard] == [b"%d" % n for n in range(50)]


@pytest.mark.parametrize("listener", ["SCRAM", "MUTUAL"])
def test_an_operator_is_told_what_is_wrong_with_the_certificates_or_the_password(
    secured: Secured, listener: str
) -> None:
    wrong = {
        "SCRAM": {
            "LIENTHONG_KAFKA_SASL_USERNAME": secured.by_password(sasl_password=SecretStr("not-the-password")),
            "LIENTHONG_KAFKA_SSL_CA": secured.by_password(ssl_ca=secured.folder / "stranger.pem"),
        },
        "MUTUAL": {"bad certificate": secured.by_certificate("intruder")},
    }
    for named, settings in wrong[listener].items():
        asking, sender = Administration(settings, timeout=1), Sender(settings.model_copy(update={"send_seconds": 1}))
        until(lambda: named in refusal(asking.names))  # noqa: B023 (called at once)
        until(lambda: named in refusal(lambda: sender.send("topic", [EMPTY])))  # noqa: B023


EMPTY = OutgoingMessage(partition=0, key=b"", headers=(), value=b"")


def refusal(ask: Callable[[], object]) -> str:
    """What an operator reads. That nobody answers, as long as no handshake has come to its end in time."""
    with pytest.raises(HubError) as caught:
        ask()
    return str(caught.value)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
