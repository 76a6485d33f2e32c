"""What the platform has published, taken by cursor and served to the portals of the province."""

from pathlib import Path

from lienthong.postgres.sql import Queries

SQL = Queries(Path(__file__).with_name("queries.sql"))
