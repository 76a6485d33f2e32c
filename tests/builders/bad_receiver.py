"""A receiver that misbehaves: a socket on loopback which does with each connection what a test says."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.builders.running_platform import free_port

Behaviour = Callable[[socket.socket, threading.Event], None]
"""What is done with a connection; the event is set when the test is over."""


@contextmanager
def receiving(behave: Behaviour) -> Iterator[int]:
    """The port of a receiver that behaves so, until the end of the block."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", free_port())) as listening:
        listening.settimeout(0.2)
        threads: list[threading.Thread] = []

        def one(sock: socket.socket) -> None:
            with sock, suppress(OSError):  # the hub hangs up, as it should
                behave(sock, over)

        def accept() -> None:
            while not over.is_set():
                try:
                    sock, _ = listening.accept()
                except TimeoutError:
                    continue
                threads.append(threading.Thread(target=one, args=(sock,)))
                threads[-1].start()

        main = threading.Thread(target=accept)
        main.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            main.join()
            for thread in threads:
                thread.join()


def dripping(head: bytes, drop: bytes, *, every: float = 0.05) -> Behaviour:
    """Sends a head, then a drop again and again."""

    def behave(sock: socket.socket, over: threading.Event) -> None:
        sock.sendall(head)
        while not over.wait(every):
            sock.sendall(drop)

    return behave


def answering(*pieces: bytes) -> Behaviour:
    """Reads what came first, sends the pieces and hangs up."""

    def behave(sock: socket.socket, over: threading.Event) -> None:
        sock.settimeout(60)
        sock.recv(65536)
        for piece in pieces:
            sock.sendall(piece)
        time.sleep(0.05)  # the other side reads before the connection is reset

    return behave


def silent(sock: socket.socket, over: threading.Event) -> None:
    """Takes everything and says nothing."""
    over.wait()


DRIPPING_HEAD = dripping(b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n")
PROCESSING = dripping(b"", b"HTTP/1.1 102 Processing\r\n\r\n")
DRIPPING_BODY = dripping(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", b" ")
ENDLESS_CHUNKS = dripping(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n")
DRIPPING_HANDSHAKE = dripping(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"\x00")
