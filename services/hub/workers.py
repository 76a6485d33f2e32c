"""The workers of the hub. Each is imported only where it runs: a process pays for its own libraries alone."""

from __future__ import annotations

import threading
from contextlib import ExitStack

from lienthong.refusals import misconfigured
from lienthong.settings import load
from services.hub.base import Base


def aggregate(base: Base, stack: ExitStack, stop: threading.Event) -> None:
    """Consume the log into rollups and releases until told to stop."""
    from services.aggregate.worker import Worker  # noqa: PLC0415

    pool = base.pool("aggregate", stack, timeout_ms=0)
    Worker(base.engine(pool), pool, base.appender(), base.metrics).run(stop)


def export(base: Base, stack: ExitStack, stop: threading.Event) -> None:
    """Consume releases and content, and push them, until told to stop."""
    from services.export.settings import ExportSettings  # noqa: PLC0415
    from services.export.worker import Worker  # noqa: PLC0415

    settings = load(ExportSettings)
    pool = base.pool("export", stack, size=settings.senders + 8, timeout_ms=0)
    Worker(base.engine(pool), pool, settings, shown=base.metrics).run(stop)


def inbound(base: Base, stack: ExitStack, stop: threading.Event) -> None:
    """Take what clients submit by Kafka until told to stop. Raises Misconfigured without Kafka's address."""
    from lienthong.eventlog.wakeup import Notifier  # noqa: PLC0415
    from services.ingest.kafka import worker  # noqa: PLC0415

    if base.kafka is None:
        raise misconfigured("kafka_not_set")
    pool = base.pool("ingest", stack, timeout_ms=0)
    notifier = Notifier(pool)
    stack.callback(notifier.close)
    worker.run(
        pool=pool,
        conninfo=base.conninfo,
        kafka=base.kafka,
        appender=base.appender(),
        committed=notifier.nudge,
        shown=base.metrics,
        stop=stop,
    )


def portals(base: Base, stack: ExitStack, stop: threading.Event) -> None:
    """Read the portals that do not submit themselves until told to stop."""
    from lienthong.eventlog.wakeup import Notifier  # noqa: PLC0415
    from services.ingest.portals import worker  # noqa: PLC0415

    pool = base.pool("ingest", stack, size=2, timeout_ms=0)
    notifier = Notifier(pool)
    stack.callback(notifier.close)
    worker.run(pool=pool, conninfo=base.conninfo, appender=base.appender(), committed=notifier.nudge, stop=stop)


def reminders(base: Base, stack: ExitStack, stop: threading.Event) -> None:
    """Remind units of the reports that they owe until told to stop."""
    from services.ingest.reminders import worker  # noqa: PLC0415
    from services.ingest.reminders.settings import MailSettings  # noqa: PLC0415

    pool = base.pool("ingest", stack, size=worker.SENDERS + 3, timeout_ms=0)
    mail = load(MailSettings)
    worker.run(pool=pool, appender=base.appender(), address=base.settings.address, mail=mail, stop=stop)


def relay(base: Base, stack: ExitStack, stop: threading.Event) -> None:
    """Copy the log's table to Kafka until told to stop. Raises Misconfigured without Kafka's address."""
    from lienthong.eventlog.relay import Relay  # noqa: PLC0415

    if base.kafka is None:
        raise misconfigured("kafka_not_set")
    Relay(base.pool("export", stack, timeout_ms=0), base.kafka).run(stop)
