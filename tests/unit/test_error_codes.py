"""docs/errors.md lists every code that the source says."""

from __future__ import annotations

from tests.unit import error_codes


def test_every_code_is_listed() -> None:
    listed = error_codes.DOCUMENT.read_text("utf-8")
    missing = [code for code in error_codes.collected() if f"| `{code}` |" not in listed]
    assert not missing, "run: python -m tests.unit.error_codes"


def test_the_codes_of_submissions_have_both_languages() -> None:
    found = error_codes.collected()
    for code in ("duplicate_key", "revision_not_higher", "unit_not_obliged", "body_too_large", "missing_field"):
        assert found[code].vi and found[code].en
