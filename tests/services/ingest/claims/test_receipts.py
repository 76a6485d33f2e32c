"""The receipt as it is made and the receipt as the API describes it are one."""

from __future__ import annotations

from typing import NotRequired, get_origin, get_type_hints

from services.ingest import bodies
from services.ingest.claims.receipts import Receipt


def test_the_answer_describes_what_a_receipt_has() -> None:
    hints = get_type_hints(Receipt, include_extras=True)
    described = {field.alias or name: field for name, field in bodies.Receipt.model_fields.items()}
    assert described.keys() == hints.keys()
    assert {name for name, field in described.items() if field.is_required()} == {
        name for name, hint in hints.items() if get_origin(hint) is not NotRequired
    }
