"""Claims sent to a hub, and what the log says of the tables that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lienthong.errors import Problem
from lienthong.postgres.pool import connect
from services.hub.evidence import one_moment, prove
from tests.builders.hub import SOURCE, Hub


def sent(hub: Hub, type_: str, id_: str, data: dict[str, Any]) -> list[str]:
    """Codes of what refused it; [] where it was taken."""
    [outcome] = hub.send({"specversion": "1.0", "type": type_, "source": SOURCE, "id": id_, "data": data})
    return [problem.code for problem in outcome.problems or ()]


def contradictions(hub: Hub) -> Sequence[Problem]:
    """Rows that say something else than the log does."""
    with connect(hub.conninfo) as owner, one_moment(owner):
        return prove(owner, lambda done, total: None).findings


def agrees_with_the_log(hub: Hub) -> bool:
    return not contradictions(hub)
