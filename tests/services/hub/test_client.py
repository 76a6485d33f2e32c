"""lienthong.client against a whole hub: what an integrator's afternoon is made of, with threads and with asyncio."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lienthong.client import (
    AsyncHub,
    Credentials,
    Event,
    Hub,
    Key,
    NotAnswered,
    Patience,
    Refused,
    Secret,
    difficulty,
    report_for,
    withdrawal,
)
from lienthong.postgres.pool import connect
from services.identity import store
from services.identity.assertions import public_jwk
from services.identity.clients import Registration
from tests.builders.whole_hub import Whole

UNIT, OTHER, ROUND = "05977", "05986", "P119-LS.2026"


@pytest.fixture(scope="module")
def key() -> dict[str, Any]:
    made: dict[str, Any] = jwt.algorithms.OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate(), as_dict=True)
    return made


@pytest.fixture(scope="module")
def secret(whole: Whole, key: dict[str, Any]) -> str:
    """The secret of the client `dv-05977`, which reports for one commune; `khoa` for another one, with a key."""
    public = public_jwk({name: value for name, value in key.items() if name not in ("d", "key_ops")})
    wanted = [
        Registration(client_id="dv-05977", name="Xã", province="20", units=(UNIT,), sources=("/20/dv",)),
        Registration(
            client_id="khoa", name="Xã khác", province="20", units=(OTHER,), sources=("/20/khoa",), jwks=(public,)
        ),
    ]
    with connect(whole.conninfo, role="lienthong_identity") as conn:
        [issued, _] = store.add(conn, wanted, by="cli:test")
    assert issued.secret is not None
    return issued.secret


@pytest.fixture
def hub(whole: Whole, secret: str) -> Iterator[Hub]:
    with Hub(whole.address, Secret(client_id="dv-05977", secret=secret), source="/20/dv") as made:
        yield made


def a_report(hub: Hub, id: str, unit: str = UNIT, **figures: Any) -> Event:
    """The next revision of the unit's report."""
    [duty] = hub.obligations(round=ROUND, unit=unit)
    schema = hub.form(duty)["properties"]["figures"]["properties"]
    given = {**dict.fromkeys(schema), **figures}
    return hub.event(report_for(duty, figures=given, results="Xong"), id=id)


def test_a_report_is_asked_for_sent_corrected_and_withdrawn(hub: Hub) -> None:
    event = a_report(hub, "bc-1", events_commune=2)
    assert [warning.code for warning in hub.try_out(event)] == ["check_requires"]
    receipt, again = hub.submit(event), hub.submit(event, binary=True)
    assert (receipt.number, receipt.repeated, receipt.late) == (again.number, False, False)
    assert again.repeated
    assert receipt.proves(event["data"])
    assert not receipt.proves({**event["data"], "revision": 2})

    corrected = hub.submit(a_report(hub, "bc-2", events_commune=3))
    assert corrected.revision == (receipt.revision or 0) + 1
    taken_back = withdrawal(
        round=ROUND, form=corrected.form or "", unit=UNIT, revision=corrected.revision or 0, reason="nhầm"
    )
    assert hub.submit(hub.event(taken_back, id="rut-1")).type.endswith("withdrawal.v1")
    assert [duty.state for duty in hub.obligations(round=ROUND)] == ["missing"]  # owed again
    assert hub.report(receipt.number)["state"] == "withdrawn"


def test_a_round_that_is_not_there_or_not_ones_own_is_said_to_be_unknown(hub: Hub) -> None:
    for round_ in ("P119-LS.2031", "P438-HY.2026"):
        with pytest.raises(Refused) as caught:
            hub.obligations(round=round_)
        assert (caught.value.status, caught.value.codes) == (404, ("round_unknown",))


def test_a_refusal_carries_every_fault_with_what_to_do(hub: Hub) -> None:
    event = a_report(hub, "sai-1", events_commune=2.5, news_items_commune=-1)
    with pytest.raises(Refused) as caught:
        hub.submit(event)
    assert set(caught.value.codes) == {"too_many_decimals", "number_out_of_range"}
    assert caught.value.status == 422
    assert all(fault.message_vi and fault.message_en and fault.pointer for fault in caught.value.faults)
    [refusal, *_] = hub.refusals()
    assert (refusal.id, {fault.code for fault in refusal.faults}) == ("sai-1", set(caught.value.codes))


@pytest.mark.parametrize("batch", [False, True])
def test_many_events_get_a_result_each_in_order(hub: Hub, batch: bool) -> None:
    plan = ROUND.partition(".")[0]
    events = [
        hub.event(difficulty(unit=UNIT, plan=plan, text=f"Thiếu {number}"), id=f"kk-{batch}-{number}")
        for number in range(3)
    ]
    events.insert(1, hub.event(difficulty(unit=OTHER, plan=plan, text="của xã khác"), id=f"kk-{batch}-x"))
    results = list(hub.submit_all(events, batch=batch))
    assert [result.verdict for result in results] == ["accepted", "refused", "accepted", "accepted"]
    assert [result.id for result in results] == [event["id"] for event in events]
    assert results[1].codes == ("unit_not_allowed",)
    assert {result.verdict for result in hub.submit_all(events[2:], batch=batch)} == {"repeated"}


def test_own_receipts_and_difficulties_are_listed_page_by_page(hub: Hub, whole: Whole) -> None:
    plan = ROUND.partition(".")[0]
    sent = [
        hub.submit(hub.event(difficulty(unit=UNIT, plan=plan, text=f"Trang {number}"), id=f"trang-{number}"))
        for number in range(5)
    ]
    listed = list(hub.pages("/v1/receipts", "receipts", {"limit": 2}))
    assert [body["position"] for body in listed] == sorted({body["position"] for body in listed})
    assert {receipt.number for receipt in sent} <= {receipt.number for receipt in hub.receipts()}
    assert {body["unit"] for body in listed} == {UNIT}
    receipts = [page["receipt"] for page in hub.pages("/v1/difficulties", "difficulties", {"limit": 3})]
    assert {receipt.number for receipt in sent} <= set(receipts)

    answer = whole.get("/v1/receipts?limit=1")
    assert f'<{answer.json["links"]["next"]}>; rel="next"' in answer.headers["link"]


def test_who_has_read_all_receipts_comes_back_by_delta(hub: Hub) -> None:
    page = hub.get("/v1/receipts", {"limit": 1000})
    assert "next" not in page["links"]
    assert hub.get(page["links"]["delta"])["receipts"] == []
    late = hub.submit(hub.event(difficulty(unit=UNIT, plan="P119-LS", text="Sau đó"), id="delta-1"))
    assert [receipt["receipt"] for receipt in hub.get(page["links"]["delta"])["receipts"]] == [late.number]


def test_a_cursor_is_good_for_its_reader_and_its_question_alone(hub: Hub, whole: Whole) -> None:
    for number in range(2):
        hub.submit(hub.event(difficulty(unit=UNIT, plan="P119-LS", text="Để có trang sau"), id=f"con-tro-{number}"))
    link = hub.get("/v1/receipts", {"limit": 1})["links"]["next"]
    assert "cursor_of_another_question" in whole.get(link).codes
    assert "cursor_malformed" in whole.get("/v1/receipts?cursor=abc").codes
    with pytest.raises(Refused) as caught:
        hub.get(link.replace("/v1/receipts", "/v1/refusals"))
    assert caught.value.status == 400


def test_a_key_proves_a_client_as_well_as_a_secret(whole: Whole, secret: str, key: dict[str, Any]) -> None:
    with Hub(whole.address, Key(client_id="khoa", jwk=key), source="/20/khoa") as hub:
        assert {duty.unit for duty in hub.obligations()} == {OTHER}
    stolen = {**key, **jwt.algorithms.OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate(), as_dict=True)}
    with (
        pytest.raises(Refused, match="invalid_client"),
        Hub(whole.address, Key(client_id="khoa", jwk=stolen), source="/20/khoa") as hub,
    ):
        hub.obligations()


def test_tasks_of_one_loop_share_one_client(whole: Whole, secret: str) -> None:
    who: Credentials = Secret(client_id="dv-05977", secret=secret)

    async def run() -> list[str]:
        async with AsyncHub(whole.address, who, source="/20/dv") as hub:
            said = [difficulty(unit=UNIT, plan="P119-LS", text=f"Song song {number}") for number in range(6)]
            events = [hub.event(data, id=f"async-{number}") for number, data in enumerate(said)]
            receipts = await asyncio.gather(*(hub.submit(event) for event in events))
            results = [result async for result in hub.submit_all(events)]
            assert {result.verdict for result in results} == {"repeated"}
            listed = {receipt.number async for receipt in hub.receipts()}
            assert {receipt.number for receipt in receipts} <= listed
            with pytest.raises(Refused):
                await hub.get("/v1/rounds")
            return [duty.unit for duty in await hub.obligations()]

    assert asyncio.run(run()) == [UNIT]


def test_a_hub_that_is_away_is_said_to_be_away() -> None:
    patience = Patience(tries=2, first=0.01)
    with Hub("http://127.0.0.1:9", Secret(client_id="x", secret="y"), source="/20/x", patience=patience) as hub:
        with pytest.raises(NotAnswered, match="ConnectError"):
            hub.obligations()
        assert "y" not in json.dumps(str(hub.credentials))
