"""The plans of a province."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.console.page import Page, Visit
from services.console.pages.rounds import Text
from services.console.sessions import Person
from services.console.tables import Cell, Column, Table, row


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanLine:
    """A plan in the list. rounds: codes of those opened."""

    code: str
    programme: str
    version: int
    title: Text
    issuer: str
    rounds: tuple[str, ...]

    def path(self, person: Person) -> str | None:
        """Its page; none where what came in for it is outside of what the account is for."""
        bound = person.bound_to("read:province")
        return f"/plans/{self.code}" if not bound or self.issuer in bound else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Plans:
    plans: tuple[PlanLine, ...]


async def gather_list(visit: Visit) -> Plans:
    answer = await visit.hub.get("/v1/plans")
    return Plans(
        plans=tuple(
            PlanLine(
                code=plan["plan"],
                programme=plan["programme"],
                version=plan["version"],
                title={"vi": plan["title"], "en": plan["title_en"]},
                issuer=plan["issuedBy"],
                rounds=tuple(plan["rounds"]),
            )
            for plan in answer["plans"]
        )
    )


def tables_of_list(data: Plans, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="plans",
            title=t("plans.title"),
            empty=t("plans.none"),
            columns=(
                Column(name="plan", title=t("column.plan"), kind="code", heading=True),
                Column(name="title", title=t("column.title")),
                Column(name="programme", title=t("column.programme"), kind="code"),
                Column(name="rounds", title=t("column.rounds"), kind="number"),
            ),
            rows=tuple(
                row(
                    Cell(value=plan.code, href=plan.path(visit.person)),
                    t.say(plan.title),
                    plan.programme,
                    len(plan.rounds),
                )
                for plan in data.plans
            ),
        ),
    )


LIST = Page(
    name="plans", paths=("/plans",), gather=gather_list, tables=tables_of_list, menu=True, scope="read:province"
)
