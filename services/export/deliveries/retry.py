"""The decision on one attempt: delivered, again later, put aside; and which addresses may be sent to. Pure.

No clock, no network, no random source: the caller hands in what came back, how often it was tried, and a
random number. The schedule is documented for both sides in docs/platform-contract.md.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from lienthong.errors import Rejected
from lienthong.refusals import problem

# Seconds to wait after the 1st, 2nd … failed attempt. The first retry answers a blip, the next ones a
# restart, the last ones an outage over a week-end: the sum is 3.15 days with eleven attempts in all.
SCHEDULE = (5, 60, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
JITTER = 0.2  # of the wait, either way: deliveries that failed together do not come back together
LONGEST_WAIT = 86400  # a receiver may ask for a longer wait by Retry-After, but not for more than a day

TRY_AGAIN = frozenset({408, 425, 429})
REACHES = ("public", "private", "loopback")


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came back from one attempt.

    status: HTTP status, or None when no answer came. code: stable name of what happened (`http_503`,
    `timeout`, `connection_failed`, `address_refused`, …). detail: a sentence for people, without secrets.
    retry_after: seconds the receiver asked for. permanent: no answer came and trying again can't help.
    confirmed: a 2xx names the digest of what was sent, as the contract says.
    """

    status: int | None
    code: str
    detail: str = ""
    retry_after: int | None = None
    permanent: bool = False
    confirmed: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """The receiver has it durably."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    """To be tried again after so many seconds."""

    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Dead:
    """Put aside until a person replays it."""

    reason: str


Decision = Delivered | Again | Dead


def decide(outcome: Outcome, *, attempt: int, luck: float, schedule: tuple[int, ...] = SCHEDULE) -> Decision:
    """What to do after attempt number `attempt` (1 = the first).

    luck: a random number in [0, 1) for the jitter. Statuses: 2xx delivered; 408, 425, 429 and 5xx again;
    a redirect is never followed and, like every other 4xx, needs a person.
    """
    if outcome.status is not None and 200 <= outcome.status < 300 and outcome.confirmed:
        return Delivered()
    if outcome.permanent or _is_refusal(outcome.status):
        return Dead(reason=outcome.code)
    if attempt > len(schedule):
        return Dead(reason=f"exhausted_{outcome.code}")
    wait = schedule[attempt - 1] * (1 + JITTER * (2 * luck - 1))
    return Again(seconds=max(wait, float(min(outcome.retry_after or 0, LONGEST_WAIT))))


def _is_refusal(status: int | None) -> bool:
    return status is not None and 300 <= status < 500 and status not in TRY_AGAIN


def address_allowed(address: str, reach: str) -> bool:
    """Whether a destination of this reach may be sent to at this IP address.

    public: globally routable addresses alone. private: also the networks of an administration (10/8,
    172.16/12, 192.168/16, fc00::/7). loopback: also this machine. Link-local (cloud metadata), multicast and
    unspecified addresses are never sent to; an IPv4 address inside an IPv6 one is judged as IPv4.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = _embedded(ip)
    if inner is not None:
        ip = inner
    if ip.is_multicast or ip.is_unspecified or ip.is_link_local or (ip.is_reserved and not ip.is_loopback):
        return False
    if ip.is_loopback:
        return reach == "loopback"
    if ip.is_global:
        return True
    return reach == "private" and any(ip in network for network in _ADMINISTRATIONS)


_ADMINISTRATIONS = tuple(
    ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _embedded(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def check_destination(url: str, reach: str) -> None:
    """Raises Rejected unless the address can be a destination: https, or http where reach is loopback.

    The host must be named, without user, query or fragment: the contract's paths are put behind it.
    """
    parts = urlsplit(url)
    problems = []
    if reach not in REACHES:
        problems.append(
            problem(
                "/reach",
                "reach_unknown",
            )
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and reach == "loopback"):
        problems.append(
            problem(
                "/url",
                "destination_not_https",
            )
        )
    if not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
        problems.append(
            problem(
                "/url",
                "destination_not_plain",
            )
        )
    if problems:
        raise Rejected(problems)
