"""`lienthong plans check|publish|install|list|show|export|package|retire`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from lienthong import instants
from lienthong.calendar import last_day
from lienthong.eventlog.installation import hub_now
from lienthong.lint.rendering import render
from lienthong.programmes import Plan
from lienthong.programmes import files as planfiles
from lienthong.programmes.files import PlanFile
from lienthong.refusals import refused
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import at_desk, reading
from services.commands.terminal import Number, Reason, out
from services.hub import filling
from services.ingest.definitions.snapshot import Definitions
from services.ingest.office.desk import Desk
from services.ingest.plans import acts, checking
from services.ingest.plans import reading as plans
from services.ingest.plans.checking import Published

app = typer.Typer(no_args_is_help=True, help="Kế hoạch / plans.")

Code = Annotated[str, typer.Argument(metavar="PLAN", help="Mã kế hoạch, ví dụ P119-LS")]
File = Annotated[Path, typer.Argument(exists=True, help="Tệp YAML của kế hoạch (programme.yaml ở cùng thư mục)")]
Past = Annotated[bool, typer.Option("--past", help="Mở cả các kỳ đã quá mọi hạn / open past rounds too")]

_LIST = (
    ("Mã kế hoạch", "plan"),
    ("Bản", "version"),
    ("Nơi ban hành", "issuedBy"),
    ("Tên", "title"),
    ("Kỳ đã mở", "rounds"),
    ("Ngừng", "retiredOn"),
)
_OPENS = {"opens_now": "mở ngay", "opens_later": "mở khi chốt số liệu", "stays_closed": "không mở"}
FREQUENCIES = {
    "annual": "hằng năm",
    "semiannual": "6 tháng",
    "quarterly": "hằng quý",
    "monthly": "hằng tháng",
    "on_demand": "khi có yêu cầu",
    "event": "khi phát sinh",
    "unstated": "không nêu",
}


@app.command()
def check(file: File, past: Past = False) -> None:
    """Kiểm tra một kế hoạch so với hệ thống đang chạy, không thay đổi gì. / Check against the running hub."""
    with at_desk() as desk, desk.act() as act:
        files = _read(file)
        findings = checking.check_files(files, act.definitions)
        out.print(render(findings, "text"), highlight=False, markup=False, soft_wrap=True)
        for code, document in planfiles.published_documents(files).items():
            done = acts.preview(act, document, past=past)
            out.print(
                f"[green]✓[/] {code}: không thay đổi / unchanged"
                if done.version == 0
                else f"[green]✓[/] {code}: sẽ là phiên bản {done.version} / would be version {done.version}"
            )
            for message in done.changes:
                out.print(f"  {message.vi} [dim]/ {message.en}[/]", highlight=False)
            for form, verdict in done.verdicts.items():
                for change in verdict.changes:
                    out.print(f"  {form}: {change.message.vi}")
            _tell_rounds(done)


@app.command()
def publish(file: File, past: Past = False) -> None:
    """Kiểm tra rồi ban hành kế hoạch. / Lint, derive forms, publish a new version; says which rounds open."""
    with at_desk() as desk:
        files = _read(file)
        checking.check_files(files, desk.definitions())
        _publish(desk, planfiles.published_documents(files), past=past)


@app.command()
def install(
    plan: Annotated[list[str] | None, typer.Argument(help="Mã kế hoạch kèm theo; bỏ trống: liệt kê")] = None,
    past: Past = False,
) -> None:
    """Ban hành kế hoạch kèm theo phần mềm. / Publish plans that come with the software; without a code: list them."""
    with at_desk() as desk:
        shipped = filling.shipped_plans()
        if not plan:
            standing = desk.definitions().plans
            rows = [
                {"plan": code, "title": document["plan"]["title"]["vi"], "standing": code in standing}
                for code, document in sorted(shipped.items())
            ]
            columns = (("Mã kế hoạch", "plan"), ("Tên", "title"), ("Đã ban hành", "standing"))
            listing.show("Kế hoạch kèm theo / shipped plans", columns, rows)
            return
        if unknown := [code for code in plan if code not in shipped]:
            raise refused("plan_not_shipped", plan=unknown[0], shipped=", ".join(sorted(shipped)))
        _publish(desk, {code: shipped[code] for code in plan}, past=past)


def _read(file: Path) -> list[PlanFile]:
    """The plan's file with its programme. Raises Rejected where no plan is in it."""
    files = planfiles.load_with_programme(file)
    if not any(file.kind == "plan" for file in files):
        raise refused("programme_is_no_plan", file=file.name)
    planfiles.plans(files)  # every structural fault, and a programme that is missing
    return files


def _publish(desk: Desk, documents: Mapping[str, Mapping[str, Any]], *, past: bool) -> None:
    for code, document in documents.items():
        with desk.act(changes=True) as act:
            done = acts.publish(act, document, past=past)
        out.print(
            f"{code}: không thay đổi / unchanged"
            if done.version == 0
            else f"[green]✓[/] {code}: đã ban hành phiên bản {done.version} / published version {done.version}"
        )
        _tell_rounds(done)
    desk.open_due()


def _tell_rounds(done: Published) -> None:
    """Which rounds open, which deadlines have passed, how many reports will be owed."""
    rows = [{**opening, "state": _OPENS[opening["state"]], "due": _due_in_words(opening)} for opening in done.openings]
    columns = (
        ("Mã kỳ", "round"),
        ("Chốt", "close"),
        ("Hạn của đơn vị", "due"),
        ("Phải nộp", "obliged"),
        ("Sẽ", "state"),
    )
    if rows:
        listing.show("Kỳ báo cáo / rounds", columns, rows)
    if any(opening["state"] == "stays_closed" for opening in done.openings):
        out.print("Kỳ đã quá mọi hạn không mở; muốn mở thì thêm --past. / Past rounds stay closed; --past opens them.")


def _due_in_words(body: Mapping[str, Any]) -> str:
    if body["deadline"] is None:
        return "–"
    return f"{last_day(instants.read(body['deadline'])):%d/%m/%Y}{' (đã qua)' if body['deadlinePassed'] else ''}"


@app.command("list")
def list_(province: Annotated[str | None, typer.Option(help="Chỉ của tỉnh này")] = None, json: AsJson = False) -> None:
    """Các kế hoạch đang có hiệu lực. / Plans in force."""
    with reading() as hub:
        definitions, today = hub.definitions, hub.desk.today()
        whose = None if province is None else hub.province(province)
        rows = [
            _row(plan, definitions)
            for code, plan in sorted(definitions.plans.items())
            if whose in (None, definitions.province_of(plan.issued_by, today))
        ]
    listing.show("Kế hoạch / plans", _LIST, rows, as_json=json)


@app.command()
def show(plan: Code, json: AsJson = False) -> None:
    """Một kế hoạch: biểu mẫu, ai phải nộp, nghĩa vụ, kỳ đã mở và sắp mở. / One plan with forms, duties, rounds."""
    with reading() as hub:
        body = plans.describe_plan(hub.definitions, plan, hub_now(hub.desk.conn))
    if json:
        listing.dump(body)
        return
    listing.facts(
        f"Kế hoạch {plan} / plan",
        [
            ("Tên", body["title"]),
            ("Chương trình", body["programme"]),
            ("Phiên bản", body["version"]),
            ("Nơi ban hành", body["issuedBy"]),
            ("Kỳ đã mở", body["rounds"]),
            ("Ngừng từ", body["retiredOn"]),
            ("Kỳ sắp mở", [f"{each['round']} ({listing.cell(each['opens'])})" for each in body["planned"]]),
        ],
    )
    listing.show("Biểu mẫu / forms", _FORMS, body["forms"])
    listing.show("Nghĩa vụ / duties", _DUTIES, map(_duty, body["obligations"]))
    if body["outside"]:
        listing.show("Không gửi qua hệ thống này / not taken here", _OUTSIDE, map(_channel, body["outside"]))


_FORMS = (
    ("Mã biểu", "form"),
    ("Bản", "version"),
    ("Ai nộp", "reporters"),
    ("Số đơn vị", "obliged"),
    ("Số liệu", "figures"),
)
_DUTIES = (
    ("Mã nghĩa vụ", "obligation"),
    ("Ai", "from"),
    ("Gửi", "to"),
    ("Qua", "via"),
    ("Định kỳ", "frequency"),
    ("Hạn", "deadlines"),
)
_OUTSIDE = (
    ("Nội dung", "carries"),
    ("Nơi nhận", "agency"),
    ("Cách gửi", "way"),
    ("Căn cứ", "reference"),
    ("Mã hệ thống", "system"),
)


def _channel(outside: dict[str, Any]) -> dict[str, Any]:
    agency = outside["agency"] or "kế hoạch chưa nêu"
    return {**outside, "carries": outside["carries"]["vi"], "way": outside["way"]["vi"], "agency": agency}


@app.command()
def export(plan: Code, folder: Annotated[Path, typer.Argument(help="Thư mục mới sẽ tạo / a new folder")]) -> None:
    """Ghi kế hoạch đang có hiệu lực thành tệp YAML để sửa rồi ban hành lại. / A plan in force as files to edit."""
    with reading() as hub:
        document = plans.document(hub.desk.conn, hub.plan(plan))
        for path in planfiles.write(document, folder):
            out.print(f"[green]✓[/] {path}", highlight=False)


@app.command()
def package(
    plan: Code,
    file: Annotated[Path, typer.Argument(help="Tệp .zip mới sẽ ghi / a new zip file")],
    version: Annotated[int | None, typer.Option(min=1, max=1_000_000, help="Phiên bản; bỏ trống: mới nhất")] = None,
) -> None:
    """Gói biểu mẫu, quy tắc, ví dụ để tự kiểm tra bằng `lienthong check`. / Forms, rules, examples to check with."""
    with reading() as hub:
        archive = plans.package(hub.desk.conn, hub.definitions, plan, version)
        try:
            with file.open("xb") as out_file:
                out_file.write(archive.content)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise refused("file_not_written", path=str(file), why=why) from error
        out.print(f"[green]✓[/] {escape(str(file))} ({len(archive.content)} byte)", highlight=False, soft_wrap=True)


@app.command()
def retire(
    plan: Code,
    reason: Reason,
    number: Number = None,
    yes: Annotated[bool, typer.Option("--yes", help="Không hỏi lại / don't ask")] = False,
) -> None:
    """Ngừng kế hoạch: kỳ đang mở vẫn tiếp tục, không mở kỳ mới; ban hành lại thì dùng tiếp. / Open no more rounds."""
    with at_desk() as desk:
        ahead = [] if yes else plans.describe_plan(desk.definitions(), plan, hub_now(desk.conn))["planned"]
        for round_ in ahead:
            out.print(
                f"  sẽ không mở / won't open: {round_['round']} ({listing.cell(round_['opens'])})", highlight=False
            )
        if not yes:
            typer.confirm(f"Ngừng {plan}? / Retire it?", abort=True)
        with desk.act(changes=True) as act:
            acts.retire(act, plan=plan, reason=reason, document={"number": number, "date": None})
        out.print(f"[green]✓[/] đã ngừng {plan} / retired", highlight=False)


def _row(plan: Plan, definitions: Definitions) -> dict[str, Any]:
    return {
        "plan": plan.code,
        "version": plan.version,
        "programme": plan.programme,
        "issuedBy": plan.issued_by,
        "title": plan.title.vi,
        "rounds": plans.opened_periods(definitions, plan.code),
        "retiredOn": plans.retired_on(definitions, plan.code),
    }


def _duty(duty: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**duty, "frequency": FREQUENCIES.get(duty["frequency"], duty["frequency"])}
