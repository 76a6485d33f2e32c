"""Which addresses a destination may have, and which it may be sent to at. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from lienthong.errors import Rejected
from lienthong.refusals import problem

REACHES = ("public", "private", "loopback")


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
