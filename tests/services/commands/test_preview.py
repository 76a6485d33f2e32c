"""What a signer reads before signing."""

from __future__ import annotations

import pytest

from services.commands import release_preview


def test_a_value_has_a_decimal_comma_and_no_value_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    nothing = {"lastRelease": None, "draft": None, "round": "P119-LS.2026", "version": 1, "recipients": ["VN"]}
    nothing |= {
        "complete": False,
        "changed": True,
        "forms": [],
        "missing": [],
        "warnings": [],
        "since": [],
        "addedRecipients": [],
    }
    weak = [
        {"code": "I-119-09", "value": "24.3", "assessment": "tạm tính", "why": ["x", "z"]},
        {"code": "I-119-03", "value": None, "assessment": "không đánh giá được", "why": ["y"]},
    ]
    release_preview.show(nothing, weak)
    text = capsys.readouterr().out
    assert "24,3" in text
    assert next(line for line in text.splitlines() if "I-119-03" in line).split()[1] == "–"


@pytest.mark.parametrize(
    ("changed", "added", "state", "said"),
    [
        (False, [], "signed", "không; như bản trước thì không trình lại"),
        (False, ["platform"], "signed", "thêm nơi nhận platform"),
        (True, ["VN"], "signed", "số liệu có thể đã thay đổi; thêm nơi nhận VN"),
        (False, [], "withdrawn", "bản trước đã thu hồi"),
    ],
)
def test_what_lets_a_release_be_made_again_is_said(changed: bool, added: list[str], state: str, said: str) -> None:
    last = {"release": "P119-LS.2026/1", "state": state}
    assert release_preview._news({"lastRelease": last, "changed": changed, "addedRecipients": added}) == said
