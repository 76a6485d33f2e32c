"""How a client of Kafka is set up, and what its errors ask for: translated here, once.

What librdkafka retries by itself (a broker that is away, a leader that moves) does not surface, except as the
Transient of a send that was not acknowledged in time. confluent-kafka is known to this module and to `sender`,
`reader` and `administration` beside it, to nothing else.
"""

from __future__ import annotations

import socket
import time
from typing import Any

from confluent_kafka import KafkaError

from lienthong.errors import HubError, Misconfigured, Transient
from lienthong.kafka.settings import KafkaSettings
from lienthong.refusals import misconfigured

KAFKA_AWAY = "kafka_away"

Partition = tuple[str, int]
"""A topic and the number of one of its partitions."""

_ACL = "the user of LIENTHONG_KAFKA_SASL_USERNAME lacks an ACL"
_NEEDS_OPERATOR = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED: _ACL,
    KafkaError.GROUP_AUTHORIZATION_FAILED: _ACL,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: _ACL,
    KafkaError._AUTHENTICATION: "check LIENTHONG_KAFKA_SASL_USERNAME and its password",
    KafkaError.SASL_AUTHENTICATION_FAILED: "check LIENTHONG_KAFKA_SASL_USERNAME and its password",
    KafkaError._SSL: "check LIENTHONG_KAFKA_SSL_CA and the certificates",
    KafkaError.UNKNOWN_TOPIC_OR_PART: "run `lienthong topics apply`",
    KafkaError._UNKNOWN_TOPIC: "run `lienthong topics apply`",
    KafkaError._UNKNOWN_PARTITION: "run `lienthong topics check`",
    KafkaError.MSG_SIZE_TOO_LARGE: "lower LIENTHONG_KAFKA_MESSAGE_BYTES or raise max.message.bytes",
    KafkaError.SECURITY_DISABLED: "without an authorizer anybody may write anywhere; set authorizer.class.name",
    KafkaError.INVALID_REPLICATION_FACTOR: "LIENTHONG_KAFKA_REPLICATION exceeds the number of brokers",
}


_HANDSHAKE = "in state SSL_HANDSHAKE"  # librdkafka tells of one as an error of transport too, whichever comes first
_RECENT_SECONDS = 60.0  # what ended a connection longer ago explains nothing; an idle one ends too


class Refusals:
    """What connections ended with while none held: librdkafka's own answer is then only that nobody is there."""

    def __init__(self) -> None:
        self._last: KafkaError | None = None
        self._at = 0.0

    def __call__(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:
            self._last, self._at = error, time.monotonic()

    def meaning_of(self, error: KafkaError) -> HubError:
        """As the function of this name, with the reason where Kafka is away. That may pass, also a refusal: a broker
        that just stops breaks handshakes off too."""
        meaning = meaning_of(error)
        old = time.monotonic() - self._at > _RECENT_SECONDS
        if self._last is None or old or isinstance(meaning, Misconfigured):
            return meaning
        code = KafkaError._SSL if _HANDSHAKE in self._last.str() else self._last.code()
        advice = _NEEDS_OPERATOR.get(code)
        message = f"{meaning}. The last connection: {self._last.str()}"
        return Transient(f"{message}; {advice}" if advice else message, code=KAFKA_AWAY)


def meaning_of(error: KafkaError) -> HubError:
    """What an error of Kafka asks for."""
    advice = _NEEDS_OPERATOR.get(error.code())
    if advice is not None:
        return misconfigured("kafka_refuses", why=error.str(), advice=advice)
    return Transient(f"Kafka is away: {error.str()} ({error.name()})", code=KAFKA_AWAY)


def options(settings: KafkaSettings, **more: Any) -> dict[str, Any]:
    if not settings.bootstrap:
        raise misconfigured("kafka_not_set")
    # librdkafka would write to stderr whenever a broker is away; what matters surfaces as an error here.
    named: dict[str, Any] = {"client.id": f"lienthong@{socket.gethostname()}", "log_level": 0}
    return {**settings.client_options(), **named, **more}
