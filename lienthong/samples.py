"""What sample data says of itself: every receipt, page and push of it, in the language of those who would act on it."""

from __future__ import annotations

from typing import Any

SAMPLE_NOTICE = "dữ liệu mẫu"


def sample_mark(sample: bool) -> dict[str, Any]:
    """What a page says: {"sample": …, "notice": "dữ liệu mẫu" or null}."""
    return {"sample": sample, "notice": SAMPLE_NOTICE if sample else None}
