"""Portals that do not submit themselves: the hub reads their feed or sitemap, and submits in a client's name."""

from pathlib import Path

from lienthong.postgres.sql import Queries

SQL = Queries(Path(__file__).with_name("queries.sql"))
