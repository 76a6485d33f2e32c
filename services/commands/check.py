"""`lienthong check`: reports judged on this machine as a hub would judge them, before they are sent anywhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from lienthong.errors import Problem
from lienthong.refusals import advice_of, refused
from lienthong.settings import Settings
from lienthong.web.problems import entry
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.terminal import MOST_SHOWN, errors_told, out
from services.ingest.claims.batch import events_of
from services.ingest.kit import judging, standing, unpacking
from services.ingest.kit.judging import NOT_JUDGED, Text, Verdict

MOST_BYTES = 256 * 1024 * 1024
"""Of a file: everything in it is held in memory. A year of a province has 2 MB."""
_LINES = (".ndjson", ".jsonl")
_BOM = b"\xef\xbb\xbf"
_MARKS = {"would_accept": "[green]✓[/]", "repeated": "[yellow]=[/]", "refused": "[red]✗[/]"}
_SAID = {
    "would_accept": "hợp lệ [dim]/ valid[/]",
    "repeated": "lặp lại sự kiện ở trên, chỉ tính một lần [dim]/ the same event again: counts once[/]",
    "refused": "không hợp lệ [dim]/ not valid[/]",
}


def check(
    file: Annotated[Path, typer.Argument(help="Báo cáo: JSON, loạt JSON hoặc NDJSON; “-”: đọc từ đầu vào chuẩn")],
    plan: Annotated[Path | None, typer.Option(help="Tệp YAML của kế hoạch (programme.yaml ở cùng thư mục)")] = None,
    package: Annotated[Path | None, typer.Option(help="Gói quy tắc: thư mục hoặc tệp .zip")] = None,
    json: AsJson = False,
) -> None:
    """Kiểm tra báo cáo trước khi gửi, không cần hệ thống. / Check reports before sending; needs no hub."""
    with errors_told(rejected=2):  # without rules or a file nothing was judged: no report is called wrong
        if plan is not None and package is not None:
            raise refused("plan_or_package")
        rules, raw = _rules(plan, package), _content(file)
    with errors_told():
        texts = list(_texts(file, raw))
        if not texts:
            raise refused("report_file_empty", path=str(file))
        definitions = standing.definitions(rules, judging.rounds_of(texts))
        verdicts = list(judging.verdicts_of(texts, definitions, datetime.now(UTC)))
        if json:
            listing.dump(_document(verdicts))
        else:
            _print(verdicts)
    if any(verdict.verdict == "refused" for verdict in verdicts):
        raise typer.Exit(1)


def _rules(plan: Path | None, package: Path | None) -> standing.KitRules:
    if package is not None:
        return unpacking.of_package(package)
    return unpacking.shipped_rules() if plan is None else unpacking.of_plan(plan)


def _texts(file: Path, raw: bytes) -> Iterator[Text]:
    """Every event of the file, whichever of the hub's shapes it has: one, a batch (a JSON array), or a line each."""
    largest = Settings.model_fields["max_body_bytes"].default
    if not raw.strip():
        return
    if raw.lstrip()[:1] == b"[":
        yield from (judging.text_of(place, event, largest) for place, event in enumerate(_events(raw), 1))
    elif file.suffix.lower() in _LINES or _looks_like_lines(raw):
        lines = enumerate(raw.split(b"\n"), 1)
        yield from (judging.text_of(place, line, largest) for place, line in lines if line.strip())
    else:
        yield judging.text_of(1, raw, largest)


def _events(raw: bytes) -> list[bytes]:
    return events_of(raw, len(raw))  # a file may hold more than one request: its sender parts it


def _looks_like_lines(raw: bytes) -> bool:
    """Several lines, of which each is an object of its own: no JSON document that is spread over lines ends one so."""
    first, _, rest = raw.strip().partition(b"\n")
    return first.rstrip().endswith(b"}") and rest.lstrip()[:1] == b"{"


def _content(file: Path) -> bytes:
    try:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise refused("report_file_unreadable", path=str(file), why=str(error)) from error
    if len(raw) > MOST_BYTES:
        raise refused("report_file_too_large", path=str(file), limit=MOST_BYTES)
    return raw.removeprefix(_BOM)


def _document(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    return {
        "valid": all(verdict.verdict != "refused" for verdict in verdicts),
        "events": [_event(verdict) for verdict in verdicts],
        "notJudged": {name: {"vi": message.vi, "en": message.en} for name, message in NOT_JUDGED.items()},
    }


def _event(verdict: Verdict) -> dict[str, Any]:
    envelope = (
        {}
        if verdict.claim is None or verdict.bare
        else {
            "id": verdict.claim.id,
            "source": verdict.claim.source,
            "type": verdict.claim.type,
        }
    )
    about = {
        name: verdict.data[name]
        for name in ("round", "form", "formVersion", "unit", "revision")
        if name in verdict.data
    }
    return {
        "line": verdict.line,
        **envelope,
        **about,
        "verdict": verdict.verdict,
        "errors": [entry(each) for each in verdict.problems],
        "warnings": [entry(each) for each in verdict.warnings],
    }


def _print(verdicts: Sequence[Verdict]) -> None:
    left = MOST_SHOWN
    for verdict in verdicts:
        if left > 0 or verdict.verdict != "refused":
            out.print(
                f"{_MARKS[verdict.verdict]} {_name(verdict)}: {_SAID[verdict.verdict]}", highlight=False, soft_wrap=True
            )
        for mark, problems in (("[red]✗[/]", verdict.problems), ("[yellow]![/]", verdict.warnings)):
            for each in problems[: max(0, left)]:
                _tell(mark, each)
            left -= len(problems)
    if left < 0:
        out.print(f"… và {-left} lỗi nữa; xem hết: --json / and {-left} more; --json tells all", highlight=False)
    _total(verdicts)


def _name(verdict: Verdict) -> str:
    """`dòng 3 · P119-LS.2026 P119-LS.commune 06040 lần 1`."""
    data = verdict.data
    words = [str(data[name])[:64] for name in ("round", "form", "unit") if isinstance(data.get(name), str)]
    words += [f"lần {data['revision']}"[:20]] if "revision" in data else []
    return escape(f"dòng {verdict.line}" + (f" · {' '.join(words)}" if words else ""))


def _tell(mark: str, each: Problem) -> None:
    place = f"[bold]{escape(each.pointer)}[/] " if each.pointer else ""
    out.print(f"  {mark} {place}{escape(each.message.vi)}", highlight=False, soft_wrap=True)
    out.print(f"    [dim]{escape(each.message.en)} ({each.code})[/]", highlight=False, soft_wrap=True)
    if (advice := advice_of(each)) is not None:
        out.print(f"    → {escape(advice.vi)} [dim]{escape(advice.en)}[/]", highlight=False, soft_wrap=True)


def _total(verdicts: Sequence[Verdict]) -> None:
    wrong = sum(verdict.verdict == "refused" for verdict in verdicts)
    doubts = sum(len(verdict.warnings) for verdict in verdicts)
    out.print(
        f"{len(verdicts)} sự kiện, {wrong} không hợp lệ, {doubts} cảnh báo"
        f" [dim]/ {len(verdicts)} events, {wrong} not valid, {doubts} warnings[/]",
        highlight=False,
        soft_wrap=True,
    )
    out.print("Chỉ hệ thống mới biết / only the hub knows:", highlight=False)
    for message in NOT_JUDGED.values():
        out.print(f"  · {message.vi} [dim]/ {message.en}[/]", highlight=False, soft_wrap=True)
