"""What the rules say of what a hub saw. Pure: every request here is written down, none is sent."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.conformance import seen
from services.conformance.cases import FIGURES, FORM, ROUND
from services.conformance.judging import judge
from services.conformance.leg import Leg
from services.conformance.rules import BY_CODE, RULES
from services.conformance.seen import Exchange
from services.conformance.tasks import AskedReport, Owed, Said, Wrong

UNIT = "05977"
ASKED = AskedReport(round=ROUND, form=FORM, unit=UNIT, figures=FIGURES, narrative="Đã tổ chức hội nghị")
TAKEN = {"status": "accepted", "receipt": "20-17", "late": False, "warnings": []}
WRONG = [
    {"pointer": "/data/figures/a", "code": "number_out_of_range"},
    {"pointer": "/data/figures/b", "code": "too_many_decimals"},
]
REFUSED = {"code": "number_out_of_range", "errors": WRONG}


def an_event(*, id: str = "bc-1", revision: int = 1, source: str = "/20/x", **data: Any) -> dict[str, Any]:
    body = {
        "round": ROUND,
        "form": FORM,
        "formVersion": "1.0.1",
        "unit": UNIT,
        "revision": revision,
        "figures": dict(FIGURES),
        "narrative": {"results": "Đã tổ chức hội nghị"},
    }
    return {"type": "vn.lienthong.report.submitted.v1", "source": source, "id": id, "data": body | data}


def a_submission(
    event: Any = None, *, number: int = 1, at: float = 0.0, status: int = 201, answer: Any = TAKEN, **more: Any
) -> Exchange:
    """One event in structured mode, unless the body is given; the hub takes a tenth of a second."""
    body = more.pop("body", json.dumps(event or an_event()).encode())
    told = {"ended": at + 0.1, "headers": {"content-type": seen.STRUCTURED}} | more
    return Exchange(
        number=number,
        began=at,
        method="POST",
        path=seen.EVENTS,
        status=status,
        body=body,
        answer=json.dumps(answer).encode(),
        **told,
    )


def a_token(*, number: int, at: float = 0.0, status: int = 200) -> Exchange:
    return Exchange(number=number, began=at, ended=at, method="POST", path=seen.TOKEN, status=status)


def a_leg(*exchanges: Exchange, said: Said | None = None, **more: Any) -> Leg:
    """A report that was asked for and accepted, and the system says so."""
    body: dict[str, Any] = {"do": "report", "expect": "accepted", "reports": (ASKED,)}
    default = Said(outcome="accepted", receipts=("20-17",))
    return Leg(exchanges=exchanges, sent=seen.events_sent(exchanges), answer=said or default, **(body | more))


def broken(*legs: Leg) -> set[str]:
    return set(judge("x", legs).broken)


LOST: Mapping[str, Any] = {"fault": "lose", "lost": True}
AWAY: Mapping[str, Any] = {"status": 0, "fault": "close", "lost": True, "done": False, "answer": None}
BUSY: Mapping[str, Any] = {"status": 503, "fault": "answer", "done": False, "answer": {"code": "x"}, "asked_to_wait": 3}
REPEATED = {**TAKEN, "status": "repeated"}
NO_TOKEN: Mapping[str, Any] = {"status": 401, "answer": {"code": "token_invalid"}, "stale": True}


def test_a_report_that_arrives_at_once_keeps_every_rule() -> None:
    verdict = judge("x", [a_leg(a_token(number=1), a_submission(number=2))])
    assert (verdict.state, verdict.findings, verdict.requests) == ("passed", (), 2)


def test_the_same_event_after_a_lost_answer_is_right_and_another_id_is_named() -> None:
    again = a_submission(number=2, at=1, status=200, answer=REPEATED)
    assert broken(a_leg(a_submission(**LOST), again)) == set()
    twice = a_submission(an_event(id="bc-2", revision=1), number=2, at=1, answer={**TAKEN, "receipt": "20-18"})
    verdict = judge("x", [a_leg(a_submission(**LOST), twice)])
    assert {"same_again", "once"} <= set(verdict.broken)
    assert "bc-1 → bc-2" in next(f for f in verdict.findings if f.rule == "same_again").evidence[0]


def test_a_changed_content_under_the_same_id_after_a_lost_answer_is_named() -> None:
    other = an_event(figures={**FIGURES, "events_commune": 9})
    assert "same_again" in broken(a_leg(a_submission(**LOST), a_submission(other, number=2, at=1)))


def test_who_never_tries_again_has_not_arrived() -> None:
    given_up = a_leg(a_submission(**AWAY), said=Said(outcome="failed"))
    assert broken(given_up) == {"arrived", "outcome"}


def test_an_answer_that_was_lost_leaves_a_receipt_that_the_system_has_to_know() -> None:
    leg = a_leg(
        a_submission(**LOST), a_submission(number=2, at=1, status=200, answer=REPEATED), said=Said(outcome="accepted")
    )
    assert broken(leg) == {"receipt"}
    assert broken(a_leg(a_submission(), said=Said(outcome="accepted", receipts=("20-17", "20-99")))) == {"receipt"}


def test_retry_after_is_measured_from_the_answer() -> None:
    busy = a_submission(**BUSY)
    assert broken(a_leg(busy, a_submission(number=2, at=3.1))) == set()
    assert broken(a_leg(busy, a_submission(number=2, at=2.9))) == {"waits"}
    assert "waits_not_too_long" in broken(a_leg(busy, said=Said(outcome="failed")))


def test_the_third_try_comes_after_a_pause() -> None:
    tries = [a_submission(number=n, at=n * 0.11, **AWAY) for n in (1, 2)]
    assert broken(a_leg(*tries, a_submission(number=3, at=0.33))) == {"pauses"}
    assert broken(a_leg(*tries, a_submission(number=3, at=0.9))) == set()


def test_what_is_sent_while_the_hub_is_at_work_is_named() -> None:
    slow = a_submission(fault="slow", ended=8.0)
    again = a_submission(number=2, at=5.0, status=200, answer=REPEATED)
    assert broken(a_leg(slow, again)) == {"awaits"}
    assert broken(a_leg(slow, replace(again, began=8.5, ended=8.6))) == set()


def test_a_refused_report_is_told_whole_and_not_sent_again() -> None:
    refused = a_submission(status=422, answer=REFUSED)
    wrong: dict[str, Any] = {"expect": "refused", "reports": (replace(ASKED, bad=True),)}
    both = (Wrong(code="number_out_of_range"), Wrong(code="too_many_decimals"))
    assert broken(a_leg(refused, said=Said(outcome="refused", problems=both), **wrong)) == set()
    assert broken(a_leg(refused, said=Said(outcome="refused", problems=both[:1]), **wrong)) == {"problems"}
    again = a_leg(refused, replace(refused, number=2, began=1.0), said=Said(outcome="refused", problems=both), **wrong)
    assert broken(again) == {"refused_again"}
    renamed = a_submission(an_event(id="bc-2", revision=2), number=2, at=1, status=422, answer=REFUSED)
    assert "refused_again" in broken(a_leg(refused, renamed, said=Said(outcome="refused", problems=both), **wrong))


def test_what_was_mended_has_a_new_id() -> None:
    bad = a_submission(an_event(figures={**FIGURES, "events_commune": -1}), status=422, answer=REFUSED)
    before = seen.events_sent([bad])
    assert broken(a_leg(a_submission(an_event(id="bc-2"), number=2), before=before)) == set()
    assert broken(a_leg(a_submission(number=2), before=before)) == {"new_id"}


def test_numbers_are_whole_and_what_was_entered() -> None:
    def sent(**changed: Any) -> set[str]:
        return broken(a_leg(a_submission(an_event(figures={**FIGURES, **changed}))))

    assert sent(events_commune=3.0) == {"numbers"}  # worth as much, and written with a point
    assert sent(events_commune="3") == {"numbers", "content"}
    assert sent(events_commune=4) == {"content"}
    assert sent(events_commune=True) == {"content"}
    assert broken(a_leg(a_submission(an_event(figures={"events_commune": 3})))) == {"content"}


def test_null_is_not_zero() -> None:
    asked = replace(ASKED, figures={**FIGURES, "social_posts_commune": None})
    assert broken(a_leg(a_submission(an_event(figures={**FIGURES, "social_posts_commune": 0})), reports=(asked,))) == {
        "content"
    }


def test_text_and_ids_go_out_composed_and_are_compared_so() -> None:
    decomposed = an_event(id="Đồng", narrative={"results": "Đã tổ chức hội nghị"})
    raw = json.dumps(decomposed, ensure_ascii=False).encode()
    assert broken(a_leg(a_submission(body=raw))) == set()
    split = unicodedata.normalize("NFD", raw.decode()).encode()
    assert broken(a_leg(a_submission(body=split))) == {"composed"}


def test_a_wrong_revision_is_named_unless_nobody_could_know() -> None:
    body = {"code": "revision_not_higher", "errors": [{"pointer": "/data/revision", "code": "revision_not_higher"}]}
    first = a_submission(status=409, answer=body)
    second = a_submission(an_event(id="bc-2", revision=2), number=2, at=1)
    assert broken(a_leg(first, second)) == {"revision"}
    assert broken(a_leg(first, second, conflicts=True)) == set()


def test_a_refused_token_is_renewed_once_and_kept() -> None:
    refused = a_submission(number=1, **NO_TOKEN)
    assert broken(a_leg(refused, a_token(number=2), a_submission(number=3, at=1))) == set()
    assert broken(a_leg(refused, said=Said(outcome="failed"))) == {"arrived", "outcome", "renews"}
    each = [exchange for n in (1, 3, 5) for exchange in (a_token(number=n), a_submission(number=n + 1, at=float(n)))]
    assert "keeps_token" in broken(a_leg(*each))


def test_who_is_shut_out_stops() -> None:
    def knocking(times: int) -> Leg:
        tries = [(a_submission(number=2 * n, at=float(n), **NO_TOKEN), a_token(number=2 * n + 1)) for n in range(times)]
        return a_leg(*(exchange for each in tries for exchange in each), expect="failed", said=Said(outcome="failed"))

    assert broken(knocking(2)) == set()
    assert broken(knocking(3)) == {"stops"}


def test_secrets_stay_out_of_addresses() -> None:
    assert broken(a_leg(a_submission(query="access_token=abc"))) == {"hides"}


def test_an_unfit_request_and_a_foreign_source_are_named() -> None:
    unfit = a_submission(status=415, answer={"code": "media_type_unknown"}, headers={"content-type": "text/plain"})
    assert "fits" in broken(a_leg(unfit, a_submission(number=2, at=1)))
    foreign = {"code": "source_not_allowed", "errors": [{"pointer": "/source", "code": "source_not_allowed"}]}
    assert "own" in broken(a_leg(a_submission(status=403, answer=foreign), a_submission(number=2, at=1)))


def test_of_many_the_good_ones_count_and_the_bad_one_is_told() -> None:
    good, bad = an_event(), an_event(id="bc-2", unit="05986")
    lines = [
        {"line": 1, "status": "accepted", "receipt": TAKEN},
        {"line": 2, "status": "refused", "errors": WRONG},
        {"summary": {}},
    ]
    exchange = Exchange(
        number=1,
        began=0,
        ended=1,
        method="POST",
        path=seen.EVENTS,
        status=200,
        headers={"content-type": "application/x-ndjson"},
        body="\n".join(map(json.dumps, (good, bad))).encode(),
        answer="\n".join(map(json.dumps, lines)).encode(),
    )
    asked = (ASKED, replace(ASKED, unit="05986", bad=True))
    both = (Wrong(code="number_out_of_range"), Wrong(code="too_many_decimals"))
    leg = a_leg(
        exchange,
        reports=asked,
        do="bulk",
        expect="partly",
        said=Said(outcome="partly", receipts=("20-17",), problems=both),
    )
    assert broken(leg) == set()
    assert broken(replace(leg, answer=Said(outcome="accepted", receipts=("20-17",)))) == {"outcome", "problems"}


def test_binary_mode_is_read_as_structured_mode_is() -> None:
    event = an_event(id="bc 1")
    headers = {
        "content-type": "application/json",
        "ce-id": "bc%201",
        "ce-source": event["source"],
        "ce-type": event["type"],
    }
    [one] = seen.events_sent([a_submission(body=json.dumps(event["data"]).encode(), headers=headers)])
    assert (one.id, one.key, one.verdict, one.receipt) == ("bc 1", (ROUND, FORM, UNIT), "accepted", "20-17")


def test_lateness_and_warnings_are_handed_on() -> None:
    late = a_submission(answer={**TAKEN, "late": True, "warnings": [{"code": "check_requires"}]})
    assert broken(a_leg(late)) == {"late", "warnings"}
    said = Said(outcome="accepted", receipts=("20-17",), late=True, warnings=("check_requires",))
    assert broken(a_leg(late, said=said)) == set()
    assert broken(a_leg(a_submission(), said=said)) == {"late"}


def test_lists_are_whole() -> None:
    body: dict[str, Any] = {"do": "receipts", "expect": "told", "reports": ()}
    leg = a_leg(receipts=frozenset({"20-1", "20-2"}), said=Said(outcome="told", receipts=("20-1",)), **body)
    assert broken(leg) == {"lists"}
    owed = frozenset({(ROUND, FORM, UNIT)})
    line = Owed(round=ROUND, form=FORM, unit=UNIT)
    asked: dict[str, Any] = {"do": "obligations", "expect": "told", "reports": (), "owed": owed}
    assert broken(a_leg(said=Said(outcome="told", obligations=(line,)), **asked)) == set()
    assert broken(a_leg(said=Said(outcome="told"), **asked)) == {"lists"}


def test_a_try_out_is_no_submission() -> None:
    assert seen.events_sent([a_submission(query="dryRun=true")]) == ()


def test_what_a_system_does_not_support_is_neither_right_nor_wrong() -> None:
    verdict = judge("x", [a_leg(said=Said(outcome="unsupported"))])
    assert (verdict.state, verdict.findings) == ("unsupported", ())


def test_every_rule_has_words_in_both_languages_and_its_own_judge() -> None:
    judges: list[Callable[..., object]] = [rule.judge for rule in RULES]
    assert len(set(judges)) == len(RULES) == len(BY_CODE)
    assert all(rule.words.vi and rule.words.en for rule in RULES)
