"""A sealed file: it opens with its phrase as AE-2 says, with no other, and not when a byte of it was changed."""

from __future__ import annotations

import hashlib
import hmac
import io
import zipfile

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from lienthong.errors import Message, Problem, Rejected
from services.console.running import clients, doing, sealing

TEXT = b"client_id,client_secret\r\n" + b"ld-06040,lts_x\r\n" * 40


def opened(file: bytes, phrase: str) -> bytes:
    """Read as the format says, from the ZIP's own directory. Raises ValueError for what does not fit."""
    [member] = zipfile.ZipFile(io.BytesIO(file)).infolist()
    assert (member.compress_type, member.flag_bits & 1, member.CRC) == (99, 1, 0)
    assert member.extra == b"\x01\x99\x07\x00\x02\x00AE\x03\x00\x00"
    begin = member.header_offset + 30 + len(member.filename.encode()) + len(member.extra)
    body = file[begin : begin + member.compress_size]
    salt, check, hidden, seal = body[:16], body[16:18], body[18:-10], body[-10:]
    made = hashlib.pbkdf2_hmac("sha1", phrase.encode(), salt, 1000, 66)
    if made[64:] != check or not hmac.compare_digest(hmac.new(made[32:64], hidden, "sha1").digest()[:10], seal):
        raise ValueError("sealed")
    plain = bytearray()
    for number, at in enumerate(range(0, len(hidden), 16), start=1):
        step = Cipher(algorithms.AES(made[:32]), modes.ECB()).encryptor().update(number.to_bytes(16, "little"))
        plain += bytes(a ^ b for a, b in zip(hidden[at : at + 16], step, strict=False))
    assert len(plain) == member.file_size
    return bytes(plain)


def test_a_sealed_file_opens_with_its_phrase_alone() -> None:
    phrase = sealing.new_phrase()
    file = sealing.seal(TEXT, name="client-secrets.csv", phrase=phrase)
    assert b"lts_x" not in file and opened(file, phrase) == TEXT
    with pytest.raises(ValueError, match="sealed"):
        opened(file, sealing.new_phrase())


def test_a_sealed_file_that_was_changed_does_not_open() -> None:
    phrase = sealing.new_phrase()
    file = bytearray(sealing.seal(TEXT, name="a.csv", phrase=phrase))
    file[len(file) // 2] ^= 1
    with pytest.raises(ValueError, match="sealed"):
        opened(bytes(file), phrase)


def test_no_two_phrases_are_alike() -> None:
    made = {sealing.new_phrase() for _ in range(50)}
    assert len(made) == 50 and all(len(text.replace("-", "")) == 32 for text in made)


def test_a_list_of_clients_is_read_with_its_lines_and_only_what_it_says() -> None:
    lines, wanted = clients.read(
        "client_id;name;province;units\n\nld-06040;Xã Lộc Bình;20;06040 06043\n".encode(), "a.csv"
    )
    assert lines == [3]
    assert wanted == [{"client_id": "ld-06040", "name": "Xã Lộc Bình", "province": "20", "units": ["06040", "06043"]}]


@pytest.mark.parametrize("text", ["client_id,name\na,b\n", "client_id,name,province\n"])
def test_a_list_without_its_columns_or_without_a_row_is_refused(text: str) -> None:
    with pytest.raises(Rejected):
        clients.read(text.encode(), "a.csv")


def test_faults_of_a_list_are_told_by_its_lines() -> None:
    fault = Problem(pointer="/1/units/0", code="unit_unknown", message=Message(vi="Không có", en="None"))
    [problem] = doing.by_line(Rejected([fault], status=422), [2, 7]).problems
    assert (problem.pointer, problem.message.vi, problem.message.en) == ("/file", "Dòng 7: Không có", "Line 7: None")
