"""The canonical form and the content hash: the published vectors, and that two texts of one meaning are one content."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.contracts import canonical, strict
from lienthong.errors import Rejected
from lienthong.shipped import schemas_folder

VECTORS: dict[str, Any] = json.loads((schemas_folder() / "examples" / "canonical-form.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda v: v["about"])
def test_a_vector_has_its_canonical_form_and_its_hash(vector: dict[str, Any]) -> None:
    salt, type_ = bytes.fromhex(VECTORS["salt"]), VECTORS["type"]
    for text in vector["inputs"]:
        form = canonical.write(strict.read(text.encode()))
        assert form.decode() == vector["canonical"]
        assert canonical.content_hash(salt, type_, form).hex() == vector["hash"]


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda v: v["about"])
def test_the_hash_of_a_vector_can_be_computed_with_nothing_of_ours(vector: dict[str, Any]) -> None:
    text = bytes.fromhex(VECTORS["salt"]) + VECTORS["type"].encode() + b"\n" + vector["canonical"].encode()
    assert hashlib.sha256(text).hexdigest() == vector["hash"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda v: v["codes"][0])
def test_a_refused_text_names_its_reasons(vector: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as refusal:
        strict.read(vector["input"].encode())
    assert sorted({p.code for p in refusal.value.problems}) == vector["codes"]


numbers = st.one_of(
    st.integers(-(10**22), 10**22),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6, places=8),
)
values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), numbers, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1a"))
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1a"), max_size=8), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(values)
def test_the_canonical_form_is_its_own_canonical_form(value: Any) -> None:
    try:
        clean = strict.clean(value)
    except Rejected:  # NUL, or two keys that are one in NFC
        return
    form = canonical.write(clean)
    assert canonical.write(strict.read(form)) == form


@given(values)
def test_a_copy_written_by_another_library_is_the_same_content(value: Any) -> None:
    try:
        clean = strict.clean(value)
    except Rejected:
        return
    other = json.dumps(_turned(clean), ensure_ascii=True, indent=1, default=_exponent)
    assert canonical.write(strict.read(_bare(other).encode())) == canonical.write(clean)


def _turned(value: Any) -> Any:
    """The same with the keys in another order."""
    if isinstance(value, dict):
        return {key: _turned(item) for key, item in reversed(value.items())}
    return [_turned(item) for item in value] if isinstance(value, list) else value


def _exponent(number: Decimal) -> str:
    return f"\x1a{number:E}\x1a"


def _bare(text: str) -> str:
    """Decimals as bare numbers: json writes none itself."""
    return text.replace('"\\u001a', "").replace('\\u001a"', "")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6))
def test_a_number_keeps_every_digit(number: Decimal) -> None:
    assert Decimal(canonical.write(number).decode()) == number


def test_a_binary_float_has_no_canonical_form() -> None:
    with pytest.raises(TypeError):
        canonical.write({"n": 0.1, "wide": 2**70})


NUMBERS = (
    "0",
    "-0",
    "1",
    "12.5",
    "12.50",
    "1.0",
    "-1.5",
    "1e2",
    "1E-7",
    "0.1",
    "0.10000000000000000555",
    "1e400",
    "123456789.123456",
    "1234567890.1234567890",
    "12345678901234567890",
    "18446744073709551616",
    "0.00000001",
    "0e99",
    "1e-30",
    "9007199254740993",
    "9007199254740993.0",
    "1" * 25,
    "01",
    "1.",
    "NaN",
    "-Infinity",
)
TEXTS = (
    '"x"',
    '""',
    '"\\u0041"',
    '"a\\"b"',
    '"a\\\\"',
    '"a\\\\\\"b"',
    '"\\u0000"',
    '"\\ud800"',
    '"\\ud83c\\udf3e"',
    '"\u00e9"',
    '"e\u0301"',
    '"e\\u0301"',
    '"{[{["',
    '"\u1ebf"',
    '"\n"',
    '"..................."',
    '"3e5"',
)


VALUES = (*NUMBERS, *TEXTS, "{}", "[]", "null", '{"a":1,"a":1}', "[1.5,[2.25]]", "[" * 40 + "]" * 40)
MEMBERS = st.tuples(st.sampled_from(TEXTS), st.sampled_from(VALUES))


@given(st.lists(MEMBERS, max_size=4), st.sampled_from((",", ", ", " ,\n")))
def test_the_quick_reading_is_the_strict_one(members: list[tuple[str, str]], between: str) -> None:
    raw = ("{" + between.join(f"{key}:{value}" for key, value in members) + "}").encode("utf-8", "surrogatepass")
    quick = strict._read_quickly(raw, strict._signs(raw))
    if quick is not strict._UNCLEAR:
        assert canonical.write(quick) == canonical.write(strict._read_thoroughly(raw))
        assert quick == strict._read_thoroughly(raw)


@pytest.mark.parametrize("digits", ["1" + "0" * 30, "9" * 5000, "1." + "0" * 5000])
def test_digits_that_are_too_many_are_told_as_cut(digits: str) -> None:
    with pytest.raises(Rejected) as why:
        strict.read(b'{"a": %s}' % digits.encode())
    [fault] = why.value.problems
    assert fault.params["given"] == digits[: strict.MAX_NUMBER_LENGTH] + "…"
