"""Ports that nobody listens on."""

from __future__ import annotations

import socket

from lienthong.errors import Misconfigured

HIGHEST_PORT = 32_767  # above begin the ports that outgoing connections use


def free(wished: int, *taken: int) -> int:
    """The wished port, or the next one that nobody listens on."""
    for port in range(wished, HIGHEST_PORT):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in taken:
            return port
    raise Misconfigured(f"no free port from {wished} on")
