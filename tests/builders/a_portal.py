"""A portal on loopback, by https as portals are: pages by path, as a test sets them."""

from __future__ import annotations

import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.builders.running_platform import free_port


@dataclass
class Page:
    """What is answered. etag: given with it, and told unchanged to who names it."""

    body: bytes = b""
    status: int = 200
    media: str = "application/rss+xml"
    etag: str | None = None


@dataclass
class Portal:
    """url: its address. context: trusts it. pages: by path and query; what is not there is 404. asked: in order."""

    url: str
    context: ssl.SSLContext
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def show(self, path: str, body: str | bytes, **more: str | int | None) -> None:
        """Put a page there."""
        text = body if isinstance(body, bytes) else body.encode()
        self.pages[path] = Page(body=text, **more)  # type: ignore[arg-type]


@contextmanager
def a_portal(folder: Path) -> Iterator[Portal]:
    """Serving until the end of the block. folder: for its certificate."""
    port, certificate = free_port(), a_certificate(folder)
    portal = Portal(url=f"https://127.0.0.1:{port}", context=ssl.create_default_context(cafile=certificate))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            portal.asked.append(self.path)
            page = portal.pages.get(self.path, Page(status=404))
            unchanged = page.etag is not None and self.headers.get("if-none-match") == page.etag
            self.send_response(304 if unchanged else page.status)
            self.send_header("content-type", page.media)
            if page.etag is not None:
                self.send_header("etag", page.etag)
            self.send_header("content-length", "0" if unchanged else str(len(page.body)))
            self.end_headers()
            self.wfile.write(b"" if unchanged else page.body)

        def log_message(self, *_: object) -> None:
            """Nothing: a test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


def a_certificate(folder: Path) -> Path:
    """Key and certificate of 127.0.0.1 in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portal")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "portal.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
