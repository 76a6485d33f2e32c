"""A file that opens with a pass phrase alone: a ZIP sealed by AES-256 as WinZip, 7-Zip and WinRAR read it (AE-2). Pure
but for its random numbers.

The format stretches a phrase by 1,000 rounds only, so the phrase is never somebody's own: it has 160 random bits, which
no speed of guessing reaches. It goes another way than the file.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_SALT, _KEY, _CHECK, _SEAL, _BLOCK = 16, 32, 2, 10, 16  # bytes, of AE-2 with 256 bits
_ROUNDS = 1000  # fixed by the format
_VERSION, _METHOD = 51, 99  # of the format that knows AES; "what the extra field says"
_FLAGS = 0x0801  # sealed; the name is UTF-8
_EXTRA = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, 0)  # AE-2, 256 bits, stored
_DAY = (1 << 5) | 1  # 1980-01-01: when it was made is nobody's affair


def new_phrase() -> str:
    """`abcd-efgh-…`: 32 letters and digits that nobody mistakes."""
    letters = base64.b32encode(secrets.token_bytes(20)).decode().lower()
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def seal(content: bytes, *, name: str, phrase: str) -> bytes:
    """A ZIP with one file in it."""
    body = _seal_body(content, phrase)
    member = name.encode()
    described = struct.pack(
        "<HHHHHIIIHH", _VERSION, _FLAGS, _METHOD, 0, _DAY, 0, len(body), len(content), len(member), len(_EXTRA)
    )
    local = b"PK\x03\x04" + described + member + _EXTRA + body
    tail = struct.pack("<HHHII", 0, 0, 0, 0, 0)  # no comment, first disk, no attributes, at the beginning
    central = b"PK\x01\x02" + struct.pack("<H", _VERSION) + described + tail + member + _EXTRA
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def _seal_body(content: bytes, phrase: str) -> bytes:
    """Salt, two bytes that tell a wrong phrase, the text, and the seal over it."""
    salt = secrets.token_bytes(_SALT)
    keys = hashlib.pbkdf2_hmac("sha1", phrase.encode(), salt, _ROUNDS, 2 * _KEY + _CHECK)
    key, mac_key, check = keys[:_KEY], keys[_KEY : 2 * _KEY], keys[2 * _KEY :]
    hidden = _encrypt(content, key)
    return salt + check + hidden + hmac.new(mac_key, hidden, "sha1").digest()[:_SEAL]


def _encrypt(content: bytes, key: bytes) -> bytes:
    """Counter mode; the format counts from 1 with the low byte first, which the library's own mode does not."""
    blocks = -(-len(content) // _BLOCK)
    counters = b"".join(number.to_bytes(_BLOCK, "little") for number in range(1, blocks + 1))
    writer = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # over counters, each once: that is counter mode
    stream = writer.update(counters) + writer.finalize()
    return bytes(a ^ b for a, b in zip(content, stream, strict=False))
