"""Who is calling, what it may do, and the signed token that says so. No HTTP and no database in here.

An access token is a JWT (RFC 9068 profile, EdDSA over Ed25519) that carries the whole Principal, so that a
service which knows the public keys needs nobody else to judge a request:

    {"alg": "EdDSA", "typ": "at+jwt", "kid": …}
    {"iss", "aud", "sub", "client_id", "iat", "exp", "jti", "scope": "report:submit report:read",
     "name", "province", "units": […], "sources": […], "role", "gen": 1}

A person's token says `"typ": "person+jwt"` and carries `bindings` besides: [{"role", "scopes": […], "units": […]}].

`gen` is the client's or person's generation. Revoking or changing one raises it; a token with a lower one than the
trust list demands is refused. Tokens live in real time, never in hub time: the set clock of a sample must
not make a token last.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import jwt
import jwt.utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jwt.types import Options

from lienthong.access.roles import ALL_UNITS, Binding
from lienthong.errors import Message, Problem, Rejected
from lienthong.refusals import problem

LIFETIME = 600  # seconds an access token lives: also how long a trust list must remember a revocation
LEEWAY = 5  # seconds that two machines' clocks may differ before a fresh token looks not yet issued
MAX_TOKEN = 16_384  # characters: 200 units with their sources need about 6,000
ALGORITHM = "EdDSA"
PERSON = "person:"  # what the id of a person begins with where a client's could stand; no client id has a colon

_CLIENT_TYPE, _PERSON_TYPE = "at+jwt", "person+jwt"
_ACTING = frozenset({"report:submit", "content:submit"})  # scopes by which somebody speaks for a unit
_CLOCK_IS_OURS: Options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}

SCOPES: Mapping[str, Message] = {
    "report:submit": Message(vi="gửi, điều chỉnh, rút báo cáo", en="submit, correct and withdraw reports"),
    "report:read": Message(vi="xem báo cáo của đơn vị mình", en="read the unit's own reports"),
    "report:review": Message(vi="trả lại, chuyển báo cáo", en="return reports and pass them on"),
    "content:submit": Message(vi="gửi sản phẩm truyền thông", en="submit content items"),
    "content:approve": Message(vi="duyệt sản phẩm truyền thông", en="approve content items"),
    "operate:rounds": Message(vi="mở, gia hạn, khóa kỳ báo cáo", en="open, extend and lock rounds"),
    "release:draft": Message(
        vi="trình bản phát hành, soạn đôn đốc, ghi nhận nhiệm vụ", en="draft releases and reminders, record tasks"
    ),
    "operate:releases": Message(vi="ký phát hành số liệu", en="sign releases"),
    "operate:plans": Message(vi="ban hành kế hoạch", en="publish plans"),
    "operate:units": Message(vi="cập nhật đơn vị, dân số", en="change units and populations"),
    "operate:clients": Message(vi="quản lý ứng dụng kết nối", en="manage clients"),
    "operate:people": Message(vi="quản lý người dùng", en="manage people"),
    "operate:deliveries": Message(vi="gửi lại lượt chuyển", en="retry deliveries"),
    "operate:facts": Message(vi="để riêng sự kiện không xử lý được", en="set facts aside that can't be applied"),
    "read:province": Message(vi="xem số liệu toàn tỉnh", en="read everything of the province"),
    "read:national": Message(vi="xem số liệu toàn hệ thống", en="read the live national figure"),
    "read:audit": Message(vi="xem nhật ký thao tác", en="read the audit log"),
    "feed:read": Message(vi="nhận dữ liệu đã phát hành", en="pull the feed of releases"),
}
"""Every scope there is, and what it allows."""


class Unauthenticated(Rejected):
    """Nobody knows who is calling: no token, or one that is not valid (401, with WWW-Authenticate)."""

    def __init__(self, reason: Problem, *, challenge: str = "") -> None:
        super().__init__([reason], status=401)
        self.headers: Mapping[str, str] = {"WWW-Authenticate": f'Bearer realm="lienthong"{challenge}'}


class Forbidden(Rejected):
    """The caller is known and may not do this (403)."""

    def __init__(self, reason: Problem, *, challenge: str = "") -> None:
        super().__init__([reason], status=403)
        self.headers: Mapping[str, str] = (
            {"WWW-Authenticate": f'Bearer realm="lienthong"{challenge}'} if challenge else {}
        )


def audit_name(client_id: str) -> str:
    """How the audit log names a client or person by its id."""
    return client_id if client_id.startswith(PERSON) else f"client:{client_id}"


def no_successors(_: str) -> Iterable[str]:
    """For callers that have no registry at hand: no unit passed its duty to another."""
    return ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """A client or a person as a request sees it.

    client_id: of a client its id, of a person `person:<id>`. province: two-digit code, or `VN` for the Ministry and the
    hub's own operator. sources: the CloudEvents sources it may use, exactly. role: of a client, one of those that it
    is registered with (`unit`, `province`, `ministry`, …); of a person, its one role here or `person`.

    A client holds all its scopes for all its units (`*` means every unit of its province). A person holds bindings,
    each with scopes and units of its own; its `scopes` are those of all together, its `units` those it speaks for. So
    ask `reach`, `holds` or the questions below, which keep them apart, rather than both fields.
    """

    client_id: str
    name: str
    province: str
    units: frozenset[str]
    sources: frozenset[str]
    scopes: frozenset[str]
    role: str
    bindings: tuple[Binding, ...] = ()

    @classmethod
    def of_person(cls, person: str, *, name: str, province: str, bindings: Iterable[Binding]) -> Principal:
        """A person acting in one province with its bindings there."""
        held = tuple(bindings)
        return cls(
            client_id=PERSON + person,
            name=name,
            province=province,
            units=_spoken_for(held),
            sources=frozenset({f"/{province}/people/{person}"} if any(_ACTING & b.scopes for b in held) else ()),
            scopes=frozenset().union(*(b.scopes for b in held)),
            role=_one_role(held),
            bindings=held,
        )

    @property
    def is_person(self) -> bool:
        return self.client_id.startswith(PERSON)

    @property
    def actor(self) -> str:
        """How the audit log names it."""
        return audit_name(self.client_id)

    def require(self, scope: str) -> None:
        """Raises Forbidden unless it holds the scope, for whichever units."""
        if scope not in self.scopes:
            raise _lacks(scope)

    def narrowed(self, scopes: Iterable[str]) -> Principal:
        """The same for one act that needs these scopes: of a person, what the bindings that hold all of them give.

        Then every scope left is held for every unit left, as it is with a client. Raises Forbidden when none does.
        """
        wanted = frozenset(scopes)
        if not self.is_person or not wanted:
            return self
        held = tuple(b for b in self.bindings if wanted <= b.scopes)
        if not held:
            raise _lacks(*sorted(wanted))
        return replace(
            self,
            bindings=held,
            scopes=frozenset.intersection(*(b.scopes for b in held)),
            units=frozenset() if any(b.whole for b in held) else frozenset().union(*(b.units for b in held)),
            role=_one_role(held),
        )

    def reach(self, scope: str) -> frozenset[str] | None:
        """The units for which it holds the scope: None for its whole province, empty for none."""
        if not self.is_person:
            whole = not self.units or ALL_UNITS in self.units
            return frozenset() if scope not in self.scopes else None if whole else self.units
        held = [b for b in self.bindings if scope in b.scopes]
        if any(b.whole for b in held):
            return None
        return frozenset().union(*(b.units for b in held))

    def holds(self, scope: str, unit: str, *, province: str) -> bool:
        """Whether it holds the scope for a unit of that province: to review for it, to draft, sign or operate what it
        issued. (To report for a unit is `may_act_for`: there, no units never means all.)
        """
        reach = self.reach(scope)
        return province == self.province and (reach is None or unit in reach)

    def may_use_source(self, uri: str) -> bool:
        """Exact comparison: a source below another one is another sender."""
        return uri in self.sources

    def may_act_for(
        self, unit: str, *, province: str, successors: Callable[[str], Iterable[str]] = no_successors
    ) -> bool:
        """Whether it may report for the unit.

        province: of the unit (for a report, the province of the plan). successors: every unit that the given
        one passed its duty to, directly or in steps: who acts for a successor acts for the dissolved unit.
        """
        units = _spoken_for(self.bindings) if self.is_person else self.units
        if unit in units or (ALL_UNITS in units and province == self.province):
            return True
        return not units.isdisjoint(successors(unit))

    def may_read_unit(
        self, unit: str, *, province: str, successors: Callable[[str], Iterable[str]] = no_successors
    ) -> bool:
        """A unit sees its own; a province sees its own; an operator bound to units sees theirs."""
        if self.holds("read:province", unit, province=province):
            return True
        own = self.may_act_for(unit, province=province, successors=successors)
        return own and "report:read" in self.scopes

    def may_read_province(self, province: str) -> bool:
        """Whether it sees everything of the province, not that of some units alone."""
        return province == self.province and self.reach("read:province") is None


def scope_missing(*scopes: str) -> Problem:
    """Says what may not be done, with the scopes that would allow it."""
    rights = [SCOPES[scope] for scope in scopes]
    right = Message(vi="; ".join(each.vi for each in rights), en="; ".join(each.en for each in rights))
    return problem("", "scope_missing", scope=" ".join(scopes), right=right)


def _lacks(*scopes: str) -> Forbidden:
    challenge = f', error="insufficient_scope", scope="{" ".join(scopes)}"'
    return Forbidden(scope_missing(*scopes), challenge=challenge)


def _spoken_for(bindings: Iterable[Binding]) -> frozenset[str]:
    return frozenset().union(*(b.units for b in bindings if b.scopes & _ACTING))


def _one_role(bindings: Iterable[Binding]) -> str:
    roles = {b.role for b in bindings}
    return roles.pop() if len(roles) == 1 else "person"


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


def issue(
    principal: Principal,
    *,
    key: SigningKey,
    issuer: str,
    now: float | None = None,
    generation: int = 1,
    lifetime: int = LIFETIME,
) -> str:
    """A signed access token. now: real time in seconds since 1970 (default: this moment)."""
    issued = int(time.time() if now is None else now)
    claims = {
        "iss": issuer,
        "aud": issuer,
        "sub": principal.client_id,
        "client_id": principal.client_id,
        "iat": issued,
        "exp": issued + min(lifetime, LIFETIME),
        "jti": secrets.token_urlsafe(12),
        "scope": " ".join(sorted(principal.scopes)),
        "name": principal.name,
        "province": principal.province,
        "units": sorted(principal.units),
        "sources": sorted(principal.sources),
        "role": principal.role,
        "gen": generation,
    }
    if principal.is_person:
        claims["bindings"] = [
            {"role": b.role, "scopes": sorted(b.scopes), "units": sorted(b.units)} for b in principal.bindings
        ]
    kind = _PERSON_TYPE if principal.is_person else _CLIENT_TYPE
    return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers={"kid": key.kid, "typ": kind})


@dataclass(frozen=True, kw_only=True, slots=True)
class Trust:
    """What a verifier believes at one moment.

    keys: public keys by kid. generations: the lowest generation still accepted, for clients that were changed
    within the last LIFETIME; a client not named here has not changed since its oldest living token.
    """

    keys: Mapping[str, Ed25519PublicKey]
    generations: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, *signing: SigningKey, generations: Mapping[str, int] | None = None) -> Trust:
        """Trust in keys held in the same process (tests, tools)."""
        return cls(keys={k.kid: k.private.public_key() for k in signing}, generations=dict(generations or {}))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Verified:
    principal: Principal
    kid: str
    expires: float
    generation: int


class Verifier:
    """Turns a token into its Principal. Safe to share between threads and event loops.

    Verified tokens are remembered by digest until they expire, in two tables of `capacity` entries each: when
    the young one is full it becomes the old one, and the old one is forgotten. So memory is bounded, and a
    hit needs no lock. A hit still asks the trust list: a revoked client or a withdrawn key ends at once.
    """

    def __init__(
        self, *, issuer: str, trust: Callable[[], Trust], clock: Callable[[], float] = time.time, capacity: int = 4096
    ) -> None:
        """trust: gives the current Trust, without waiting (lienthong.trust.TrustWatch.current)."""
        self._issuer = issuer
        self._trust = trust
        self._clock = clock
        self._capacity = capacity
        self._young: dict[bytes, _Verified] = {}
        self._old: dict[bytes, _Verified] = {}

    def verify(self, token: str) -> Principal:
        """The principal of a valid token. Raises Unauthenticated, and Transient when trust is out of date."""
        trust = self._trust()
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._young.get(digest)
        if known is None:
            known = self._old.get(digest) or self._check(token, trust)
            self._remember(digest, known)
        if known.expires <= self._clock():
            raise _invalid("token_expired")
        lowest = trust.generations.get(known.principal.client_id, 0)
        if known.kid not in trust.keys or known.generation < lowest:
            raise _invalid("token_revoked")
        return known.principal

    def bearer(self, authorization: str | None, *scopes: str) -> Principal:
        """The principal of an `Authorization: Bearer …` header value, holding all the scopes.

        Raises Unauthenticated or Forbidden. For code that has no FastAPI dependency at hand (raw ASGI).
        """
        if not authorization:
            raise Unauthenticated(problem("", "token_missing"))
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise _invalid("token_malformed")
        principal = self.verify(token.strip())
        for scope in scopes:
            principal.require(scope)
        return principal.narrowed(scopes)

    def bearer_of_one(self, authorization: str | None, *scopes: str) -> Principal:
        """The same, holding one of the scopes. Not narrowed: the act asks by which of them it is within sight."""
        principal = self.bearer(authorization)
        principal.require(next((scope for scope in scopes if scope in principal.scopes), scopes[0]))
        return principal

    def _check(self, token: str, trust: Trust) -> _Verified:
        if len(token) > MAX_TOKEN or not token.isascii():
            raise _not_valid()
        try:
            header = jwt.get_unverified_header(token)
            key = trust.keys.get(header.get("kid", ""))
            if key is None or header.get("typ") not in _READERS:
                raise _not_valid()
            claims = jwt.decode(
                token, key, algorithms=[ALGORITHM], audience=self._issuer, issuer=self._issuer, options=_CLOCK_IS_OURS
            )
            found = _Verified(
                principal=_READERS[header["typ"]](claims),
                kid=header["kid"],
                expires=float(claims["exp"]),
                generation=int(claims["gen"]),
            )
            issued = float(claims["iat"])
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as exc:
            raise _not_valid() from exc
        if issued > self._clock() + LEEWAY or found.expires - issued > LIFETIME:
            raise _not_valid()
        return found

    def _remember(self, digest: bytes, found: _Verified) -> None:
        if len(self._young) >= self._capacity:
            self._old, self._young = self._young, {}
        self._young[digest] = found


def _client(claims: Mapping[str, Any]) -> Principal:
    return Principal(
        client_id=str(claims["sub"]),
        name=str(claims["name"]),
        province=str(claims["province"]),
        units=frozenset(claims["units"]),
        sources=frozenset(claims["sources"]),
        scopes=frozenset(str(claims["scope"]).split()),
        role=str(claims["role"]),
    )


def _person(claims: Mapping[str, Any]) -> Principal:
    # A type of its own: a process that knows nothing of bindings must not read scopes and units as one rectangle.
    subject = str(claims["sub"])
    if not subject.startswith(PERSON):
        raise _not_valid()
    return Principal.of_person(
        subject.removeprefix(PERSON),
        name=str(claims["name"]),
        province=str(claims["province"]),
        bindings=[
            Binding(role=str(b["role"]), scopes=frozenset(b["scopes"]), units=frozenset(b["units"]))
            for b in claims["bindings"]
        ],
    )


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Principal]] = {_CLIENT_TYPE: _client, _PERSON_TYPE: _person}


def _okp(key: Ed25519PublicKey) -> dict[str, str]:
    x = jwt.utils.base64url_encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": x}


def _invalid(code: str) -> Unauthenticated:
    reason = problem("", code)
    return Unauthenticated(reason, challenge=f', error="invalid_token", error_description="{reason.message.en}"')


def _not_valid() -> Unauthenticated:
    return _invalid("token_invalid")
