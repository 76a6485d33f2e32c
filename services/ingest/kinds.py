"""The event types that ingest takes. A new one is a row here and a folder with what its row names."""

from __future__ import annotations

from typing import Final

from lienthong import events
from services.ingest.claims.kind import Kind, Kinds
from services.ingest.content import checks as content
from services.ingest.content import items
from services.ingest.difficulties import checks as difficulties
from services.ingest.directives import taking as directives
from services.ingest.materials import taking as materials
from services.ingest.reaches import taking as reaches
from services.ingest.reports import checks as reports
from services.ingest.reports import revisions
from services.ingest.reports.earlier import earlier
from services.ingest.supplied import checks as supplied
from services.ingest.tasks import checks as tasks

KINDS: Final[Kinds] = {
    events.REPORT_SUBMITTED: Kind(
        fact=events.REPORT_ACCEPTED,
        body="report",
        check=reports.check,
        key=reports.key_of,
        order=revisions.must_be_higher,
        earlier=earlier,
    ),
    events.REPORT_WITHDRAWAL: Kind(
        fact=events.REPORT_WITHDRAWN,
        check=reports.check_withdrawal,
        key=reports.key_of,
        order=revisions.must_be_the_highest,
        withdraws=True,
    ),
    events.EXPLANATION_SUBMITTED: Kind(
        fact=events.EXPLANATION_ACCEPTED,
        check=reports.check_explanation,
        key=reports.key_of,
        order=revisions.must_be_the_latest,
        moves=False,
    ),
    events.DIFFICULTY_RAISED: Kind(fact=events.DIFFICULTY_ACCEPTED, check=difficulties.check),
    events.TASK_REPORTED: Kind(fact=events.TASK_ACCEPTED, check=tasks.check),
    events.FIGURES_SUPPLIED: Kind(fact=events.FIGURES_ACCEPTED, check=supplied.check),
    events.CONTENT_SUBMITTED: Kind(fact=events.CONTENT_ACCEPTED, check=content.check, effect=items.put),
    events.CONTENT_WITHDRAWAL: Kind(
        fact=events.CONTENT_WITHDRAWN, check=content.check, earlier=items.earlier, effect=items.put
    ),
    events.REACH_MEASURED: Kind(
        fact=events.REACH_ACCEPTED, check=reaches.check, earlier=reaches.items_known, effect=reaches.put
    ),
    events.MATERIAL_SHARED: Kind(
        fact=events.MATERIAL_ACCEPTED,
        check=materials.check,
        earlier=materials.earlier,
        effect=materials.put,
    ),
    events.DIRECTIVE_REGISTERED: Kind(
        fact=events.DIRECTIVE_ACCEPTED,
        check=directives.check,
        earlier=directives.earlier,
        effect=directives.put,
    ),
}
