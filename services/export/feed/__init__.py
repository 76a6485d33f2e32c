"""What recipients read: the feed with its cursors, datasets, the national consolidation."""

from pathlib import Path

from lienthong.postgres.sql import Queries

SQL = Queries(Path(__file__).with_name("queries.sql"))
