"""The cheapest way to give each row a column of its own (the assignment problem). Pure."""

from __future__ import annotations

from collections.abc import Sequence


def assign(cost: Sequence[Sequence[float]]) -> list[int]:
    """For each row the column it gets, so that the sum of costs is the least. Needs at least as many columns as rows.

    Shortest augmenting paths with potentials: rows² × columns steps, 0.5 s for 168 communes in 190 cells.
    """
    rows, columns = len(cost), len(cost[0]) if cost else 0
    if columns < rows:
        raise ValueError(f"{rows} rows can't have a column each of {columns}")
    of_row, of_column = [0.0] * rows, [0.0] * columns
    holder = [-1] * columns  # which row has the column
    for row in range(rows):
        _augment(row, cost, of_row, of_column, holder)
    numbers = [0] * rows
    for column, row in enumerate(holder):
        if row >= 0:
            numbers[row] = column
    return numbers


def _augment(
    start: int, cost: Sequence[Sequence[float]], of_row: list[float], of_column: list[float], holder: list[int]
) -> None:
    """Find the cheapest chain of moves that gives `start` a column, and make it."""
    columns = len(of_column)
    distance, before, done = [float("inf")] * columns, [-1] * columns, [False] * columns
    visited: list[int] = []
    row, at, reached = start, -1, 0.0
    while True:
        nearest, where = float("inf"), -1
        line, potential = cost[row], of_row[row]
        for column in range(columns):
            if done[column]:
                continue
            length = reached + line[column] - potential - of_column[column]
            if length < distance[column]:
                distance[column], before[column] = length, at
            if distance[column] < nearest:
                nearest, where = distance[column], column
        reached, at = nearest, where
        done[at] = True
        visited.append(at)
        if holder[at] < 0:
            break
        row = holder[at]
    of_row[start] += reached
    for column in visited[:-1]:
        of_row[holder[column]] += reached - distance[column]
        of_column[column] -= reached - distance[column]
    while at >= 0:  # pass the columns on along the chain
        previous = before[at]
        holder[at] = start if previous < 0 else holder[previous]
        at = previous
