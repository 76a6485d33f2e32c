"""Which web addresses the hub may send to: what is checked when one is entered, and of each IP address before use.

An address is entered as a person has it, also with a Vietnamese domain name (IDNA 2008), and kept as it goes over the
wire. Which IP addresses are special is in `special_purpose.yaml`, the registries' own list. Pure.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import SplitResult, quote, urlsplit

import idna

from lienthong.errors import Message, Problem, Rejected
from lienthong.refusals import phrase, problem
from lienthong.shipped import shipped_yaml

REACHES = ("public", "private", "loopback")
PORTS = {"https": 443, "http": 80}
LONGEST, LONGEST_LINK = 500, 2000  # characters of an address, of a link with its query
_LONGEST_HOST, _LONGEST_LABEL = 253, 63  # of RFC 1035, in ASCII
_URI = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")  # RFC 3986: other signs are written %
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where to send. host: in ASCII, of an IPv6 address without brackets. path: without the slash at its end."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The value of the header Host."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == PORTS[self.scheme] else f"{shown}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def for_people(url: str) -> str:
    """An address that is kept, for people: a Vietnamese domain name as it is written."""
    host = urlsplit(url).hostname or ""
    try:
        return url.replace(host, idna.decode(host), 1) if "xn--" in host else url
    except idna.IDNAError:
        return url


def read(url: str, reach: str) -> Address:
    """The address that was entered, if the hub may send there. Raises Rejected with everything that is wrong.

    https, or http where reach is loopback. Without user, query or fragment: paths are put behind it. An IP address or
    `localhost` has to be within the reach; a name is checked at each attempt, when it is resolved.
    """
    problems = [] if reach in REACHES else [problem("/reach", "reach_unknown")]
    parts = _split(url)
    if parts is None:
        raise Rejected([*problems, problem("/url", "url_malformed")])
    host, wrong = _host(parts)
    port = _port(parts)
    problems += [*wrong, *_plainness(parts), *_scheme_problems(parts.scheme, reach, host)]
    if port is None:
        problems.append(problem("/url", "url_port"))
    if host is not None and reach in REACHES:
        problems += _reach_problems(host, reach)
    if problems or host is None or port is None:
        raise Rejected(problems)
    return Address(
        scheme=parts.scheme, host=host, port=port, path=quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~-._")
    )


def is_link(text: str) -> bool:
    """Whether a text is a link that people may follow: https, to an IP address or a name with a dot, without a user
    before it (`https://langson.gov.vn@elsewhere.vn` shows one name and leads to another).
    """
    parts = _split(text, LONGEST_LINK) if _URI.fullmatch(text) else None
    if parts is None or parts.scheme != "https" or "@" in parts.netloc or _port(parts) is None:
        return False
    host, wrong = _host(parts)
    return host is not None and not wrong and ("." in host or ":" in host)


def is_allowed(address: str, reach: str) -> bool:
    """Whether something of this reach may be sent to at this IP address.

    public: globally reachable addresses alone. private: also the networks of an administration (10/8, 172.16/12,
    192.168/16, fc00::/7). loopback: this machine too, without those. An IPv4 address inside an IPv6 one is judged as
    IPv4.
    """
    ip = _address_led_to(ipaddress.ip_address(address.partition("%")[0]))
    if ip.is_loopback:
        return reach == "loopback"
    if _globally_reachable(ip):
        return True
    return reach == "private" and any(ip in network for network in _ADMINISTRATIONS)


_ADMINISTRATIONS = tuple(
    ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _address_led_to(ip: IP) -> IP:
    """The IPv4 address that an IPv6 one leads to: mapped, translated (NAT64), 6to4."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _globally_reachable(ip: IP) -> bool:
    """What the narrowest block that holds it says."""
    holding = [(network.prefixlen, reachable) for network, reachable in special_purpose() if ip in network]
    return max(holding)[1] if holding else True


@cache
def special_purpose() -> tuple[tuple[Network, bool], ...]:
    """The blocks of the registries, and whether each is globally reachable."""
    listed: Mapping[str, Mapping[str, list[object]]] = shipped_yaml(Path(__file__).with_name("special_purpose.yaml"))
    return tuple(
        (ipaddress.ip_network(block), bool(reachable))
        for blocks in listed.values()
        for block, (_, reachable) in blocks.items()
    )


def _split(url: str, longest: int = LONGEST) -> SplitResult | None:
    """None where it is no address at all. urlsplit drops line ends and tabs silently: they are refused before."""
    if len(url) > longest or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        return parts if parts.hostname else None
    except ValueError:  # brackets that are no IPv6 address
        return None


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        return None
    if port is None and not parts.netloc.endswith(":"):
        return PORTS.get(parts.scheme, PORTS["https"])
    return port or None


def _host(parts: SplitResult) -> tuple[str | None, list[Problem]]:
    """The host in ASCII, or what is wrong with it."""
    given = parts.hostname or ""
    try:
        if parts.netloc.rpartition("@")[2].startswith("["):
            return str(ipaddress.IPv6Address(given)), []
        if _is_number(given.removesuffix(".").rpartition(".")[2]):
            return str(ipaddress.IPv4Address(given)), []  # 2130706433 and 0x7f.1 are addresses too, and nobody's name
        named = idna.encode(given.removesuffix("."), uts46=True, std3_rules=True).decode("ascii").lower()
    except ValueError:  # IDNAError is one
        return None, [problem("/url", "url_host", host=given, why=_fault_of_host(given))]
    if len(named) > _LONGEST_HOST:
        return None, [problem("/url", "url_host", host=given, why=phrase("host_long", longest=_LONGEST_HOST))]
    return named, []


def _fault_of_host(host: str) -> Message:
    """What is wrong with a host that is neither an IP address nor a domain name."""
    labels = host.removesuffix(".").split(".")
    if not all(labels):
        return phrase("host_two_dots")
    longest = max(labels, key=len)
    if len(longest) > _LONGEST_LABEL:
        return phrase("host_label_long", label=longest[:12] + "…", longest=_LONGEST_LABEL)
    if len(host) > _LONGEST_HOST:
        return phrase("host_long", longest=_LONGEST_HOST)
    return phrase("host_no_name")


def _is_number(label: str) -> bool:
    return _NUMBER.fullmatch(label) is not None


def _plainness(parts: SplitResult) -> Iterator[Problem]:
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        yield problem("/url", "url_not_plain")


def _scheme_problems(scheme: str, reach: str, host: str | None) -> Iterator[Problem]:
    if scheme == "https" or (scheme == "http" and reach == "loopback"):
        return
    if scheme == "http" and host is not None and _is_this_machine(host):
        return  # what is said of the reach says enough
    yield problem("/url", "url_not_https")


def _reach_problems(host: str, reach: str) -> Iterator[Problem]:
    if _is_this_machine(host):
        if reach != "loopback":
            yield problem("/reach", "reach_not_loopback", host=host)
        return
    if _is_address(host) and not is_allowed(host, reach):
        may = [wider for wider in REACHES if is_allowed(host, wider)]
        hint = phrase("reach_to_use", reach=may[0]) if may else phrase("reach_never")
        yield problem("/url", "url_out_of_reach", host=host, reach=reach, hint=hint)


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761
        return True
    return _is_address(host) and _address_led_to(ipaddress.ip_address(host)).is_loopback


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
