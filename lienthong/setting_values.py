"""What single settings must be, judged by the text alone. Never by asking the machine; never quoting the value.

Each gives the value as it is used, or raises an error of pydantic whose kind has its words in schemas/phrases.yaml
(`setting_not_networks`).
"""

from __future__ import annotations

from ipaddress import ip_network
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic_core import PydanticCustomError


def networks(listed: tuple[str, ...]) -> tuple[str, ...]:
    """Addresses or networks."""
    for item in listed:
        try:
            ip_network(item, strict=False)
        except ValueError:
            raise PydanticCustomError("not_networks", "give addresses or networks, by commas") from None
    return listed


def host(name: str) -> str:
    """An address or a name to listen on: an IPv6 address without the brackets that belong to an address of the web."""
    bare = name.strip().removeprefix("[").removesuffix("]")
    if not bare or not bare.isprintable() or any(sign in " /@?#[]" for sign in bare):
        raise PydanticCustomError("not_host", "give one address or name, without port or path")
    return bare


def public_address(address: str | None) -> str | None:
    """Where others reach the hub."""
    if address is None:
        return None
    try:
        parts = urlsplit(address)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        whole = False
    if not whole or not address.isprintable() or any(sign in " ?#@" for sign in address):
        raise PydanticCustomError("not_address", "give an address such as https://hub.example")
    return address


def database(url: SecretStr | None) -> SecretStr | None:
    """What PostgreSQL's library can read. Its own words are left out: they quote the address with its password."""
    if url is None:
        return None
    from psycopg import ProgrammingError  # noqa: PLC0415  (whatever reads settings without a server goes without it)
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    try:
        hosts = str(conninfo_to_dict(url.get_secret_value()).get("host", "")).split(",")
    except ProgrammingError:
        hosts = ["?@"]
    # An @ in a host is the rest of a password that holds one unescaped, which the driver would quote; in the path of a
    # socket, or at the begin of an abstract one's name, it is what it is.
    wrong = any("@" in host and not host.startswith(("/", "@")) for host in hosts)
    if wrong or not url.get_secret_value().strip():
        raise PydanticCustomError("not_database", "give postgresql://user:password@host:5432/name")
    return url
