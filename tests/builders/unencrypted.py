"""For clients of httpx that talk plainly with what a test started on loopback."""

from __future__ import annotations

import ssl

UNENCRYPTED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody. As `verify=` it spares each client the reading of all authorities, 35 ms of processor time."""
