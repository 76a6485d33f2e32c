"""`lienthong conformance`: an integrator's system against a sandbox hub that has bad days."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from lienthong import telemetry
from lienthong.refusals import misconfigured, refused
from lienthong.settings import Settings, load
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.terminal import err, errors_told, out
from services.conformance import reporting
from services.conformance.cases import Case, Delays
from services.conformance.days import table
from services.conformance.driving import Adapter, CommandAdapter, HttpAdapter, NotDriven
from services.conformance.judging import CaseVerdict
from services.conformance.rules import BY_CODE

FOLDER = Path("var/conformance")
_SIGNS = {"passed": "[green]✓[/]", "failed": "[red]✗[/]", "unsupported": "[dim]–[/]"}


def conformance(
    client: Annotated[str | None, typer.Option(help="Địa chỉ bộ nối của phần mềm / the adapter's address")] = None,
    command: Annotated[str | None, typer.Option(help="Lệnh chạy cho từng việc / a command for each task")] = None,
    own: Annotated[bool, typer.Option("--own", help="Thử thư viện lienthong.client / our own client")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Chỉ trường hợp này (nêu nhiều lần) / these cases")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Chỉ kể các trường hợp / list the cases")] = False,
    page: Annotated[Path | None, typer.Option(help="Ghi báo cáo HTML vào tệp / the report as HTML")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=32_767, help="Cổng của hệ thống thử / its port")] = None,
    json: AsJson = False,
) -> None:
    """Kiểm tra phần mềm kết nối với một hệ thống thử có sự cố. / A system against a hub that has bad days."""
    with errors_told():
        cases = _chosen_cases(table(Delays()), only or ())
        if list_:
            _list(cases, as_json=json)
            return
        body = _run(cases, client, command, own=own, port=port, quiet=json)
        if page is not None:
            page.write_text(reporting.page(body), encoding="utf-8")
    if json:
        listing.dump(body)
    else:
        _tell(body, page)
    if body["failed"]:
        raise typer.Exit(1)


def _chosen_cases(cases: Sequence[Case], only: Sequence[str]) -> tuple[Case, ...]:
    codes = {case.code for case in cases}
    if unknown := sorted(set(only) - codes):
        raise refused("case_unknown", case=", ".join(unknown))
    return tuple(case for case in cases if not only or case.code in only)


def _run(
    cases: Sequence[Case], client: str | None, command: str | None, *, own: bool, port: int | None, quiet: bool
) -> dict[str, Any]:
    if [client is not None, command is not None, own].count(True) != 1:
        raise misconfigured("adapter_not_named")
    from services.conformance import run, site  # noqa: PLC0415  (a hub; not to list cases)

    telemetry.configure(load(Settings, database_url=None, log_level="error"))
    try:
        adapter = _adapter(client, command)
        if not quiet:
            err.print("Mở hệ thống thử … / opening the sandbox hub")
        with site.running(FOLDER.absolute(), port=port) as opened:
            running = run.Running(opened, adapter, _no_progress if quiet else _progress)
            return reporting.document(cases, list(running.verdicts(cases)))
    except NotDriven as error:
        raise misconfigured("adapter_not_driven", why=str(error)) from error


def _adapter(client: str | None, command: str | None) -> Adapter:
    if client is not None:
        return HttpAdapter(client)
    if command is not None:
        return CommandAdapter(command)
    from services.conformance.own import Own  # noqa: PLC0415

    return Own()


def _no_progress(case: Case, verdict: CaseVerdict) -> None:
    """JSON alone is printed."""


def _progress(case: Case, verdict: CaseVerdict) -> None:
    """A line as soon as a case is judged: some take half a minute."""
    broken = f" [dim]({', '.join(verdict.broken)})[/]" if verdict.broken else ""
    out.print(f"{_SIGNS[verdict.state]} [bold]{case.code}[/] {escape(case.words.vi)}{broken}", highlight=False)


def _tell(body: dict[str, Any], page: Path | None) -> None:
    out.print()
    for rule in body["rules"]:
        if rule["brokenIn"]:
            words = BY_CODE[rule["rule"]].words
            out.print(f"[red]✗[/] [bold]{escape(words.vi)}[/] [dim]{escape(words.en)}[/]", highlight=False)
            for case in body["cases"]:
                _evidence(case, rule["rule"])
    out.print(
        f"{body['passed']} đạt, {body['failed']} chưa đạt, {body['unsupported']} không hỗ trợ. / "
        f"{body['passed']} passed, {body['failed']} failed, {body['unsupported']} not supported.",
        highlight=False,
    )
    if page is not None:
        out.print(f"→ {page}", highlight=False)


def _evidence(case: dict[str, Any], rule: str) -> None:
    for finding in case["findings"]:
        if finding["rule"] == rule:
            for line in finding["evidence"]:
                out.print(f"    {case['case']} · {finding['step']}: {escape(line)}", highlight=False)


def _list(cases: Sequence[Case], *, as_json: bool) -> None:
    rows = [{"case": case.code, "vi": case.words.vi, "en": case.words.en} for case in cases]
    listing.show(
        "Trường hợp / cases", (("Mã", "case"), ("Việc xảy ra", "vi"), ("What happens", "en")), rows, as_json=as_json
    )
