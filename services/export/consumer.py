"""Export as a consumer of the log: facts become releases, feed entries, messages and deliveries, exactly once."""

from __future__ import annotations

from collections.abc import Callable

from lienthong import releases
from lienthong.eventlog.port import Batch
from lienthong.events import (
    CONTENT_APPROVED,
    CONTENT_WITHDRAWN,
    RELEASE_MADE,
    RELEASE_WITHDRAWN,
    TEXT_REDACTED,
    Recorded,
)
from lienthong.postgres.pool import Connection
from services.export import mapping, store

Act = Callable[[Connection, Recorded], None]  # raises Unprocessable for a fact that nobody can export


class Exporter:
    """The handler of the log: facts become releases, feed entries, messages and deliveries."""

    def __init__(self, *, sample: bool) -> None:
        self._sample = sample
        self._acts: dict[str, Act] = {
            RELEASE_MADE: self._release_made,
            RELEASE_WITHDRAWN: self._release_withdrawn,
            CONTENT_APPROVED: self._content_approved,
            CONTENT_WITHDRAWN: self._content_withdrawn,
            TEXT_REDACTED: self._text_redacted,
        }

    def __call__(self, tx: Connection, batch: Batch, /) -> None:
        for recorded in batch.events:
            act = self._acts.get(recorded.event.type)
            if act is not None:
                act(tx, recorded)

    def _release_made(self, tx: Connection, recorded: Recorded) -> None:
        written = releases.read(recorded.event.content())
        if store.for_platform(written.dataset):
            store.keep_message(tx, mapping.release_published(written, at=recorded.recorded_at), recorded)
        store.keep_release(tx, written, at=recorded.recorded_at)
        withdrawn = store.withdrawn_before(tx, recorded, written.dataset["release"])
        if withdrawn is not None:  # when that fact was reached here, there was nothing yet to withdraw
            self._release_withdrawn(tx, withdrawn)

    def _release_withdrawn(self, tx: Connection, recorded: Recorded) -> None:
        fact = recorded.event.content()
        message = mapping.release_withdrawn(fact, at=recorded.recorded_at, sample=self._sample)
        store.keep_message(tx, message, recorded)
        store.withdraw_release(tx, fact, at=recorded.recorded_at)

    def _content_approved(self, tx: Connection, recorded: Recorded) -> None:
        fact = recorded.event.content()
        message = mapping.content_published(fact, at=recorded.recorded_at, sample=self._sample)
        store.keep_message(tx, message, recorded)

    def _content_withdrawn(self, tx: Connection, recorded: Recorded) -> None:
        fact = recorded.event.content()
        latest = store.latest_version(tx, "content", mapping.content_id(fact["data"]))
        if latest is None:
            return  # nobody outside ever heard of it
        message = mapping.content_withdrawn(fact, latest=latest, at=recorded.recorded_at, sample=self._sample)
        store.keep_message(tx, message, recorded)

    def _text_redacted(self, tx: Connection, recorded: Recorded) -> None:
        """A published item whose text is removed from the log is withdrawn outside and erased here."""
        fact = recorded.event.content()
        pair = store.published_at(tx, fact["target"]["partition"], fact["target"]["position"])
        if pair is None:
            return
        subject, version = pair
        message = mapping.content_redacted(
            fact, subject=subject, version=version, at=recorded.recorded_at, sample=self._sample
        )
        store.keep_message(tx, message, recorded)
        store.erase(tx, subject, version)
