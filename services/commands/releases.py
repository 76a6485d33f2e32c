"""`lienthong releases list|show|preview|draft|sign|one-person|withdraw`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Annotated, Any

import typer

from lienthong.access.sight import Sight
from lienthong.calendar import last_day
from lienthong.eventlog.installation import hub_now
from lienthong.events import NATION
from lienthong.indicators.arithmetic import vietnamese
from lienthong.instants import read
from services.aggregate import reading as consolidated
from services.aggregate import store
from services.aggregate.store import PlanVersions
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import Reading, at_desk, reading
from services.commands.signed import Agency, Date, ElectronicId, File, document
from services.commands.terminal import Number, Reason, out
from services.export.deliveries import destinations
from services.ingest.pairs import acts as decisions
from services.ingest.releases import acts, standing
from services.ingest.releases import reading as releases

app = typer.Typer(no_args_is_help=True, help="Bản phát hành / releases.")
Release = Annotated[str, typer.Argument(help="Bản phát hành, ví dụ P119-LS.2026/1")]
Round = Annotated[str, typer.Argument(metavar="ROUND", help="Mã kỳ, ví dụ P119-LS.2026")]

_ASSESSED = {"provisional": "tạm tính", "cannot_be_assessed": "không đánh giá được"}
SIGNED = {"signed": "đang hiệu lực", "withdrawn": "đã thu hồi"}
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
    listing.show("Báo cáo đến sau khi chốt / reports after the cut", _SINCE, body["since"])


_SINCE = (
    ("Mã biên nhận", "receipt"),
    ("Mã đơn vị", "unit"),
    ("Mã biểu", "form"),
    ("Lần", "revision"),
    ("Rút", "withdrawn"),
    ("Nhận lúc", "receivedAt"),
)


@app.command()
def preview(round_: Round, json: AsJson = False) -> None:
    """Trước khi ký: đã đủ chưa, số nào tạm tính, cảnh báo nào còn, thay đổi gì. / What a signer has to know."""
    with reading() as hub:
        body = standing.preview(hub.desk.conn, hub.round(round_).code, hub_now(hub.desk.conn))
        weak = _not_assessed(hub, round_)
    if json:
        listing.dump({**body, "notAssessed": weak})
    else:
        _tell(body, weak)


def _tell(body: Mapping[str, Any], weak: Sequence[Mapping[str, Any]]) -> None:
    last, drafted = body["lastRelease"], body["draft"]
    listing.facts(
        f"Bản phát hành {body['round']}/{body['version']} / release",
        [
            ("Nơi nhận", body["recipients"]),
            ("Đủ báo cáo", body["complete"]),
            ("Bản trước", None if last is None else f"{last['release']} ({SIGNED[last['state']]})"),
            ("Có gì mới", _news(body)),
            ("Dự thảo", None if drafted is None else _drafted(drafted)),
        ],
    )
    listing.show(
        "Biểu mẫu / forms",
        (
            ("Mã biểu", "form"),
            ("Phải nộp", "obliged"),
            ("Đã nộp", "reported"),
            ("Quá hạn", "late"),
            ("Thiếu", "missing"),
        ),
        body["forms"],
    )
    listing.show(
        "Còn thiếu / missing",
        (("Mã đơn vị", "unit"), ("Mã biểu", "form"), ("Hạn cuối", "due"), ("Quá hạn", "overdue")),
        [{**each, "due": _last_day(each["deadline"])} for each in body["missing"]],
    )
    listing.show(
        "Chưa đánh giá được, tạm tính / not assessed, provisional",
        (("Mã chỉ tiêu", "code"), ("Giá trị", "value"), ("Tình trạng", "assessment"), ("Vì", "why")),
        map(_weak, weak),
    )
    listing.show(
        "Câu hỏi số liệu / queries",
        (("Mã đơn vị", "unit"), ("Mã biểu", "form"), ("Vì", "why")),
        [{**each, "why": "\n".join(map(_words, each["warnings"]))} for each in body["warnings"]],
    )
    if last is not None:
        listing.show("Đến sau bản trước / since the last release", _SINCE, body["since"])


def _weak(indicator: Mapping[str, Any]) -> dict[str, Any]:
    value = indicator["value"]
    return {
        **indicator,
        "value": None if value is None else vietnamese(value),
        "why": "\n".join(indicator["why"]),
    }


def _news(preview: Mapping[str, Any]) -> str:
    """What is new beside the release before: what lets it be drafted."""
    last, added = preview["lastRelease"], preview["addedRecipients"]
    if last is None:
        return "phát hành lần đầu"
    news = [
        *(["số liệu có thể đã thay đổi"] if preview["changed"] else []),
        *([f"bản trước {SIGNED[last['state']]}"] if last["state"] != "signed" else []),
        *([f"thêm nơi nhận {', '.join(added)}"] if added else []),
    ]
    return "; ".join(news) or "không; như bản trước thì không trình lại"


def _drafted(draft: Mapping[str, Any]) -> str:
    outdated = "; số liệu đã thay đổi, cần trình lại" if draft["outdated"] else ""
    return f"{draft['draftedBy']}, {listing.cell(draft['draftedAt'])}{outdated}"


def _last_day(deadline: str | None) -> str | None:
    """Of an exclusive deadline the last day in time."""
    return None if deadline is None else last_day(read(deadline)).isoformat()


def _words(warning: object) -> str:
    if not isinstance(warning, Mapping):
        return str(warning)
    query, explanation = str(warning.get("message_vi") or warning.get("code") or warning), warning.get("explanation")
    return f"{query} → {explanation['text'] or 'đã xóa nội dung'}" if explanation else f"{query} (chưa giải trình)"


def _not_assessed(hub: Reading, round_: str) -> list[dict[str, Any]]:
    """Indicators that a release would show as provisional or not assessed, and why, as far as the log is worked off."""
    with ExitStack() as stack, hub.found.pool("aggregate", stack, size=1).transaction() as tx:
        loaded = store.load_round(tx, PlanVersions(), round_)
        if loaded is None:  # aggregate has not come that far
            return []
        indicators = consolidated.indicators(tx, PlanVersions(), loaded, None)["indicators"]
    return [
        {
            "code": each["code"],
            "value": each["value"],
            "assessment": _ASSESSED[each["assessment"]],
            "why": [reason["message"]["vi"] for reason in each["reasons"]],
        }
        for each in indicators
        if each["assessment"] != "assessed"
    ]


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
            _tell(before, _not_assessed(hub, round_))
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


def _tell_where_nobody_takes_it(hub: Reading, round_: str) -> None:
    """That nothing will be pushed, where a province has no destination for releases; the nation's are read."""
    province = hub.round(round_).province
    with ExitStack() as stack:
        destinations_ = destinations.list_destinations(
            hub.found.pool("export", stack, size=1), Sight(province=province)
        )
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
