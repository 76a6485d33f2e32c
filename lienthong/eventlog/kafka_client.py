"""The only module that knows confluent-kafka: sending, reading by assignment, and administration.

Its errors are translated here, once. What librdkafka retries by itself (a broker that is away, a leader that
moves) does not surface, except as the Transient of a send that was not acknowledged in time.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from lienthong.errors import HubError, Misconfigured, Transient
from lienthong.eventlog.kafka_settings import KafkaSettings

_NEEDS_OPERATOR = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "the user of LIENTHONG_KAFKA_SASL_USERNAME lacks an ACL",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "the user of LIENTHONG_KAFKA_SASL_USERNAME lacks an ACL",
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: "the user of LIENTHONG_KAFKA_SASL_USERNAME lacks an ACL",
    KafkaError._AUTHENTICATION: "check LIENTHONG_KAFKA_SASL_USERNAME and its password",
    KafkaError.SASL_AUTHENTICATION_FAILED: "check LIENTHONG_KAFKA_SASL_USERNAME and its password",
    KafkaError._SSL: "check LIENTHONG_KAFKA_SSL_CA and the certificates",
    KafkaError.UNKNOWN_TOPIC_OR_PART: "run `lienthong topics apply`",
    KafkaError._UNKNOWN_TOPIC: "run `lienthong topics apply`",
    KafkaError._UNKNOWN_PARTITION: "run `lienthong topics check`",
    KafkaError.MSG_SIZE_TOO_LARGE: "lower LIENTHONG_KAFKA_MESSAGE_BYTES or raise max.message.bytes",
    KafkaError.INVALID_REPLICATION_FACTOR: "LIENTHONG_KAFKA_REPLICATION exceeds the number of brokers",
}


def meaning_of(error: KafkaError) -> HubError:
    """What an error of Kafka asks for."""
    advice = _NEEDS_OPERATOR.get(error.code())
    if advice is not None:
        return Misconfigured(f"Kafka refuses: {error.str()}; {advice}", code="kafka_refuses")
    return Transient(f"Kafka is away: {error.str()} ({error.name()})", code="kafka_away")


def options(settings: KafkaSettings, **more: Any) -> dict[str, Any]:
    """The options of one client. Raises Misconfigured without a bootstrap address."""
    if not settings.bootstrap:
        raise Misconfigured("LIENTHONG_KAFKA_BOOTSTRAP is not set: it names the brokers, host:port,host:port")
    # librdkafka would write to stderr each time a broker is away; what matters surfaces as an error here.
    named: dict[str, Any] = {"client.id": f"lienthong@{socket.gethostname()}", "log_level": 0}
    return {**settings.client_options(), **named, **more}


class Administration:
    """Looking at the cluster and its topics. Thread-safe."""

    def __init__(self, settings: KafkaSettings, *, timeout: float = 10.0) -> None:
        """timeout: seconds for each question."""
        self._client = AdminClient(options(settings))
        self._timeout = timeout

    def nodes(self, timeout: float | None = None) -> set[int]:
        """The ids of the brokers that the cluster counts as alive. Raises Transient if none answers."""
        try:
            return set(self._client.list_topics(timeout=timeout or self._timeout).brokers)
        except KafkaException as exc:
            raise _raised(exc) from exc


def _raised(exc: KafkaException) -> HubError:
    return meaning_of(exc.args[0])


def first_error(errors: Iterable[KafkaError | None]) -> KafkaError | None:
    """The first that is one."""
    return next((error for error in errors if error is not None), None)
