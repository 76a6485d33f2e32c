"""`lienthong releases list|show|preview|draft|sign|one-person|withdraw`."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from lienthong.access.sight import Sight
from lienthong.eventlog.installation import hub_now
from lienthong.events import NATION
from services.commands import listing, release_preview
from services.commands.listing import AsJson
from services.commands.office import ReadingDesk, at_desk, reading
from services.commands.release_preview import SIGNED, SINCE
from services.commands.signed import Agency, Date, ElectronicId, File, document
from services.commands.terminal import Number, Reason, out
from services.export.deliveries import destinations
from services.ingest.pairs import acts as decisions
from services.ingest.releases import acts, standing
from services.ingest.releases import reading as releases

app = typer.Typer(no_args_is_help=True, help="Bản phát hành / releases.")
Release = Annotated[str, typer.Argument(help="Bản phát hành, ví dụ P119-LS.2026/1")]
Round = Annotated[str, typer.Argument(metavar="ROUND", help="Mã kỳ, ví dụ P119-LS.2026")]

_LIST = (
    ("Mã", "release"),
    ("Ký lúc", "signedAt"),
    ("Người ký", "signedBy"),
    ("Nơi nhận", "recipients"),
    ("Trạng thái", "state"),
)


@app.command("list")
def list_(
    round_: Annotated[str | None, typer.Option("--round", help="Chỉ của kỳ này")] = None,
    province: Annotated[str | None, typer.Option(help="Chỉ của tỉnh này")] = None,
    json: AsJson = False,
) -> None:
    """Các bản đã ký phát hành, theo kỳ. / What was signed, by round."""
    with reading() as hub:
        rounds = hub.definitions.rounds
        if round_ is not None:
            hub.round(round_)
        whose = None if province is None else hub.province(province)
        codes = [r.code for r in rounds.values() if round_ in (None, r.code) and whose in (None, r.province)]
        rows = [releases.body(release) for release in releases.releases_of(hub.desk.conn, codes)]
    shown = rows if json else [{**row, "state": SIGNED[row["state"]]} for row in rows]
    listing.show("Bản phát hành / releases", _LIST, shown, as_json=json)


@app.command()
def show(release: Release, json: AsJson = False) -> None:
    """Một bản phát hành: ai ký, gửi ai, chốt tại vị trí nào, báo cáo nào vào sau. / One release."""
    with reading() as hub:
        body = releases.describe_release(hub.desk.conn, release)
    if json:
        listing.dump(body)
        return
    listing.facts(
        f"Bản phát hành {release} / release",
        [
            ("Kỳ", body["round"]),
            ("Bản số", body["version"]),
            ("Trạng thái", SIGNED[body["state"]]),
            ("Nơi nhận", body["recipients"]),
            ("Người dự thảo", body["draftedBy"]),
            ("Người ký", body["signedBy"]),
            ("Ký lúc", body["signedAt"]),
            ("Thu hồi lúc", body["withdrawnAt"]),
            ("Văn bản", body["document"].get("number")),
            ("Ngày văn bản", body["document"].get("date")),
            ("Cơ quan ký", body["document"].get("agency")),
            ("Mã định danh văn bản điện tử", body["document"].get("electronicId")),
            ("Mã băm của tệp", body["document"].get("fileHash")),
            ("Vị trí chốt", body["position"]),
        ],
    )
    listing.show("Báo cáo đến sau khi chốt / reports after the cut", SINCE, body["since"])


@app.command()
def preview(round_: Round, json: AsJson = False) -> None:
    """Trước khi ký: đã đủ chưa, số nào tạm tính, cảnh báo nào còn, thay đổi gì. / What a signer has to know."""
    with reading() as hub:
        body = standing.preview(hub.desk.conn, hub.round(round_).code, hub_now(hub.desk.conn))
        weak = release_preview.not_assessed(hub, round_)
    if json:
        listing.dump({**body, "notAssessed": weak})
    else:
        release_preview.show(body, weak)


@app.command()
def draft(
    round_: Round,
    recipient: Annotated[list[str] | None, typer.Option(help="Nơi nhận; bỏ trống: tất cả")] = None,
    number: Number = None,
    date: Date = None,
    agency: Agency = None,
    electronic_id: ElectronicId = None,
    file: File = None,
    note: Annotated[str, typer.Option(help="Ghi chú / a note")] = "",
) -> None:
    """Trình dự thảo bản phát hành cho người khác ký. / Draft a release, for somebody else to sign."""
    named = document(number, date, agency, electronic_id, file)
    with reading() as hub:
        with hub.desk.act(changes=True) as act:
            draft_ = acts.draft(act, round_=round_, recipients=recipient or None, document=named, note=note)
        out.print(
            f"[green]✓[/] đã trình dự thảo {draft_.release} (vị trí / position {draft_.position})", highlight=False
        )
        _tell_where_nobody_takes_it(hub, round_)


@app.command()
def sign(
    round_: Round,
    number: Number = None,
    date: Date = None,
    agency: Agency = None,
    electronic_id: ElectronicId = None,
    file: File = None,
    yes: Annotated[bool, typer.Option("--yes", help="Không hỏi lại khi thiếu báo cáo / don't ask")] = False,
) -> None:
    """Ký phát hành dự thảo do người khác trình; thiếu báo cáo thì hỏi lại. / Sign what somebody else drafted.

    Không nêu văn bản nào thì lấy văn bản của dự thảo. / Without any of the document's options the draft's one stands.
    """
    named = document(number, date, agency, electronic_id, file)
    with reading() as hub:
        before = standing.preview(hub.desk.conn, hub.round(round_).code, hub_now(hub.desk.conn))
        ready = before["draft"] is not None and not before["draft"]["outdated"]
        if not yes and ready and not before["complete"]:
            release_preview.show(before, release_preview.not_assessed(hub, round_))
            question = f"Kỳ còn thiếu {len(before['missing'])} báo cáo. Vẫn ký? / Reports are missing. Sign?"
            typer.confirm(question, abort=True)
        with hub.desk.act(changes=True) as act:
            release, position = acts.sign(
                act,
                round_=round_,
                document=named if any(named.values()) else None,
                confirm=not before["complete"],
                draft=before["draft"]["position"] if ready else None,
            )
        out.print(f"[green]✓[/] đã ký {release} (vị trí / position {position})", highlight=False)
        _tell_where_nobody_takes_it(hub, round_)


def _tell_where_nobody_takes_it(hub: ReadingDesk, round_: str) -> None:
    """That nothing will be pushed, where a province has no destination for releases; the nation's are read."""
    province = hub.round(round_).province
    with ExitStack() as stack:
        destinations_ = destinations.list_destinations(hub.base.pool("export", stack, size=1), Sight(province=province))
    if province != NATION and not any(each.active and "release" in each.kinds for each in destinations_):
        out.print(
            f"[yellow]![/] Tỉnh {province} chưa có nơi nhận nào: bản phát hành chưa được chuyển đi đâu. Thêm bằng "
            f"`lienthong destinations add`. / No destination takes it yet: it is pushed nowhere until one is added.",
            highlight=False,
        )


@app.command("one-person")
def one_person(
    unit: Annotated[str, typer.Argument(help="Mã đơn vị ký phát hành, ví dụ 02026")],
    reason: Reason,
    number: Number = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Không cho phép nữa / take it back")] = False,
) -> None:
    """Cho phép đơn vị chỉ có một người được tự dự thảo và ký. / Allow a unit one person for drafting and signing."""
    with at_desk() as desk, desk.act(changes=True) as act:
        rests_on = {"number": number, "date": None}
        decisions.decide(act, unit=unit, allowed=not revoke, reason=reason, document=rests_on)
    words = "không còn cho phép / allowed no longer" if revoke else "đã cho phép / allowed"
    out.print(f"[green]✓[/] {unit}: {words}", highlight=False)


@app.command()
def withdraw(release: Release, reason: Reason, number: Number = None) -> None:
    """Thu hồi một bản phát hành. / Withdraw a release; recipients are told."""
    with at_desk() as desk, desk.act(changes=True) as act:
        acts.withdraw(
            act,
            release=release,
            reason=reason,
            document={"number": number, "date": None},
        )
        out.print(f"[green]✓[/] đã thu hồi {release} / withdrawn", highlight=False)
