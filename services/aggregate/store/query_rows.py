"""What facts ask of figures, and what was said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from psycopg.rows import class_row

from lienthong.postgres.pool import Connection
from services.aggregate.queries import Explanation, Query, RoundQueries
from services.aggregate.store.queries import SQL


def put_asked(tx: Connection, round_queries: Sequence[RoundQueries]) -> None:
    """Keep what facts ask and explain."""
    queries = [query for of_round in round_queries for query in of_round.queries]
    explanations = [each for of_round in round_queries for each in of_round.explanations]
    with tx.cursor() as cursor:
        if queries:
            cursor.executemany(SQL.put_query, [asdict(query) for query in queries])
        if explanations:
            cursor.executemany(SQL.put_explanation, [asdict(each) for each in explanations])


def queries_of_round(conn: Connection, round_: str) -> RoundQueries:
    """The queries of a round and what was said of them."""
    queries, explanations = conn.cursor(row_factory=class_row(Query)), conn.cursor(row_factory=class_row(Explanation))
    return RoundQueries(
        queries=queries.execute(SQL.queries_of_round, {"round": round_}).fetchall(),
        explanations=explanations.execute(SQL.explanations_of_round, {"round": round_}).fetchall(),
    )


def empty_explanations(tx: Connection, province: str, position: int, numbers: Sequence[int]) -> None:
    """Forget the text of some explanations of one event."""
    if numbers:
        tx.execute(SQL.empty_explanations, {"province": province, "position": position, "numbers": list(numbers)})
