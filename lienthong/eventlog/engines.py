"""Which engine carries the log to consumers: the one place where it is decided, by LIENTHONG_KAFKA_BOOTSTRAP."""

from __future__ import annotations

from lienthong.eventlog.kafka import KafkaEventLog
from lienthong.eventlog.kafka_settings import KafkaSettings
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.postgres.pool import Pool


def event_log(
    pool: Pool, kafka: KafkaSettings, *, batch_events: int = 1000, batch_bytes: int = 16 * 1024 * 1024
) -> PostgresEventLog | KafkaEventLog:
    """The event log: on Kafka where the settings name brokers, else on PostgreSQL alone."""
    if kafka.bootstrap:
        return KafkaEventLog(pool, kafka, batch_events=batch_events, batch_bytes=batch_bytes)
    return PostgresEventLog(pool, batch_events=batch_events, batch_bytes=batch_bytes)
