"""`lienthong releases list|show|sign|withdraw`."""

from __future__ import annotations

from typing import Annotated

import typer

from lienthong.refusals import refused
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import at_desk, reading
from services.commands.terminal import Number, Reason, out
from services.ingest.releases import acts
from services.ingest.releases import reading as releases

app = typer.Typer(no_args_is_help=True, help="Bản phát hành / releases.")
Release = Annotated[str, typer.Argument(help="Bản phát hành, ví dụ P119-LS.2026/1")]
Round = Annotated[str, typer.Argument(metavar="ROUND", help="Mã kỳ, ví dụ P119-LS.2026")]

SIGNED = {"signed": "đang hiệu lực", "withdrawn": "đã thu hồi"}
_LIST = (("Mã", "release"), ("Ký lúc", "signedAt"), ("Người ký", "signedBy"), ("Nơi nhận", "recipients"),
         ("Trạng thái", "state"))  # fmt: skip


@app.command("list")
def list_(
    round_: Annotated[str | None, typer.Option("--round", help="Chỉ của kỳ này")] = None,
    province: Annotated[str | None, typer.Option(help="Chỉ của tỉnh này")] = None,
    json: AsJson = False,
) -> None:
    """Các bản đã ký phát hành, theo kỳ. / What was signed, by round."""
    with reading() as asked:
        rounds = asked.definitions.rounds
        if round_ is not None and round_ not in rounds:
            raise refused("round_unknown", round=round_)
        whose = None if province is None else asked.province(province)
        codes = [r.code for r in rounds.values() if round_ in (None, r.code) and whose in (None, r.province)]
        rows = [releases.body(one) for one in releases.listed(asked.desk.conn, codes)]
    shown = rows if json else [{**row, "state": SIGNED[row["state"]]} for row in rows]
    listing.show("Bản phát hành / releases", _LIST, shown, as_json=json)


@app.command()
def show(release: Release, json: AsJson = False) -> None:
    """Một bản phát hành: ai ký, gửi ai, chốt tại vị trí nào, báo cáo nào vào sau. / One release."""
    with reading() as asked:
        one = releases.shown(asked.desk.conn, release)
    if json:
        listing.dump(one)
        return
    listing.facts(f"Bản phát hành {release} / release", [
        ("Kỳ", one["round"]), ("Bản số", one["version"]), ("Trạng thái", SIGNED[one["state"]]),
        ("Nơi nhận", one["recipients"]),
        ("Người ký", one["signedBy"]), ("Ký lúc", one["signedAt"]), ("Thu hồi lúc", one["withdrawnAt"]),
        ("Văn bản", one["document"].get("number")), ("Vị trí chốt", one["position"]),
    ])  # fmt: skip
    listing.show("Báo cáo đến sau khi chốt / reports after the cut", _SINCE, one["since"])


_SINCE = (("Mã biên nhận", "receipt"), ("Mã đơn vị", "unit"), ("Mã biểu", "form"), ("Lần", "revision"),
          ("Rút", "withdrawn"), ("Nhận lúc", "receivedAt"))  # fmt: skip


@app.command()
def sign(
    round_: Round,
    recipient: Annotated[list[str] | None, typer.Option(help="Nơi nhận; bỏ trống: tất cả")] = None,
    number: Number = None,
    note: str = "",
) -> None:
    """Ký phát hành số liệu tổng hợp của kỳ. / Sign a release off."""
    with at_desk() as desk, desk.act() as act:
        release, position = acts.sign(
            act,
            round_=round_,
            recipients=recipient or None,
            document={"number": number, "date": None},
            note=note,
        )
        out.print(f"[green]✓[/] đã ký {release} (vị trí / position {position})", highlight=False)


@app.command()
def withdraw(release: Release, reason: Reason, number: Number = None) -> None:
    """Thu hồi một bản phát hành. / Withdraw a release; recipients are told."""
    with at_desk() as desk, desk.act() as act:
        acts.withdraw(
            act,
            release=release,
            reason=reason,
            document={"number": number, "date": None},
        )
        out.print(f"[green]✓[/] đã thu hồi {release} / withdrawn", highlight=False)
