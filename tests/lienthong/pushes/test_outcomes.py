"""What became of an exchange is said in words, whatever code it has."""

from __future__ import annotations

import pytest

from lienthong.pushes import outcomes


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("http_404", "Máy chủ trả lời mã HTTP 404."),
        ("feed_unsafe", "Nguồn tin có khai báo DTD, thực thể hoặc tham chiếu ra ngoài, nên không được đọc."),
        ("exhausted_timeout", "Đã thử đủ số lần. Máy chủ không trả lời trong thời gian cho phép."),
        ("exhausted_http_503", "Đã thử đủ số lần. Máy chủ trả lời mã HTTP 503."),
        ("answer_not_of_contract", "Nơi nhận “…” trả lời không đúng hợp đồng: …."),
        ("of_a_newer_hub", "of_a_newer_hub"),
    ],
)
def test_an_outcome_is_said_in_words(code: str, words: str) -> None:
    assert outcomes.meaning_of(code).vi == words
