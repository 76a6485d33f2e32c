"""Passwords of local accounts: which may be used, and how they are kept (Argon2id). No database.

Hashing costs some 30 ms and 19 MiB on purpose. So no more than `PARALLEL` run at once in a process, and one of
each queue: whoever floods the login waits behind himself, and others go on.
"""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from lienthong.errors import Problem, Transient
from lienthong.refusals import problem

MIN_LENGTH = 12  # characters: with a second factor for who can change something, what NIST 800-63B asks and some more
MAX_LENGTH = 200
PARALLEL = 2  # hashings at once in a process: about 40 MB
PATIENCE = 5.0  # seconds somebody waits for a turn
WAITING = 3  # of one address at once; who comes after them is told to come again

# What the first guesses are made of, in a Vietnamese office. Compared without diacritics, signs and digits.
_USUAL = frozenset(
    re.findall(
        r"[a-z]+",
        """matkhau password passwd admin quantri administrator lienthong welcome xinchao vietnam letmein abcdef qwerty
        qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm iloveyou anhyeuem emyeuanh dragon monkey secret tinh phuong ubnd""",
    )
)
_ROWS = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
# Read aloud over the telephone without mistakes: no 0 o 1 l i.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def normal_form(password: str) -> str:
    """The form that is hashed: typed on another keyboard or with another input method, it is the same password."""
    return unicodedata.normalize("NFKC", password)


def faults(password: str, *, names: tuple[str, ...] = ()) -> tuple[Problem, ...]:
    """Everything wrong with a new password. names: of the person, which it must not be made of."""
    given = normal_form(password)
    if len(given) < MIN_LENGTH:
        return (problem("/password", "password_short", least=MIN_LENGTH),)
    if len(given) > MAX_LENGTH or any(unicodedata.category(c) in ("Cc", "Cs") for c in given):
        return (problem("/password", "password_unfit", most=MAX_LENGTH),)
    if _is_guessable(given, names):
        return (problem("/password", "password_guessable"),)
    return ()


def generate() -> str:
    """A temporary password: 80 bits, in groups of four."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


class Hasher:
    """Hashes and compares, a few at a time. Safe to share between threads."""

    def __init__(self, *, parallel: int = PARALLEL, patience: float = PATIENCE) -> None:
        # 19 MiB in 2 passes is as hard to guess as 46 MiB in one (OWASP), and a process of 105 MB stays below 150.
        self._argon2 = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._turns, self._patience = parallel, patience
        self._free = threading.Condition()
        self._running: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._nobody: str | None = None

    def hashed(self, password: str) -> str:
        """The encoded digest of a new password."""
        with self._turn(""):
            return self._argon2.hash(normal_form(password))

    def matches(self, password: str, digest: str | None, *, queue: str) -> bool:
        """Whether it is the password. digest None (nobody of that name) takes as long.

        queue: who waits behind whom (an address, a known browser). Raises Transient when it is full.
        """
        with self._turn(queue):
            if digest is None:
                self._compare(self._digest_of_nobody(), password)
                return False
            return self._compare(digest, password)

    def is_due(self, digest: str) -> bool:
        """Whether the digest was made with other costs than today's."""
        return self._argon2.check_needs_rehash(digest)

    def _compare(self, digest: str, password: str) -> bool:
        try:
            return self._argon2.verify(digest, normal_form(password)[: MAX_LENGTH + 1])
        except (Argon2Error, InvalidHashError):
            return False

    def _digest_of_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = self._argon2.hash(secrets.token_urlsafe(16))
        return self._nobody

    @contextmanager
    def _turn(self, queue: str) -> Iterator[None]:
        """One turn at a time for each queue, a few for the process."""
        with self._free:
            self._await(queue)
            self._running[queue] += 1
        try:
            yield
        finally:
            with self._free:
                self._running -= Counter((queue,))
                self._free.notify_all()

    def _await(self, queue: str) -> None:
        busy = Transient("too many log-ins at once; try again in a few seconds", code="login_busy")
        if self._waiting[queue] >= WAITING:
            raise busy
        self._waiting[queue] += 1
        try:
            if not self._free.wait_for(lambda: self._may_run(queue), timeout=self._patience):
                raise busy
        finally:
            self._waiting -= Counter((queue,))

    def _may_run(self, queue: str) -> bool:
        return self._running[queue] == 0 and self._running.total() < self._turns


def _is_guessable(given: str, names: tuple[str, ...]) -> bool:
    plain = _without_marks(given)
    if len(set(given.lower())) < 5 or _made_of_rows(plain):
        return True
    left = re.sub(r"[^a-z]", "", plain)
    for word in sorted({_without_marks(n) for n in names if len(n) > 2} | _USUAL, key=len, reverse=True):
        left = left.replace(re.sub(r"[^a-z]", "", word) or " ", "")
    # What is left after usual words, names and digits has to be a secret of its own.
    return len(left) < 6 and len(re.sub(r"[a-z]", "", plain)) < MIN_LENGTH


def _made_of_rows(plain: str) -> bool:
    """Whether most of it runs along a row of keys, up or down."""
    text = re.sub(r"[^a-z0-9]", "", plain)
    steps = sum(any(a + b in row or b + a in row for row in _ROWS) or a == b for a, b in pairwise(text))
    return len(text) > 1 and steps >= 0.8 * (len(text) - 1)


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))
