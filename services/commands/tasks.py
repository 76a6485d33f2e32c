"""`lienthong tasks list|report`: the tasks of the plans, and how far they are (nhiệm vụ)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from lienthong.eventlog.installation import hub_now
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import at_desk, reader, reading
from services.commands.terminal import DAY_SHAPE, DAYS, out
from services.ingest.tasks import acts
from services.ingest.tasks import reading as tasks

app = typer.Typer(no_args_is_help=True, help="Nhiệm vụ của kế hoạch / tasks of the plans.")


class Status(StrEnum):
    """What can be said of a task."""

    not_begun = "not_begun"
    in_hand = "in_hand"
    done = "done"


_LIST = (
    ("Mã kế hoạch", "plan"),
    ("Mã nhiệm vụ", "task"),
    ("Nhiệm vụ", "title"),
    ("Mã đơn vị chủ trì", "leads"),
    ("Thời hạn", "due"),
    ("Tình hình", "state"),
    ("Tính đến", "asOf"),
    ("Ghi chú", "note"),
)
_COUNTS = (
    ("Mã kế hoạch", "plan"),
    ("Mã đơn vị chủ trì", "unit"),
    ("Tổng số", "total"),
    ("Chưa báo cáo", "notReported"),
    ("Chưa triển khai", "notBegun"),
    ("Đang thực hiện", "inHand"),
    ("Đã hoàn thành", "done"),
    ("Quá hạn", "overdue"),
    ("Hoàn thành quá hạn", "doneLate"),
)
_STATES = {
    "not_reported": "chưa báo cáo",
    "not_begun": "chưa triển khai",
    "in_hand": "đang thực hiện",
    "done": "đã hoàn thành",
    "overdue": "quá hạn",
}


@app.command("list")
def list_(
    province: Annotated[str, typer.Option(help="Mã tỉnh (2 số)")],
    plan: Annotated[str | None, typer.Option(help="Mã kế hoạch")] = None,
    unit: Annotated[str | None, typer.Option(help="Mã đơn vị chủ trì / the lead unit")] = None,
    json: AsJson = False,
) -> None:
    """Nhiệm vụ của các kế hoạch trong tỉnh và tổng hợp. / Tasks of a province's plans, consolidated."""
    with reading() as hub:
        who, conn = reader(hub.province(province)), hub.desk.conn
        named = {"plan": None if plan is None else hub.plan(plan), "unit": hub.unit(unit)}
        listed = tasks.tasks(conn, hub.definitions, who, now=hub_now(conn), **named)
    if json:
        listing.dump(listed)
        return
    listing.show("Nhiệm vụ / tasks", _LIST, map(_row, listed["tasks"]))
    counts = [
        {**lead, "plan": task["plan"]}
        for task in listed["consolidated"]
        for lead in ({"unit": None, **task}, *task["leads"])
    ]
    listing.show("Tổng hợp / consolidated", _COUNTS, counts)


@app.command()
def report(
    plan: Annotated[str, typer.Argument(help="Mã kế hoạch")],
    task: Annotated[str, typer.Argument(help="Mã nhiệm vụ")],
    status: Annotated[Status, typer.Option(help="Tình hình / how far it is")],
    unit: Annotated[str | None, typer.Option(help="Đơn vị chủ trì; bỏ trống: đơn vị ban hành kế hoạch")] = None,
    note: Annotated[str, typer.Option(help="Ghi chú / a note")] = "",
    as_of: Annotated[
        datetime | None, typer.Option(formats=DAYS, metavar=DAY_SHAPE, help="Tính đến ngày; bỏ trống: hôm nay")
    ] = None,
) -> None:
    """Ghi nhận tình hình thực hiện nhiệm vụ. / Record how far a task is."""
    with at_desk() as desk, desk.act() as act:
        day = None if as_of is None else as_of.date()
        receipt = acts.record(act, plan=plan, task=task, status=status.value, unit=unit, note=note, as_of=day)
        out.print(f"[green]✓[/] đã ghi nhận {plan}/{task}, số {receipt} / recorded", highlight=False)


def _row(task: dict[str, Any]) -> dict[str, Any]:
    latest = task["latest"] or {}
    return {
        **task,
        "title": task["title"]["vi"],
        "due": task["due"] or task["dueText"],
        "state": _STATES[task["state"]],
        "asOf": latest.get("asOf"),
        "note": latest.get("note"),
    }
