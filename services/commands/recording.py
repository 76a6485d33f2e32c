"""What a command did, into the audit log."""

from __future__ import annotations

from collections.abc import Mapping

from lienthong.access import audit
from lienthong.events import NATION
from lienthong.postgres.pool import connect
from services.commands.terminal import actor
from services.hub.base import Base


def record(base: Base, act: str, subject: str, details: Mapping[str, object], province: str | None = None) -> None:
    """Into the audit log, after it was done: each of these acts can be done again without harm."""
    with connect(base.conninfo, role="lienthong_ingest", application_name="lienthong audit") as conn:
        audit.record(conn, actor(), act, subject, details, province=province or NATION)
