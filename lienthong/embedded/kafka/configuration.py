"""What the brokers of one folder are told: addresses, replication, users. Pure.

Every broker is a controller too. Three replicate everything three times and acknowledge from two on; one keeps
one copy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lienthong.refusals import misconfigured

SUPERUSER = "lienthong"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_PASSWORD = re.compile(r"[A-Za-z0-9_.~+/=-]{8,128}")  # nothing that JAAS would have to quote

# For small machines: what Kafka sets aside by default (128 MB for the log cleaner, 50 partitions of offsets)
# would not fit a heap of 384 MB next to two other brokers.
_SMALL = {
    "num.network.threads": "2",
    "num.io.threads": "4",
    "num.partitions": "1",
    "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    "log.segment.bytes": str(64 * 1024 * 1024),
    "log.index.size.max.bytes": str(1024 * 1024),
    "offsets.topic.num.partitions": "5",
    "transaction.state.log.num.partitions": "5",
    "share.coordinator.state.topic.num.partitions": "5",
}
# A killed broker is noticed after three seconds, a group starts at once. One that has nothing to do writes that down
# every five seconds instead of twice in one: what it does idly is half of what it was.
_QUICK = {
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "1000",
    "metadata.max.idle.interval.ms": "5000",
    "group.initial.rebalance.delay.ms": "0",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """One broker-controller. id: from 1; ports: on 127.0.0.1."""

    id: int
    port: int
    controller_port: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterLayout:
    """A cluster. passwords: by user, with the superuser; empty: nobody has to log in."""

    nodes: tuple[Node, ...]
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def bootstrap(self) -> str:
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)


def checked_users(users: Mapping[str, str]) -> dict[str, str]:
    """The users, refused where a name or a password would not survive the broker's configuration."""
    for name, password in users.items():
        if not _NAME.fullmatch(name) or name == SUPERUSER:
            raise misconfigured("kafka_user_invalid", name=name, taken=SUPERUSER)
        if not _PASSWORD.fullmatch(password):
            raise misconfigured("kafka_password_invalid", name=name)
    return dict(users)


def server_properties(node: Node, layout: ClusterLayout, data: str) -> dict[str, str]:
    """server.properties of one node, with its data in the folder `data`."""
    count = len(layout.nodes)
    protocol = "SASL_PLAINTEXT" if layout.passwords else "PLAINTEXT"
    properties = {
        "process.roles": "broker,controller",
        "node.id": str(node.id),
        "controller.quorum.voters": ",".join(f"{n.id}@127.0.0.1:{n.controller_port}" for n in layout.nodes),
        "listeners": f"CLIENT://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{node.controller_port}",
        "advertised.listeners": f"CLIENT://127.0.0.1:{node.port}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "CLIENT",
        "listener.security.protocol.map": f"CLIENT:{protocol},CONTROLLER:{protocol}",
        "log.dirs": data,
        # Topics are made by `lienthong topics apply`: one made by a typing error would have other settings.
        "auto.create.topics.enable": "false",
        "default.replication.factor": str(count),
        "min.insync.replicas": str(min(2, count)),
        "offsets.topic.replication.factor": str(count),
        "transaction.state.log.replication.factor": str(count),
        "transaction.state.log.min.isr": str(min(2, count)),
        "share.coordinator.state.topic.replication.factor": str(count),
        "share.coordinator.state.topic.min.isr": str(min(2, count)),
        **_SMALL,
        **_QUICK,
    }
    return properties | (_login(layout.passwords) if layout.passwords else {})


def _login(passwords: Mapping[str, str]) -> dict[str, str]:
    """SASL/PLAIN on both listeners, and rights by ACL: who has none may do nothing."""
    users = " ".join(f'user_{name}="{password}"' for name, password in passwords.items())
    jaas = (
        "org.apache.kafka.common.security.plain.PlainLoginModule required"
        f' username="{SUPERUSER}" password="{passwords[SUPERUSER]}" {users};'
    )
    return {
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.client.plain.sasl.jaas.config": jaas,
        "listener.name.controller.plain.sasl.jaas.config": jaas,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{SUPERUSER}",
        "allow.everyone.if.no.acl.found": "false",
    }


def as_text(properties: Mapping[str, str]) -> str:
    """A Java properties file; backslashes and line ends can't occur in what stands above."""
    return "".join(f"{name}={value}\n" for name, value in properties.items())


def logging_properties(log_file: str) -> str:
    """log4j2: warnings and what Kafka says of its start, in two files of at most 5 MB."""
    return f"""\
status = error
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = {log_file}
appender.file.filePattern = {log_file}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{ISO8601}} %p %c{{1}}: %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 5MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 1
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
logger.server.name = kafka.server
logger.server.level = info
"""
