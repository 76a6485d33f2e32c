"""Writing JSON canonically, and the hashes over it. Pure. Read strictly it is by lienthong/contracts/strict.py.

Canonical form (docs/canonical-form.md, with test vectors): UTF-8; object keys in order of their code points;
no white space; strings in NFC, escaped as RFC 8259 demands and no further; numbers in plain decimals without
exponent, trailing zeros or a plus sign, `-0` is `0`. Two texts that mean the same have the same canonical form,
so a retry re-serialised by another library is the same content.

Content hash: sha256(salt ‖ type ‖ "\\n" ‖ canonical(data)); the salt (16 random bytes, told in the receipt) keeps
an erased text from being guessed. It is the event's seal in the hash chain (lienthong.events).
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import orjson


def write(value: Any) -> bytes:
    """The canonical form of a value as `read` returns it (floats are refused with TypeError)."""
    try:
        return orjson.dumps(value, default=_decimal_fragment, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # a whole number beyond 64 bits
        return _write_exactly(value).encode("utf-8")


def digest(written: bytes) -> str:
    """`sha256:` and the hash over a canonical form or another text, as anybody can recompute it."""
    return f"sha256:{hashlib.sha256(written).hexdigest()}"


def digest_of(value: Any) -> str:
    """The digest of a value that is written for nothing else."""
    return digest(write(value))


def as_written(value: object) -> orjson.Fragment:
    """For orjson: a number that `read` gave, with the digits of its sender. Raises TypeError for anything else."""
    if isinstance(value, Decimal | int):
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} is no value of JSON")


def content_hash(salt: bytes, event_type: str, canonical_data: bytes) -> bytes:
    """32 bytes over salt, type and canonical data."""
    return hashlib.sha256(b"".join((salt, event_type.encode(), b"\n", canonical_data))).digest()


def plain(number: Decimal) -> str:
    """Plain decimals: no exponent, no trailing zeros, no negative zero."""
    text = str(number)
    if "." in text and text[-1] != "0" and "E" not in text:
        return text  # as most senders write it
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _decimal_fragment(value: object) -> orjson.Fragment:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no canonical form")
    return orjson.Fragment(plain(value))


def _write_exactly(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_scalar(k)}:{_write_exactly(v)}" for k, v in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_write_exactly, value)) + "]"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, float):
        raise TypeError("float has no canonical form")
    return _scalar(value)


def _scalar(value: Any) -> str:
    return orjson.dumps(value).decode() if not isinstance(value, int) or isinstance(value, bool) else str(value)
