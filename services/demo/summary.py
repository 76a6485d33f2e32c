"""What the demonstration shows at the end: tables for people, in Vietnamese, and where to look next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from lienthong.indicators import targets
from lienthong.shipped import in_a_checkout
from services.demo import mistakes, script, undertaken
from services.demo.outcome import Expectation, YearOutcome
from services.demo.shown import cut, table
from services.demo.site import Site
from services.demo.wording import (
    Notes,
    day_said,
    deadline_said,
    duties_said,
    share_said,
    target_said,
    value_said,
    verdict_said,
)

NOTICE = "DỮ LIỆU MẪU – không phải số liệu thật / sample data, no official figure"

_STATES = {
    "planned": "dự kiến",
    "open": "đang mở",
    "overdue": "quá hạn",
    "released": "đã phát hành",
    "locked": "đã khóa",
}
_SUBJECT = 25  # characters of what was pushed: what a portal calls an item is a hash, and 80 columns hold the rest
_REASONS = {mistake.code: mistake.what for mistake in mistakes.MISTAKES} | {
    "round_locked": "kỳ đã khóa",
    "round_not_open": "kỳ chưa mở (chưa đến ngày chốt số liệu)",
}


_JUDGED_ROUNDS = (
    script.NUCLEAR_COMMUNICATION,
    script.NUCLEAR_STRATEGY,
    script.SECOND_HALF,
    script.COMMUNE_SECOND_HALF,
)
"""One round of each plan, the year's last."""

_STANDINGS = {
    "Đạt": (targets.REACHED, targets.EXCEEDED, targets.REACHED_EARLY),
    "Đúng tiến độ": (targets.ON_TRACK,),
    "Chưa đạt": (targets.NOT_REACHED, targets.BEHIND),
    "Chưa đến hạn": (targets.NOT_DUE, targets.CONDITION_PENDING),
    "Không đánh\ngiá được": (targets.CANNOT,),
}
"""What the verdicts on targets come to, in one look."""


def tables(outcome: YearOutcome) -> Iterator[RenderableType]:
    """The year in one look: nothing here needs more than 80 columns."""
    yield Panel(Text(NOTICE, justify="center", style="bold yellow"), border_style="yellow")
    yield completeness(outcome)
    yield judgements(outcome)
    yield deliveries(outcome.deliveries)
    yield refusals(outcome.refusals)
    yield feed(outcome)
    yield undertaken.tasks(outcome.tasks)
    yield undertaken.counted_figures(outcome.computed)
    yield undertaken.systems_supplying(outcome.confirmed)


def details(outcome: YearOutcome) -> Iterator[RenderableType]:
    """Each indicator with its arithmetic, targets and reasons: for a wide page."""
    for episode in _JUDGED_ROUNDS:
        yield indicators(outcome, episode.round)


def completeness(outcome: YearOutcome) -> Table:
    """Rounds with who has reported, how late, and what was released."""
    shown = table("1. Các kỳ báo cáo", "Kỳ", "Hạn (trước)", ">Đã nộp", ">Quá hạn", ">Thiếu", "Trạng thái", "Bản")
    for code, round_ in sorted(outcome.rounds.items(), key=lambda item: item[1]["period"]["last"]):
        if round_["state"] == "planned":
            continue
        forms = round_["completeness"]
        obliged, reported, late = (sum(f[name] for f in forms) for name in ("obliged", "reported", "late"))
        released = ", ".join(str(r["version"]) for r in round_["releases"])
        shown.add_row(
            code,
            deadline_said(round_),
            share_said(reported, obliged),
            str(late or ""),
            str(obliged - reported or ""),
            _STATES[round_["state"]],
            released,
        )
    return shown


def judgements(outcome: YearOutcome) -> Table:
    """How many targets of each plan stand where."""
    shown = table("2. Mục tiêu của các kế hoạch", "Kỳ", *(f">{name}" for name in _STANDINGS))
    for episode in _JUDGED_ROUNDS:
        counts = Counter(
            target["status"] for indicator in outcome.indicators[episode.round] for target in indicator["targets"]
        )
        row = [sum(counts[status] for status in statuses) for statuses in _STANDINGS.values()]
        shown.add_row(episode.round, *(str(count or "") for count in row))
    return shown


def indicators(outcome: YearOutcome, round_: str) -> Table:
    """Indicators of a round against each of their targets, with the arithmetic; reasons as numbered notes."""
    shown = Table(
        "Mã",
        "Chỉ tiêu",
        "Cách tính",
        "Mục tiêu",
        "Đánh giá",
        title=f"Chỉ tiêu và mục tiêu: {round_}",
        title_justify="left",
        title_style="bold",
        header_style="bold",
    )
    notes = Notes()
    for indicator in outcome.indicators[round_]:
        aims = indicator["targets"]
        shown.add_row(
            indicator["code"].removeprefix("I-"),
            indicator["title"]["vi"],
            value_said(indicator, notes),
            "\n".join(target_said(target) for target in aims) or "[dim]nguồn không nêu[/]",
            "\n".join(verdict_said(target, notes) for target in aims),
        )
    shown.caption, shown.caption_justify = notes.legend(), "left"
    return shown


def deliveries(sent: Iterable[Mapping[str, Any]]) -> Table:
    """Every push with its attempts."""
    shown = table("3. Lượt chuyển lên nền tảng", "Nơi nhận", "Nội dung", ">Bản", "Trạng thái", "Các lần thử")
    for delivery in sorted(sent, key=lambda d: d["createdAt"]):
        state = "[green]đã chuyển[/]" if delivery["state"] == "delivered" else f"[red]{delivery['state']}[/]"
        subject = cut(delivery["subject"], _SUBJECT) + (" [dim](rút)[/]" if delivery["withdraws"] else "")
        shown.add_row(
            delivery["destination"],
            subject,
            str(delivery["version"]),
            state,
            " → ".join((attempt["outcome"] or "…").removeprefix("http_") for attempt in delivery["attempts"]),
        )
    return shown


def refusals(refused: Iterable[Mapping[str, Any]]) -> Table:
    """Why submissions were refused."""
    shown = table("4. Từ chối theo lý do", "~Lý do", "Mã lỗi", ">Số lần")
    for code, count in sorted(Counter(error["code"] for refusal in refused for error in refusal["errors"]).items()):
        shown.add_row(_REASONS.get(code, code), code, str(count))
    return shown


def feed(outcome: YearOutcome) -> Table:
    """What the Ministry read."""
    shown = table("5. Bộ đọc được", "Bản phát hành", "Đơn vị", "Thay bản", "Ký ngày", "Với Bộ")
    for entry in outcome.pulled.entries:
        dataset = outcome.pulled.datasets[entry["release"]]
        shown.add_row(
            entry["release"],
            dataset["issuer"]["name"],
            (entry["supersedes"] or "").rpartition("/")[2],
            day_said(entry["signedAt"]),
            duties_said(dataset),
        )
    national = [
        f"{programme} {period}: {len(body['figures'])} số liệu, {body['provinces']['released']}/"
        f"{body['provinces']['total']} tỉnh" + _communes(body["communes"]["released"])
        for (programme, period), body in outcome.pulled.national.items()
    ]
    shown.caption = "Tổng hợp cả nước: " + "; ".join(national)
    shown.caption_justify = "left"
    return shown


def _communes(number: int) -> str:
    return f", {number} xã có kế hoạch riêng" if number else ""


def verdict(checks: list[Expectation], cells: int, events: int, *, seconds: float) -> RenderableType:
    """Whether everything came out as it must, and what did not. cells, events: of the verification."""
    wrong = [check for check in checks if not check.good]
    text = Text()
    for check in wrong:
        text.append(f"✗ {check.what}\n", "red")
        text.append(f"  phải là  {cut(check.expected)}\n  nhưng là {cut(check.got)}\n")
    if not wrong:
        text.append("✓ ", "green").append(
            f"{len(checks)} điều kiểm tra đều đúng; {cells} ô số liệu khớp khi tính lại từ nhật ký ({events} sự kiện); "
            f"{seconds:.0f} giây"
        )
    return Panel(text, title="Kết quả / outcome", border_style="red" if wrong else "green")


def next_steps(site: Site, script_file: Path, details_file: Path, *, keeps: bool) -> RenderableType:
    """Where to look and what to try."""
    started = "make demo" if in_a_checkout() else "lienthong demo"
    keep = "KEEP=1" if in_a_checkout() else "--keep"
    command = ".venv/bin/lienthong" if in_a_checkout() else "lienthong"
    kafka = "" if site.kafka is None else "-kafka" if in_a_checkout() else " --kafka"
    rows = {
        "Từng chỉ tiêu, cách tính, lý do": _relative_path(details_file),
        "Số liệu Bộ đã tải (JSON, XLSX)": _relative_path(site.folder / "bo"),
        "Người dùng mẫu, mật khẩu lần đầu": _relative_path(site.folder / "people.json"),
        "Mật khẩu các ứng dụng mẫu": _relative_path(site.folder / "clients.json"),
        "Nhật ký các thành phần": _relative_path(site.folder / "log"),
    }
    if keeps:
        rows |= {
            "Bảng điều hành / console": f"{site.address}/",
            "Nền tảng nhận": f"{site.platform}/",
            "Mô tả API (OpenAPI 3.1)": f"{site.address}/openapi.json",
            "Số đo (Prometheus)": f"{site.address}/metrics",
            "Xem bằng dòng lệnh": f"LIENTHONG_DATA_DIR={_relative_path(site.settings.data_dir)} {command} status",
            "Thử gọi API bằng curl": f"sh {_relative_path(script_file)}",
        }
    else:
        rows |= {
            "Trình diễn rồi để chạy": f"{started}{kafka} {keep}",
            "Chạy tiếp kho này": f"LIENTHONG_DATA_DIR={_relative_path(site.settings.data_dir)} "
            f"LIENTHONG_PORT={site.settings.port} {command} up",
            "rồi gọi API bằng curl": f"sh {_relative_path(script_file)}",
        }
    if in_a_checkout():
        rows["Đọc tiếp"] = "README.md, docs/forms/, docs/map.md"
    shown = Table.grid(padding=(0, 2))
    for name, value in rows.items():
        shown.add_row(name, Text(value, overflow="fold"))
    return Panel(shown, title="Xem tiếp và thử / where to look next")


def try_out(site: Site, client: str, unit: str, secret: str) -> str:
    """A shell script that calls the hub with curl as one commune of Lạng Sơn, step by step."""
    return f'''#!/bin/sh
# Gọi hệ thống như phần mềm của một xã (dữ liệu mẫu). / Calls the hub as one commune's system; sample data.
set -eu
HUB={site.address}
TOKEN=$(curl -sf -u '{client}:{secret}' -d grant_type=client_credentials "$HUB/oauth/token" |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')
echo "== Nghĩa vụ báo cáo / what this commune owes"
curl -sf -H "Authorization: Bearer $TOKEN" "$HUB/v1/obligations" | python3 -m json.tool --no-ensure-ascii | head -30
echo "== Gửi thử một báo cáo sai / a faulty report, tried out (dryRun)"
curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/cloudevents+json' \\
  "$HUB/v1/events?dryRun=true" -d '{{"specversion": "1.0", "id": "thu-1", "source": "/20/{unit}",
    "type": "vn.lienthong.report.submitted.v1", "data": {{"round": "P119-LS.2026", "form": "P119-LS.commune",
    "formVersion": "1.0.1", "unit": "{unit}", "revision": 1, "figures": {{"events_commune": 2.5}}}}}}' |
  python3 -m json.tool --no-ensure-ascii | head -40
'''


def _relative_path(path: Path) -> str:
    """The path as seen from here, where it is below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
