"""The second factor: a code of six digits by time (TOTP, RFC 6238), and recovery codes for a lost telephone. Pure."""

from __future__ import annotations

import hashlib
import hmac
import io
import re
import secrets
from collections.abc import Iterable

import pyotp
import segno

PERIOD = 30  # seconds a code is shown
_AROUND = (-1, 0, 1)  # periods that a telephone's clock may be off
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE = re.compile(r"[0-9]{6}")
_SECRET = re.compile(r"[A-Z2-7]{26,128}=*")


def new_secret() -> str:
    """160 random bits, in base32."""
    return pyotp.random_base32(32)


def is_secret(text: str) -> bool:
    """Whether it is a secret as tokens have them: base32, from 128 bits (RFC 4226)."""
    return _SECRET.fullmatch(text) is not None


def uri(secret: str, *, person: str, hub: str) -> str:
    """What an authenticator app reads: the otpauth address. hub: whose code it is, as the app shows it."""
    return pyotp.TOTP(secret, interval=PERIOD).provisioning_uri(name=person, issuer_name=hub)


def picture(address: str) -> str:
    """The address as a QR code in SVG, without a document type: it can stand in a page."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=5, xmldecl=False, svgns=True, nl=False)
    return out.getvalue().decode()


def step_of(code: str, secret: str, *, now: float, after: int) -> int | None:
    """The period whose code this is, when it is a later one than `after`: a code that was seen is not used again."""
    given = re.sub(r"\s", "", code)
    if not _CODE.fullmatch(given):
        return None
    totp, current = pyotp.TOTP(secret, interval=PERIOD), int(now) // PERIOD
    steps = [step for step in (current + d for d in _AROUND) if hmac.compare_digest(totp.generate_otp(step), given)]
    return next((step for step in steps if step > after), None)


def recovery_codes() -> tuple[str, ...]:
    """Fresh codes of 50 bits, as the person keeps them."""
    return tuple(
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES)
    )


def digest(recovery_code: str) -> bytes:
    """What is stored of one. 50 random bits behind a throttle need no slow hash."""
    return hashlib.sha256(re.sub(r"[\s-]", "", recovery_code).lower().encode("utf-8", "surrogatepass")).digest()


def digests(codes: Iterable[str]) -> list[bytes]:
    """Of several."""
    return [digest(code) for code in codes]
