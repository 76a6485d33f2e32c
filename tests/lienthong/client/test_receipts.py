"""A receipt proves what was sent, until a text of it is redacted: then nobody can tell, and it says so."""

from __future__ import annotations

import hashlib
from typing import Any

from lienthong.client.answers import Receipt
from lienthong.contracts import canonical

KIND = "vn.lienthong.report.submitted.v1"
DATA = {"unit": "06040", "narrative": {"results": "Đã tổ chức 3 hội nghị"}}
SALT = bytes(range(16))
BEFORE = bytes(range(32))


def a_receipt(**more: Any) -> Receipt:
    content_hash = canonical.content_hash(SALT, KIND, canonical.write(DATA)).hex()
    return Receipt.of(
        {
            "receipt": "20-7",
            "source": "/20/x",
            "id": "a",
            "client": "donvi.20.06040",
            "type": KIND,
            "unit": "06040",
            "contentHash": f"sha256:{content_hash}",
            "salt": SALT.hex(),
            "link": "00",
            "partition": "20",
            "position": 7,
            "receivedAt": "2026-10-10T02:00:00Z",
            "late": False,
            "deadline": None,
            "warnings": [],
            **more,
        }
    )


def test_a_receipt_proves_its_content_and_no_other() -> None:
    assert (a_receipt().compared(DATA), a_receipt().proves(DATA)) == ("same", True)
    other = {**DATA, "unit": "05977"}
    assert (a_receipt().compared(other), a_receipt().proves(other)) == ("different", False)


def test_after_a_redaction_it_says_redacted_and_not_different() -> None:
    redacted = a_receipt(salt="00" * 16, redacted=True)
    assert redacted.redacted and not a_receipt().redacted
    assert (redacted.compared(DATA), redacted.proves(DATA)) == ("redacted", False)


WARNING = {"pointer": "/data/figures/f", "code": "check_failed", "message_vi": "Tăng gấp đôi?", "message_en": "Twice?"}


def a_linked_receipt(**more: Any) -> Receipt:
    """With the link that anybody writes who read docs/canonical-form.md."""
    made = a_receipt(round="P119-LS.2026", form="P119-LS.commune", revision=1, warnings=[WARNING])
    noted = (
        '["20",7,"/20/x","a","donvi.20.06040","06040","P119-LS.2026","P119-LS.commune",1,"2026-10-10T02:00:00Z",null,false,'
        '["Tăng gấp đôi?"]]'
    )
    seal = bytes.fromhex(made.content_hash.removeprefix("sha256:"))
    linked = hashlib.sha256(BEFORE + seal + noted.encode()).hexdigest()
    return Receipt.of({**made.raw, "link": linked, **more})


def test_a_receipts_link_follows_from_the_one_before_and_all_that_it_tells() -> None:
    assert a_linked_receipt().continues(BEFORE.hex())
    assert a_linked_receipt(salt="00" * 16, redacted=True).continues(BEFORE.hex()), "a redaction leaves it"
    assert not a_linked_receipt().continues("00" * 32)
    for change in (
        {"receivedAt": "2026-10-09T02:00:00Z"},
        {"client": "donvi.20.06041"},
        {"late": True},
        {"deadline": "2026-10-11T00:00:00Z"},
        {"warnings": []},
        {"position": 8},
    ):
        assert not a_linked_receipt(**change).continues(BEFORE.hex())


def test_a_receipt_of_before_tells_no_client_and_is_read_all_the_same() -> None:
    raw = {name: value for name, value in a_receipt().raw.items() if name != "client"}
    assert Receipt.of(raw).client is None and not Receipt.of(raw).continues(BEFORE.hex())
