"""A receipt proves what was sent, until a text of it is redacted: then nobody can tell, and it says so."""

from __future__ import annotations

from typing import Any

from lienthong.client.answers import Receipt
from lienthong.contracts import canonical

KIND = "vn.lienthong.report.submitted.v1"
DATA = {"unit": "06040", "narrative": {"results": "Đã tổ chức 3 hội nghị"}}
SALT = bytes(range(16))


def a_receipt(**more: Any) -> Receipt:
    content_hash = canonical.content_hash(SALT, KIND, canonical.write(DATA)).hex()
    return Receipt.of(
        {
            "receipt": "20-7",
            "source": "/20/x",
            "id": "a",
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
