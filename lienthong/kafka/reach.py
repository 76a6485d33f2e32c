"""Whether Kafka answers this process: asked in the background, so that /readyz and scrapes never wait for it."""

from __future__ import annotations

import threading
from typing import Self

import structlog

from lienthong.errors import HubError
from lienthong.kafka.administration import Administration
from lienthong.kafka.settings import KafkaSettings

INTERVAL = 2.0  # seconds between two questions
_PATIENCE = 2.0  # seconds for an answer

log = structlog.get_logger(__name__)


class KafkaWatch:
    """A thread that asks the brokers every INTERVAL seconds. `wrong`: None while one answers, else why not."""

    def __init__(self, settings: KafkaSettings) -> None:
        self.wrong: str | None = "not asked yet"
        self._admin = Administration(settings)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kafka-watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._ask()
            if self._stop.wait(INTERVAL):
                return

    def _ask(self) -> None:
        before = self.wrong
        try:
            self._admin.nodes(timeout=_PATIENCE)
        except HubError as error:
            self.wrong = f"{error.code}: {error}"
        else:
            self.wrong = None
        if (before is None) != (self.wrong is None):
            log.info("kafka_reachable", reachable=self.wrong is None, reason=self.wrong)
