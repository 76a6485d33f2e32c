"""Reminding who owes a report (đôn đốc): whom to tell, when, in which words, that it was told, and once only."""

from pathlib import Path

from lienthong.postgres.sql import Queries

SQL = Queries(Path(__file__).with_name("queries.sql"))
