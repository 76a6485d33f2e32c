"""Reading and writing aggregate's tables, a module for each noun.

Rows become the words of `rounds` and `counting` here, and nowhere else.
"""

from services.aggregate.store.plan_rows import Plans, newest_plans, put_plan
from services.aggregate.store.queries import SQL
from services.aggregate.store.query_rows import asked, empty_explanations, put_asked
from services.aggregate.store.release_rows import (
    Pending,
    Release,
    WholeRelease,
    diverged,
    latest_dataset,
    pending,
    put_release,
    release,
    releases,
)
from services.aggregate.store.report_rows import Group, nil_units, overfull, put_reports, reports, set_late, set_review
from services.aggregate.store.rollup_rows import StaleRollup, before, put_rollups, rollup, rollups, tallies
from services.aggregate.store.round_rows import load_round, load_rounds, periodic_of_plan, put_round, set_body
from services.aggregate.store.unit_rows import names, names_on, population, populations, put_units

__all__ = [
    "SQL",
    "Group",
    "Pending",
    "Plans",
    "Release",
    "StaleRollup",
    "WholeRelease",
    "asked",
    "before",
    "diverged",
    "empty_explanations",
    "latest_dataset",
    "load_round",
    "load_rounds",
    "names",
    "names_on",
    "newest_plans",
    "nil_units",
    "overfull",
    "pending",
    "periodic_of_plan",
    "population",
    "populations",
    "put_asked",
    "put_plan",
    "put_release",
    "put_reports",
    "put_rollups",
    "put_round",
    "put_units",
    "release",
    "releases",
    "reports",
    "rollup",
    "rollups",
    "set_body",
    "set_late",
    "set_review",
    "tallies",
]
