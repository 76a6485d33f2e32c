"""What must hold for an act of an operator, whoever does it. Pure; each raises Rejected with every reason at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lienthong.errors import Problem, Rejected, problem
from lienthong.periods import Period
from lienthong.programmes import Plan
from lienthong.rounds import opening
from lienthong.rounds.opening import OpenRound
from services.ingest.definitions.snapshot import Definitions


def of_special_round(
    plan: Plan,
    span: Period,
    definitions: Definitions,
    *,
    deadline: datetime,
    forms: Sequence[str] | None,
    now: datetime,
) -> None:
    """Its data are closed, its deadline lies ahead, its forms are the plan's, and it isn't open yet."""
    code = opening.code_of(plan, span)
    found = [
        problem("/forms", "form_unknown", f"Kế hoạch không có biểu mẫu «{form}».", f"The plan has no form {form!r}.")
        for form in forms or ()
        if plan.form(form) is None
    ]
    if code in definitions.rounds:
        found.append(problem("/period", "round_exists", f"Kỳ «{code}» đã mở.", f"Round {code} is open already."))
    if opening.opens_at(span) > now:
        found.append(
            problem("/last", "close_in_future", "Ngày chốt số liệu phải đã qua.", "The close of data must have passed.")
        )
    if deadline <= now:
        found.append(
            problem(
                "/deadline",
                "deadline_passed",
                "Hạn báo cáo phải ở sau thời điểm hiện tại.",
                "The deadline must lie ahead.",
            )
        )
    _none(found)


def still_taking_reports(round_: OpenRound) -> None:
    """The round isn't locked. Asked first: a locked round is kept without its units and deadlines."""
    if round_.locked:
        raise Rejected(
            [
                problem(
                    "",
                    "round_locked",
                    "Kỳ báo cáo đã khóa, không gia hạn được.",
                    "The round is locked: its deadline can't be moved.",
                )
            ],
            status=409,
        )


def of_extension(round_: OpenRound, *, original: datetime | None, until: datetime, unit: str | None) -> None:
    """The new deadline is later than the original one, and the unit owes something."""
    found = []
    if original is not None and until <= original:
        found.append(
            problem(
                "/until",
                "extension_not_later",
                "Hạn mới phải sau hạn ban đầu.",
                "The new deadline must lie after the original one.",
                original=original.isoformat(),
            )
        )
    if unit is not None and not round_.owes(unit):
        found.append(
            problem(
                "/unit",
                "unit_not_obliged",
                f"Đơn vị «{unit}» không thuộc diện báo cáo kỳ này.",
                f"Unit {unit!r} owes nothing in this round.",
            )
        )
    _none(found)


def of_lock(changed: int) -> None:
    """The round was not locked before: `changed` rows became so."""
    if not changed:
        raise Rejected([problem("", "round_locked", "Kỳ báo cáo đã khóa.", "The round is locked already.")], status=409)


def of_withdrawal(withdrawn_at: datetime | None) -> None:
    """The release is still in force."""
    if withdrawn_at is not None:
        raise Rejected(
            [problem("", "release_withdrawn", "Bản phát hành đã được thu hồi.", "The release is withdrawn already.")],
            status=409,
        )


def of_approval(state: str) -> None:
    """The item waits for somebody's approval."""
    if state != "submitted":
        raise Rejected(
            [
                problem(
                    "",
                    "item_not_waiting",
                    f"Sản phẩm đang ở trạng thái «{state}», không chờ duyệt.",
                    f"The item is {state}, not waiting for approval.",
                    state=state,
                )
            ],
            status=409,
        )


def of_redaction(without_text: Sequence[str]) -> None:
    """Every pointer leads to a text: none is left over."""
    _none(
        [
            problem(
                pointer,
                "no_text_there",
                "Tại vị trí này không có văn bản để xóa.",
                "There is no text to remove at this place.",
            )
            for pointer in without_text
        ]
    )


def obligation(round_: OpenRound, code: str | None) -> tuple[str, datetime | None]:
    """The obligation whose deadline is meant, with that deadline; the units' where it is the only one."""
    known = {
        d["obligation"]: None if d["at"] is None else datetime.fromisoformat(d["at"]) for d in round_.data["deadlines"]
    }
    units = [d["obligation"] for d in round_.data["deadlines"] if d["from"] == "units"]
    chosen = code or (units[0] if len(units) == 1 else None)
    if chosen is None or chosen not in known:
        raise Rejected(
            [
                problem(
                    "/obligation",
                    "obligation_unknown",
                    "Hãy nêu nghĩa vụ báo cáo được gia hạn.",
                    "Name the obligation that is extended.",
                    known=sorted(known),
                )
            ]
        )
    return chosen, known[chosen]


def _none(found: Sequence[Problem]) -> None:
    if found:
        raise Rejected(list(found))
