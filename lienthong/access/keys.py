"""Keys that sign access tokens and checkpoints, and their JSON Web Keys (RFC 8037, RFC 7638)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import jwt.utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

ALGORITHM = "EdDSA"


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningKey:
    """An Ed25519 key that signs access tokens. Only ingest holds one. kid: the RFC 7638 thumbprint."""

    kid: str
    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> SigningKey:
        return cls.from_raw(Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))

    @classmethod
    def from_raw(cls, raw: bytes) -> SigningKey:
        """raw: the 32 bytes of the private key."""
        private = Ed25519PrivateKey.from_private_bytes(raw)
        return cls(kid=thumbprint(private.public_key()), private=private)

    @property
    def raw(self) -> bytes:
        return self.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())

    @property
    def jwk(self) -> dict[str, str]:
        """The public half as a JWK, ready for a JWKS."""
        return {**_okp(self.private.public_key()), "kid": self.kid, "use": "sig", "alg": ALGORITHM}


def thumbprint(key: Ed25519PublicKey) -> str:
    """RFC 7638 thumbprint of a public key."""
    return thumbprint_of(_okp(key))


def thumbprint_of(jwk: Mapping[str, str]) -> str:
    """RFC 7638 thumbprint of a JWK that holds what its kind of key requires, and nothing else."""
    canonical = json.dumps(dict(jwk), sort_keys=True, separators=(",", ":"))
    return jwt.utils.base64url_encode(hashlib.sha256(canonical.encode()).digest()).decode()


def public_key(jwk: Mapping[str, Any]) -> Ed25519PublicKey:
    """The key of a JWK made by SigningKey.jwk. Raises ValueError for any other kind."""
    if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise ValueError("access tokens are signed with Ed25519 only")
    return Ed25519PublicKey.from_public_bytes(jwt.utils.base64url_decode(jwk["x"]))


def _okp(key: Ed25519PublicKey) -> dict[str, str]:
    x = jwt.utils.base64url_encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": x}
