"""Where a hub stands: its data folder and its port are its own, its address and its certificate can be used."""

from __future__ import annotations

import errno
import fcntl
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.errors import Misconfigured
from lienthong.refusals import misconfigured
from lienthong.settings import Settings, place_of

LOCK = "up.lock"


def refuse_taken(host: str, port: int, setting: str = "LIENTHONG_PORT") -> None:
    """Raises Misconfigured (`port_taken`) when somebody listens there: asked before anything is begun, so that no hub
    starts that can't be reached, and nobody's secrets go to a stranger's.
    """
    bound_socket(host, port, setting).close()


def bound_socket(host: str, port: int, setting: str = "LIENTHONG_PORT", *, shared: bool = False) -> socket.socket:
    """A socket at an address, not yet listening. shared: with other processes of this hub. Raises Misconfigured."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what an earlier hub's connections left is no bar
    if shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise unusable(error, host, port, setting) from error
    return sock


def unusable(error: OSError, host: str, port: int, setting: str) -> Misconfigured:
    """Why nobody can listen there: each reason has its own remedy."""
    address, why = place_of(host, port), error.strerror or str(error)
    if isinstance(error, socket.gaierror):
        return misconfigured("host_unknown", host=host, why=why, setting="LIENTHONG_HOST")
    if error.errno == errno.EADDRNOTAVAIL:
        return misconfigured("host_not_here", host=host, setting="LIENTHONG_HOST")
    if error.errno in (errno.EACCES, errno.EPERM):
        return misconfigured("port_forbidden", address=address, setting=setting)
    if error.errno == errno.EADDRINUSE:
        return misconfigured("port_taken", address=address, setting=setting)
    return misconfigured("address_unusable", address=address, why=why, setting=setting)


def refuse_certificate(settings: Settings) -> None:
    """Raises Misconfigured (`tls_unusable`) for files by which no server can speak HTTPS; else its process would be
    started again and again.
    """
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None or key is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        why = str(getattr(error, "strerror", None) or error)
        raise misconfigured("tls_unusable", certificate=str(certificate), key=str(key), why=why) from error


def _no_password() -> str:
    """A key with a password would have it asked for on the terminal."""
    return ""


def refuse_missing(settings: Settings) -> None:
    """Raises Misconfigured (`no_hub_here`) where a command would make a hub in a mistyped folder. Makes nothing."""
    if settings.database_url is None and not EmbeddedServer(settings.data_dir).exists():
        raise misconfigured("no_hub_here", folder=str(settings.data_dir))


@contextmanager
def only_supervisor(folder: Path) -> Iterator[None]:
    """One supervisor for a data folder. Raises Misconfigured (`already_up`) where another runs, or where there is no
    such folder and none can be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = (folder / LOCK).open("a")
    except OSError as error:
        why = error.strerror or str(error)
        raise misconfigured("data_folder_unusable", folder=str(folder), why=why) from error
    with held as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise misconfigured("already_up", folder=str(folder)) from exc
        yield
