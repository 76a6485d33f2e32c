"""`lienthong fill`: the shipped units and plans into a new installation that runs as separate processes."""

from __future__ import annotations

from services.commands.terminal import actor, out, told
from services.hub import base, filling


def fill() -> None:
    """Nạp danh mục đơn vị và các kế hoạch kèm theo (một lần). / Bring in the shipped units and plans, once.

    `lienthong up` does it by itself. What is there already stays as it is. Don't run it before a restore.
    """
    with told(), base.base() as found, filling.desk(found, actor()) as desk:
        filling.fill(desk, lambda what: out.print(f"Nạp {what} …", highlight=False))
