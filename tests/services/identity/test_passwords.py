"""Which passwords are taken, how they are kept, and who waits for whom."""

from __future__ import annotations

import threading
import unicodedata

import pytest

from lienthong.errors import Transient
from services.identity.people.passwords import WAITING, Hasher, faults, generate

NAMES = ("lan.nt", "Nông", "Thị", "Lan", "Nông Thị Lan", "lan.nong")


@pytest.mark.parametrize(
    "password",
    ["bốn con ngựa trắng qua cầu", "t7#kQ9!mZ2vX", "trời-hôm-nay-đẹp-quá", "x9 f2 lq 77 mm wd 3"],
)
def test_what_is_not_to_be_guessed_is_taken(password: str) -> None:
    assert faults(password, names=NAMES) == ()


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("ngắn quá", "password_short"),
        ("x" * 201, "password_unfit"),
        ("dài đủ nhưng có\x00 ký tự lạ", "password_unfit"),
        ("aaaaaaaaaaaaaaaa", "password_guessable"),
        ("123456789012", "password_guessable"),
        ("qwertyuiop12", "password_guessable"),
        ("matkhau@2026", "password_guessable"),
        ("Mật khẩu 2026!", "password_guessable"),
        ("LienThong2026@", "password_guessable"),
        ("nongthilan1990", "password_guessable"),
        ("Admin@123456", "password_guessable"),
    ],
)
def test_what_is_guessed_first_is_not_taken(password: str, code: str) -> None:
    assert [fault.code for fault in faults(password, names=NAMES)] == [code]


def test_a_generated_password_passes_the_rules_and_never_comes_again() -> None:
    made = {generate() for _ in range(200)}
    assert len(made) == 200 and all(faults(text, names=NAMES) == () for text in made)


def test_a_password_is_kept_salted_and_slow() -> None:
    hasher = Hasher()
    text, other = hasher.hashed("bốn con ngựa trắng"), hasher.hashed("bốn con ngựa trắng")
    assert text != other and text.startswith("$argon2id$")
    assert hasher.matches(unicodedata.normalize("NFD", "bốn con ngựa trắng"), text, queue="a")
    assert not hasher.matches("bốn con ngựa đen", text, queue="a") and not hasher.matches("x", None, queue="a")
    assert not hasher.is_due(text) and hasher.is_due("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA")


def test_one_queue_waits_behind_itself_and_others_go_on() -> None:
    hasher = Hasher(parallel=2, patience=30)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with hasher._turn("flood"):
            held.set()
            release.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    waiting = [
        threading.Thread(target=hasher.matches, args=("x", None), kwargs={"queue": "flood"}) for _ in range(WAITING)
    ]
    for one in waiting:
        one.start()
    while hasher._waiting["flood"] < WAITING:
        pass
    with pytest.raises(Transient):
        hasher.matches("x", None, queue="flood")  # the queue is full
    assert hasher.matches("x", hasher.hashed("x"), queue="office")
    release.set()
    for one in (holder, *waiting):
        one.join()
