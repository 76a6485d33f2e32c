"""Reading and writing aggregate's tables, a module for each noun.

Rows become the words of `rounds` and `counting` here, and nowhere else.
"""

from services.aggregate.store.plan_rows import PlanVersions, newest_plans, put_plan
from services.aggregate.store.queries import SQL
from services.aggregate.store.query_rows import empty_explanations, put_asked, queries_of_round
from services.aggregate.store.release_rows import (
    PendingRow,
    Release,
    WholeRelease,
    diverged_releases,
    latest_dataset,
    pending_reports,
    put_release,
    release,
    releases,
)
from services.aggregate.store.report_rows import (
    Group,
    nil_units,
    overfull_units,
    put_reports,
    reports,
    reports_by_form,
    set_late,
    set_review,
)
from services.aggregate.store.rollup_rows import StaleRollup, put_rollups, reports_and_rollups, rollup, rollups, tallies
from services.aggregate.store.round_rows import load_round, load_rounds, periodic_of_plan, put_round, set_body
from services.aggregate.store.unit_rows import names, names_on, population, populations, put_units

__all__ = [
    "SQL",
    "Group",
    "PendingRow",
    "PlanVersions",
    "Release",
    "StaleRollup",
    "WholeRelease",
    "diverged_releases",
    "empty_explanations",
    "latest_dataset",
    "load_round",
    "load_rounds",
    "names",
    "names_on",
    "newest_plans",
    "nil_units",
    "overfull_units",
    "pending_reports",
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
    "queries_of_round",
    "release",
    "releases",
    "reports",
    "reports_and_rollups",
    "reports_by_form",
    "rollup",
    "rollups",
    "set_body",
    "set_late",
    "set_review",
    "tallies",
]
