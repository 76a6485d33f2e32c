"""The named queries of aggregate's own tables."""

from __future__ import annotations

from pathlib import Path

from lienthong.postgres.sql import Queries

SQL = Queries(Path(__file__).with_name("queries.sql"))
