"""The event types that ingest takes. A new one is a row here and a folder with what its row names; what it becomes in
the log is said in `lienthong.events.ACCEPTED`.
"""

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
from services.ingest.reports.earlier import earlier_of
from services.ingest.supplied import checks as supplied
from services.ingest.tasks import checks as tasks

KINDS: Final[Kinds] = {
    events.REPORT_SUBMITTED: Kind(
        check=reports.check,
        key=reports.key_of,
        order=revisions.must_be_higher,
        earlier_of=earlier_of,
    ),
    events.REPORT_WITHDRAWAL: Kind(
        check=reports.check_withdrawal,
        key=reports.key_of,
        order=revisions.must_be_the_highest,
        withdraws=True,
    ),
    events.EXPLANATION_SUBMITTED: Kind(
        check=reports.check_explanation,
        key=reports.key_of,
        order=revisions.must_be_the_latest,
        moves=False,
    ),
    events.DIFFICULTY_RAISED: Kind(check=difficulties.check),
    events.TASK_REPORTED: Kind(check=tasks.check),
    events.FIGURES_SUPPLIED: Kind(check=supplied.check),
    events.CONTENT_SUBMITTED: Kind(check=content.check, effect=items.put),
    events.CONTENT_WITHDRAWAL: Kind(check=content.check, earlier_of=items.earlier_of, effect=items.put),
    events.REACH_MEASURED: Kind(check=reaches.check, earlier_of=reaches.items_known, effect=reaches.put),
    events.MATERIAL_SHARED: Kind(
        check=materials.check,
        earlier_of=materials.earlier_of,
        effect=materials.put,
    ),
    events.DIRECTIVE_REGISTERED: Kind(
        check=directives.check,
        earlier_of=directives.earlier_of,
        effect=directives.put,
    ),
}
