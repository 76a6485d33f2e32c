"""Which web addresses may be sent to: when one is entered, and of each IP address before use."""

from __future__ import annotations

import ipaddress

import pytest

from lienthong.errors import Rejected
from lienthong.pushes.addresses import for_people, is_allowed, is_link, read, special_purpose


@pytest.mark.parametrize(
    ("address", "reaches"),
    [
        ("8.8.8.8", {"public", "private", "loopback"}),
        ("2001:4860:4860::8888", {"public", "private", "loopback"}),
        ("127.0.0.1", {"loopback"}),
        ("::1", {"loopback"}),
        ("::ffff:127.0.0.1", {"loopback"}),
        ("10.1.2.3", {"private"}),
        ("172.20.0.1", {"private"}),
        ("192.168.1.1", {"private"}),
        ("fd00::1", {"private"}),
        ("::ffff:10.1.2.3", {"private"}),
        ("64:ff9b::a01:203", {"private"}),
        ("2002:a01:203::1", {"private"}),
        ("169.254.169.254", set()),
        ("64:ff9b::a9fe:a9fe", set()),
        ("fe80::1%eth0", set()),
        ("0.0.0.0", set()),
        ("::", set()),
        ("224.0.0.1", set()),
        ("100.64.0.1", set()),
        ("192.0.0.8", set()),
        ("192.88.99.1", set()),
        ("198.18.0.1", set()),
        ("2001::1", set()),
        ("64:ff9b:1::1", set()),
        ("100::1", set()),
        ("3fff::1", set()),
        ("5f00::1", set()),
        ("fec0::1", set()),
        ("ff02::1", set()),
        ("::7f00:1", set()),
        ("4000::1", set()),
        ("192.175.48.1", {"public", "private", "loopback"}),
        ("64:ff9b::808:808", {"public", "private", "loopback"}),
        ("255.255.255.255", set()),
    ],
)
def test_an_address_is_sent_to_only_within_the_reach_of_its_destination(address: str, reaches: set[str]) -> None:
    assert {reach for reach in ("public", "private", "loopback") if is_allowed(address, reach)} == reaches


@pytest.mark.parametrize(
    ("url", "reach", "code"),
    [
        ("http://platform.example", "public", "url_not_https"),
        ("http://10.0.0.1", "private", "url_not_https"),
        ("https://a..b.vn", "public", "url_host"),
        ("https://" + "a" * 64 + ".vn", "public", "url_host"),
        ("https://" + "a.b" * 90 + ".vn", "public", "url_host"),
        ("https://2130706433", "public", "url_host"),
        ("https://0x7f.1", "public", "url_host"),
        ("https://x_y.vn", "public", "url_host"),
        ("https://x.vn:84430", "public", "url_port"),
        ("https://x.vn:0", "public", "url_port"),
        ("https://x.vn:", "public", "url_port"),
        ("https://x.vn\n.evil.vn", "public", "url_malformed"),
        ("https://[::1", "loopback", "url_malformed"),
        ("x.vn", "public", "url_malformed"),
        ("https://10.1.2.3", "public", "url_out_of_reach"),
        ("https://169.254.169.254", "private", "url_out_of_reach"),
        ("http://127.0.0.1:8090", "public", "reach_not_loopback"),
        ("https://localhost", "private", "reach_not_loopback"),
        ("https://user:pw@platform.example", "public", "url_not_plain"),
        ("https://platform.example/?a=1", "public", "url_not_plain"),
        ("https://", "public", "url_malformed"),
        ("https://platform.example", "everywhere", "reach_unknown"),
    ],
)
def test_a_destination_that_can_not_be_safe_is_refused(url: str, reach: str, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        read(url, reach)
    assert code in [problem.code for problem in refused.value.problems]


def test_plain_http_is_for_this_machine_alone() -> None:
    assert read("http://127.0.0.1:8090", "loopback").url == "http://127.0.0.1:8090"
    for reach in ("public", "private"):
        with pytest.raises(Rejected):
            read("http://platform.example/api", reach)
        assert read("https://platform.example/api", reach).url == "https://platform.example/api"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://nềntảng.vn/api/", "https://xn--nntng-x11bpi.vn/api"),
        ("https://ne\u0302\u0300nta\u0309ng.vn/api", "https://xn--nntng-x11bpi.vn/api"),
        ("https://Platform.Example:443", "https://platform.example"),
        ("https://platform.example.", "https://platform.example"),
        ("https://platform.example/nhận", "https://platform.example/nh%E1%BA%ADn"),
        ("https://[2001:4860:4860::8888]:8443/", "https://[2001:4860:4860::8888]:8443"),
    ],
)
def test_an_address_is_kept_as_it_goes_over_the_wire(url: str, kept: str) -> None:
    assert read(url, "public").url == kept
    assert read(kept, "public").url == kept


def test_a_vietnamese_domain_name_is_shown_as_it_is_written() -> None:
    assert for_people(read("https://nềntảng.vn:8443/a", "public").url) == "https://nềntảng.vn:8443/a"


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(Rejected) as refused:
        read("http://me@a..b.vn:99999/?x=1", "everywhere")
    codes = {problem.code for problem in refused.value.problems}
    assert codes == {"reach_unknown", "url_host", "url_port", "url_not_plain", "url_not_https"}


def test_no_special_block_is_public_unless_its_registry_says_reachable() -> None:
    for block, reachable in special_purpose():
        first = str(block.network_address)
        narrower = [
            inner
            for inner, _ in special_purpose()
            if inner.version == block.version and block.network_address in inner and inner.prefixlen > block.prefixlen
        ]
        if not narrower and "64:ff9b::" not in first:  # what that leads to is judged, not the prefix
            assert is_allowed(first, "public") == reachable, block


def test_whatever_python_calls_private_is_not_public() -> None:
    networks = [*ipaddress._IPv4Constants._private_networks, *ipaddress._IPv6Constants._private_networks]  # type: ignore[attr-defined]
    mapped = ipaddress.ip_network("::ffff:0:0/96")
    reachable = {str(block) for block, reached in special_purpose() if reached}
    for network in networks:
        for ip in (network.network_address, network.broadcast_address):
            if network != mapped and str(network) not in reachable:
                assert not is_allowed(str(ip), "public"), ip


@pytest.mark.parametrize(
    "text",
    [
        "https://langson.gov.vn/tin/1?a=1#b",
        "https://xn--tnh-dlz.vn/%C4%83",
        "https://langson.gov.vn:8443/",
        "https://10.1.2.3/x",
        "https://[2001:db8::1]/",
        "https://langson.gov.vn/@ten/" + "a" * 1900,
    ],
)
def test_a_link_leads_where_others_can_follow(text: str) -> None:
    assert is_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://langson.gov.vn@noi-khac.vn/",
        "https://ten:mk@langson.gov.vn/",
        "https://langson.gov.vn\\@noi-khac.vn/",
        "http://langson.gov.vn/",
        "https://localhost/",
        "https://may-chu/",
        "https://2130706433/",
        "https://a..b.vn/",
        "https://xn--zzzzzz.vn/",
        "https://tỉnh.vn/",
        "https://langson.gov.vn/năng-lượng",
        "https://langson.gov.vn/%zz",
        "https://langson.gov.vn:99999/",
        "https://langson.gov.vn:0/",
        "https:///tin",
        "https://langson.gov.vn/\u202efdp.exe",
        "https://langson.gov.vn/\n",
        "https://langson.gov.vn/" + "a" * 2000,
    ],
)
def test_what_shows_one_place_and_leads_to_another_or_nowhere_is_no_link(text: str) -> None:
    assert not is_link(text)
