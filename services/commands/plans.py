"""`lienthong plans …`, `lienthong programmes lint`, `lienthong units …`, `lienthong forms …`: definitions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from lienthong import units
from lienthong.errors import Rejected
from lienthong.forms import files as form_files
from lienthong.lint import lint
from lienthong.lint.rendering import exit_code, render
from lienthong.programmes import files as planfiles
from lienthong.refusals import refused
from lienthong.shipped import schemas_folder
from services.commands.terminal import actor, err, out, table, told
from services.hub import filling
from services.hub.base import base
from services.ingest.plans import acts as plan_acts
from services.ingest.plans import checking
from services.ingest.units import acts as unit_acts
from services.ingest.units import boundaries

plans = typer.Typer(no_args_is_help=True, help="Kế hoạch / plans.")
programmes = typer.Typer(no_args_is_help=True, help="Chương trình / programmes.")
registry = typer.Typer(no_args_is_help=True, help="Đơn vị, dân số, tên khác / units, populations, aliases.")
forms = typer.Typer(no_args_is_help=True, help="Biểu mẫu / forms.")

File = Annotated[Path, typer.Argument(exists=True, help="Tệp YAML của kế hoạch (programme.yaml ở cùng thư mục)")]


@programmes.command("lint")
def lint_(
    path: Annotated[Path | None, typer.Argument(help="Tệp hoặc thư mục; mặc định: các chương trình kèm theo")] = None,
    format: Annotated[str, typer.Option(help="text, json hoặc markdown")] = "text",
    lang: Annotated[str, typer.Option(help="vi hoặc en")] = "vi",
) -> None:
    """Kiểm tra chương trình và kế hoạch theo quy tắc; lỗi cho mã thoát 1. / Lint; errors exit with 1."""
    folder = schemas_folder()
    with told():
        findings = lint(planfiles.load_with_programme(path or folder / "programmes"), units.load(folder / "units"))
    out.print(render(findings, format, lang=lang), highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(exit_code(findings))


@plans.command()
def check(file: File) -> None:
    """Kiểm tra một kế hoạch so với hệ thống đang chạy, không thay đổi gì. / Check against the running hub."""
    with told(), base() as found, filling.desk(found, actor()) as desk, desk.act() as act:
        files = planfiles.load_with_programme(file)
        findings = checking.check_files(files, act.definitions)
        out.print(render(findings, "text"), highlight=False, markup=False, soft_wrap=True)
        for code, document in planfiles.published_documents(files).items():
            done = plan_acts.preview(act, document)
            out.print(
                f"[green]✓[/] {code}: không thay đổi / unchanged"
                if done.version == 0
                else f"[green]✓[/] {code}: sẽ là phiên bản {done.version} / would be version {done.version}"
            )
            for said in done.changes:
                out.print(f"  {said.vi} [dim]/ {said.en}[/]", highlight=False)
            for form, verdict in done.verdicts.items():
                for change in verdict.changes:
                    out.print(f"  {form}: {change.message.vi}")


@plans.command()
def publish(file: File) -> None:
    """Kiểm tra rồi ban hành kế hoạch. / Lint, derive forms, publish a new version."""
    with told(), base() as found, filling.desk(found, actor()) as desk:
        files = planfiles.load_with_programme(file)
        checking.check_files(files, desk.definitions())
        for code, document in planfiles.published_documents(files).items():
            with desk.act() as act:
                done = plan_acts.publish(act, document)
            out.print(
                f"{code}: không thay đổi / unchanged"
                if done.version == 0
                else f"[green]✓[/] {code}: đã ban hành phiên bản {done.version} / published version {done.version}"
            )
        desk.open_due()


@plans.command("list")
def list_() -> None:
    """Các kế hoạch đang có hiệu lực. / Plans in force."""
    with told(), base() as found, filling.desk(found, actor()) as desk:
        definitions = desk.definitions()
        shown = table("Kế hoạch", "Mã", "Phiên bản", "Đơn vị ban hành", "Tên", "Kỳ đã mở")
        for plan in definitions.plans.values():
            opened = sorted(r.period.code for r in definitions.rounds.values() if r.plan == plan.code)
            shown.add_row(plan.code, str(plan.version), plan.issued_by, plan.title.vi, ", ".join(opened))
        out.print(shown)


@registry.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, help="Tệp CSV")],
    kind: Annotated[str, typer.Option(help="units, agencies, relations, aliases hoặc populations")],
    dry_run: Annotated[bool, typer.Option(help="Chỉ cho xem sẽ thay đổi gì")] = False,
) -> None:
    """Nhập đơn vị, cơ quan, dân số, tên khác từ CSV. / Import rows; every fault is told by line."""
    with told(), base() as found, filling.desk(found, actor()) as desk:
        rows = units.read_file(kind, file.read_bytes(), file.name)
        with desk.act() as act:
            done = unit_acts.preview(act, rows) if dry_run else unit_acts.change(act, rows)
        for change in done.changes:
            out.print(f"{change.file}:{change.line}: {change.message.vi}", highlight=False, markup=False)
        out.print(f"{len(done.changes)} thay đổi" + (" (chưa ghi) / changes, not written" if dry_run else " / changes"))


@registry.command("boundaries")
def boundaries_(
    file: Annotated[Path, typer.Argument(exists=True, help="Tệp GeoJSON (WGS 84), mỗi xã một đối tượng")],
    province: Annotated[str, typer.Option(help="Mã tỉnh, hai chữ số")],
    key: Annotated[str, typer.Option(help="Thuộc tính chứa mã xã")] = "code",
) -> None:
    """Nhập ranh giới các xã để vẽ bản đồ. / Import the communes' borders, to be drawn."""
    with told(), base() as found, filling.desk(found, actor()) as desk:
        document = _json(file)
        with desk.act() as act:
            done = boundaries.bring_in(act, province, document, key=key)
        out.print(f"{done.units} đơn vị có ranh giới / units with borders", highlight=False)
        if done.missing:
            out.print(f"Thiếu / missing: {', '.join(done.missing)}", highlight=False, soft_wrap=True)


def _json(file: Path) -> dict[str, Any]:
    try:
        found = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise refused("not_geojson") from error
    return found if isinstance(found, dict) else {}


@registry.command()
def search(text: str, limit: int = 20) -> None:
    """Tìm đơn vị, không cần dấu. / Find units, marks not needed."""
    with told(), base() as found, filling.desk(found, actor()) as desk:
        definitions = desk.definitions()
        shown = table("Đơn vị", "Mã", "Tên", "Cấp", "Thuộc")
        for unit in definitions.registry.search(text, desk.today(), limit):
            shown.add_row(unit.code, unit.full_name, unit.level, unit.parent or "")
        out.print(shown)


@forms.command()
def generate() -> None:
    """Sinh lại lược đồ, ví dụ và trang tài liệu của biểu mẫu. / Regenerate committed forms, examples, pages."""
    with told():
        done = form_files.regenerate(schemas_folder().parent)
        out.print(f"{len(done.written)} tệp đã ghi / files written")


@forms.command("check")
def check_forms() -> None:
    """Báo lỗi khi tệp biểu mẫu khác với kế hoạch. / Fail when committed forms differ from the plans."""
    with told():
        problems = form_files.check_drift(schemas_folder().parent)
        if problems:
            raise Rejected(problems)
        err.print("[green]✓[/] biểu mẫu khớp với kế hoạch / forms agree with the plans")
