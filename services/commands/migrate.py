"""`lienthong migrate` and `lienthong fill`: tables, and what a new installation begins with."""

from __future__ import annotations

from services.commands.terminal import actor, errors_told, out
from services.hub import base, filling


def migrate() -> None:
    """Cập nhật cấu trúc cơ sở dữ liệu. / Migrate the database."""
    with errors_told(), base.base(migrated=False, new=True) as database:
        applied = base.prepare(database.settings, database.conninfo)
        out.print("\n".join(applied) if applied else "Đã là phiên bản mới nhất. / Up to date.")


def fill() -> None:
    """Nạp danh mục đơn vị kèm theo (một lần); kế hoạch thì `plans install`. / Bring in the shipped units, once.

    Plans are the operator's choice: `lienthong plans install`. `lienthong up` does it by itself. What is there already
    stays as it is. Don't run it before a restore.
    """
    with errors_told(), base.base() as database, filling.desk(database, actor()) as desk:
        filling.fill(desk, lambda what: out.print(f"Nạp / loading {what} …", highlight=False))
