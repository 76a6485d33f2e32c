"""`lienthong status`: how the hub stands, on one page."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from lienthong.indicators.arithmetic import vietnamese
from lienthong.refusals import problem
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.terminal import errors_told, tell
from services.hub import status as hub
from services.hub.base import base

_WHAT = {
    "refusals": "lý do từ chối / refusals",
    "attempts": "lần thử chuyển / attempts",
    "outbox": "trả lời qua Kafka / outbox",
    "taken": "mục lấy về từ nơi nhận / taken",
}


def status(json: AsJson = False) -> None:
    """Phiên bản, vị trí, độ trễ, dung lượng, sao lưu, sắp xóa gì. / Versions, positions, lag, sizes."""
    with errors_told(), base(migrated=False) as base_, ExitStack() as stack:
        missing = base_.missing_migrations()
        state = (
            hub.gather_unmigrated(base_, missing)
            if missing
            else hub.gather(base_, base_.log(base_.pool("ingest", stack, size=1)))
        )
    if json:
        listing.dump(state)
    elif missing:
        _show_unmigrated(state)
    else:
        _show(state)


def _show_unmigrated(state: dict[str, Any]) -> None:
    """The tables may not be those of this version: what is missing, and what to do, is all there is to say."""
    names = state["missingMigrations"]
    listing.facts(
        "Liên Thông",
        [
            ("Phiên bản / version", f"{state['version']}; {state['database']}; {state['engine']}"),
            ("Cập nhật còn thiếu / missing migrations", names),
        ],
    )
    tell([problem("", "migrations_missing", count=len(names), first=names[0])])


def _show(body: dict[str, Any]) -> None:
    disk, unsent = body["disk"], body["deliveries"]
    listing.facts(
        "Liên Thông",
        [
            ("Phiên bản / version", f"{body['version']}; {body['database']}; {body['engine']}"),
            ("Thế hệ dữ liệu / epoch", body["epoch"]),
            ("Dữ liệu mẫu / sample", body["sample"]),
            ("Giờ hệ thống / hub's clock", body["now"]),
            ("Đang dừng / stopped", body["stopped"]),
            ("Cơ sở dữ liệu / database", _size(disk["database"])),
            ("Theo phần / by schema", [f"{schema} {_size(count)}" for schema, count in disk["schemas"].items()]),
            ("Đĩa còn trống / free", None if disk["free"] is None else _size(disk["free"])),
            ("Lượt chuyển chờ / pending", unsent["pending"]),
            ("Lượt chuyển đã dừng / dead", unsent["dead"]),
            ("Cũ nhất chưa chuyển / oldest", unsent["oldestAt"]),
            ("Sao lưu gần nhất / backup", body["lastBackupAt"]),
        ],
    )
    listing.show(
        "Bộ phận / consumers",
        (("Bộ phận", "consumer"), ("Sự kiện chờ", "events"), ("Trễ (giây)", "seconds")),
        body["consumers"],
    )
    used = [each for each in body["partitions"] if each["position"] > 1]  # all begin with the shipped registry
    columns = (("Mã", "partition"), ("Vị trí", "position"), ("Sự kiện cuối", "lastEventAt"))
    listing.show("Phân vùng / partitions", columns, used)
    listing.show(
        "Sẽ xóa / removals",
        (
            ("Loại", "what"),
            ("Dòng", "rows"),
            ("Giữ (ngày)", "keptDays"),
            ("Giữ (mục mỗi nơi)", "keptItems"),
            ("Cũ nhất xóa lúc", "oldestGoesAt"),
        ),
        [{**r, "what": _WHAT[r["what"]]} for r in body["removals"]],
    )


def _size(count: int) -> str:
    """Bytes in the largest unit that leaves a whole number to read: 12,0 kB, 3,4 MB."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{vietnamese(f'{size:.1f}')} {unit}" if unit != "B" else f"{count} B"
        size /= 1000
    return f"{vietnamese(f'{size:.1f}')} TB"
