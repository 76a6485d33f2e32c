"""The audit log of a partition's province: its chain, and an entry for each act that the log tells of. A witness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from lienthong import events
from lienthong.access import audit
from lienthong.access.audit import RecordedAct
from lienthong.errors import Problem
from lienthong.events import Recorded
from lienthong.postgres.pool import Connection
from lienthong.proof.checkpoints import Checkpoint
from lienthong.proof.witness import finding

Standing = Mapping[str, Any]
"""What is compared of a client, a person, a destination, …: by its name in findings."""
UNTOLD: Final[Standing] = {"state": None}
UNSAID: Final = object()
"""Of what an act changed without saying to what, as versions before did: it is not compared."""


class Acts:
    """What operators did, by the log and by the audit log. conn: in a transaction that sees one moment."""

    def __init__(self, conn: Connection, key: str) -> None:
        self._conn = conn
        self._key = key
        self._uncounted: Counter[tuple[str, str]] = Counter()
        self._last: dict[tuple[str, str], int] = {}

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        subject = _SUBJECTS.get(recorded.event.type)
        if subject is None or data is None:
            return
        try:
            act = recorded.event.type.removeprefix(events.PREFIX).removesuffix(".v1"), subject(recorded, data)
        except (LookupError, TypeError):
            yield finding(self._key, recorded.position, "fact_unreadable", field="data")
            return
        self._uncounted[act] += 1
        self._last[act] = recorded.position

    def end(self) -> Iterator[Problem]:
        broken = audit.walk(self._conn, self._key, self._count_off)
        if broken is not None:
            yield finding(self._key, None, "audit_broken", entry=broken)
            return  # whoever finds that looks at all of it; what follows the break was not counted
        for (act, subject), missing in self._uncounted.items():
            if missing > 0:
                yield finding(self._key, self._last[act, subject], "act_unrecorded", act=act, row=subject)

    def _count_off(self, act: str, subject: str) -> None:
        if (act, subject) in self._uncounted:
            self._uncounted[act, subject] -= 1


def checkpoints_not_kept(conn: Connection, noted: Iterable[Checkpoint]) -> Iterator[Problem]:
    """Where the audit log is not what a checkpoint noted."""
    for checkpoint in noted:
        for province, (seq, link) in checkpoint.heads.audit.items():
            if audit.link_at(conn, province, seq) != link:
                yield finding(province, None, "audit_checkpoint_differs", entry=seq, at=checkpoint.at)


def not_as_told(key: str, held: Mapping[str, Standing], told: Mapping[str, Standing]) -> Iterator[Problem]:
    """Where what somebody may do, or where something goes, is not as the acts tell. held, told: by whom it is of. Of
    whom only one of the two knows, that it is so; what acts of versions before did not tell is not compared.
    """
    for who in sorted(held.keys() | told.keys()):
        left, right = held.get(who, UNTOLD), told.get(who, UNTOLD)
        for name in sorted(left.keys() & right.keys()):
            if right[name] is not UNSAID and left[name] != right[name]:
                values = {"held": _as_text(left[name]), "expected": _as_text(right[name])}
                yield finding(key, None, "not_as_acts_tell", field=name, row=who, **values)


def standings_of(
    acts: Iterable[RecordedAct], given: Callable[[RecordedAct, Standing], Standing]
) -> dict[str, Standing]:
    """What acts come to, by `<noun> <subject>`. given: what one changes of what stood before it."""
    standings: dict[str, Standing] = {}
    for act in acts:
        who = f"{act.act.partition('.')[0]} {act.subject}"
        before = standings.get(who, UNTOLD)
        standings[who] = {**before, **given(act, before)}
    return standings


def _as_text(value: Any) -> str:
    return "–" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()


def _subject_of_event(recorded: Recorded, data: Mapping[str, Any]) -> str:
    return recorded.event.subject or ""


_SUBJECTS: Final[Mapping[str, Callable[[Recorded, Mapping[str, Any]], str]]] = {
    events.PLAN_PUBLISHED: lambda recorded, data: f"{data['planCode']}/v{data['planVersion']}",
    events.CONTENT_APPROVED: lambda recorded, data: f"{data['unit']}/{data['item']}/r{data['revision']}",
    events.ROUND_EXTENDED: _subject_of_event,
    events.ROUND_LOCKED: _subject_of_event,
    events.RELEASE_SIGNED: _subject_of_event,
    events.RELEASE_WITHDRAWN: _subject_of_event,
    events.DIFFICULTY_FORWARDED: _subject_of_event,
    events.DIFFICULTY_ANSWERED: _subject_of_event,
    events.DIFFICULTY_CLOSED: _subject_of_event,
    events.TASK_RECORDED: _subject_of_event,
    events.TEXT_REDACTED: _subject_of_event,
    events.FACT_SET_ASIDE: _subject_of_event,
}
"""Of each fact that somebody's act made: what the audit log says that it was about."""
