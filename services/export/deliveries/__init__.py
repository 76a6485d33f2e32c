"""Pushes to destinations: who is pushed to, the queue, the attempts, what a receiver answered."""

from pathlib import Path

from lienthong.postgres.sql import Queries

SQL = Queries(Path(__file__).with_name("queries.sql"))
