"""A release in the packets of QCVN 125:2021/BTTTT: the same in JSON and XML, under names that one file holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from lienthong import releases
from lienthong.errors import Misconfigured
from lienthong.eventlog.append import PostgresAppender
from lienthong.postgres.pool import Pool
from lienthong.pushes import signing
from services.export import mapping
from services.export.mapping import Message, Sender
from services.export.mappings import MAPPINGS
from services.export.qcvn import answer, packets
from services.export.qcvn.names import FieldGroup, names, read_names
from tests.builders.bad_receiver import answering, receiving
from tests.builders.exporting import Export, a_dataset, released
from tests.builders.running_platform import Running

AT = datetime(2026, 10, 24, tzinfo=UTC)
SENDER = Sender(id="lang-son", province="20")
NAMES = names()
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
CODE = {"code": "TH.01", "list": "Danh mục thử"}


def full() -> dict[str, Any]:
    """A release that has something for every packet and field."""
    dataset = a_dataset(unitValues="public")
    dataset["period"]["official"] = dataset["figures"][0]["official"] = CODE
    dataset["indicators"][0]["official"] = CODE
    dataset["completeness"][0] |= {"official": CODE, "regime": CODE, "nil": ["20.SYT"], "dormant": ["20.SXD"]}
    dataset["duties"][0] |= {"sentBy": "20", "regime": CODE}
    dataset["units"] = [{**unit, "identifier": f"H37.{place}"} for place, unit in enumerate(dataset["units"])]
    dataset["signedOff"]["document"] = {
        "number": "15/BC-UBND",
        "date": "2026-10-23",
        "agency": "UBND tỉnh <Lạng Sơn> & các sở",
        "electronicId": "000.00.00.H37,2026,15",
        "fileHash": f"sha256:{'a' * 64}",
    }
    return dataset


def a_message(dataset: dict[str, Any]) -> Message:
    return mapping.release_published(releases.write(dataset), at=AT)  # type: ignore[arg-type]


def withdrawn() -> Message:
    fact = {"round": "P119-LS.2026", "version": 1, "reason": "Sai số liệu", "document": {"number": "3", "date": None}}
    return mapping.release_withdrawn(fact, at=AT, sample=False)


def as_json(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(MAPPINGS["qcvn125-json"](message, SENDER).body, parse_float=Decimal)
    return dict(body[NAMES.root])


def as_xml(message: Message) -> Element:
    root: Element = fromstring(MAPPINGS["qcvn125-xml"](message, SENDER).body)
    return root


def test_every_name_of_the_file_is_used_and_every_word_has_one() -> None:
    """A word without a name would end in an error; a name that nothing uses would never be missed."""
    used: dict[str, set[str]] = {}
    for message in (a_message(full()), withdrawn()):
        bundle = packets.bundle(message, SENDER, NAMES)
        for code, records in (("header", [bundle.header]), ("recipient", bundle.recipients), *bundle.packets.items()):
            used.setdefault(code, set()).update(word for record in records for word in record)
    wanted = {code: set(named.fields) for code, named in NAMES.packets.items()}
    wanted |= {"header": set(NAMES.header.fields) - {"recipients"}, "recipient": set(NAMES.recipient.fields)}
    assert used == wanted


def test_names_are_such_that_xml_takes_them_and_none_stands_twice_in_a_packet() -> None:
    for named in (NAMES.header, NAMES.recipient, *NAMES.packets.values()):
        for name in (named.name, named.record, *named.fields.values()):
            assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name), name
        assert len(set(named.fields.values())) == len(named.fields), named.name
    assert len({packet.name for packet in NAMES.packets.values()}) == len(NAMES.packets)
    assert NAMES.provisional, "the tables of fields are not at hand: the file must say so"


def _records(packet: Element, named: FieldGroup) -> Iterator[dict[str, list[str | None]]]:
    for record in packet.findall(named.record):
        found: dict[str, list[str | None]] = {}
        for part in record:
            found.setdefault(part.tag, []).append(None if part.get(NIL) == "true" else part.text or "")
        yield found


def _texts(record: dict[str, Any]) -> dict[str, list[str | None]]:
    return {
        name: [_said(one) for one in (value if isinstance(value, list) else [value])] for name, value in record.items()
    }


def _said(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def test_json_and_xml_say_the_same() -> None:
    message = a_message(full())
    document, root = as_json(message), as_xml(message)
    assert [part.tag for part in root][1:] == [named.name for named in NAMES.packets.values()]
    for named in NAMES.packets.values():
        packet = root.find(named.name)
        assert packet is not None
        assert list(_records(packet, named)) == [_texts(record) for record in document[named.name]], named.name


def test_what_nobody_reported_is_neither_zero_nor_left_out() -> None:
    dataset = full()
    dataset["figures"][0]["sum"], dataset["figures"][1]["sum"] = None, "0"
    value, root = NAMES.packets["values"].fields["value"], as_xml(a_message(dataset))
    first, second = as_json(a_message(dataset))[NAMES.packets["values"].name][:2]
    assert (first[value], second[value]) == (None, 0)
    elements = root.findall(f".//{NAMES.packets['values'].record}/{value}")
    assert (elements[0].get(NIL), elements[0].text, elements[1].get(NIL), elements[1].text) == ("true", None, None, "0")


def test_units_own_values_stay_where_the_plan_says_so() -> None:
    name = NAMES.packets["unit_values"].name
    assert name in as_json(a_message(full()))
    assert name not in as_json(a_message({**full(), "unitValues": "internal"}))


def test_the_ministry_is_named_by_its_own_code_and_not_by_the_nations() -> None:
    document = as_json(a_message(full()))
    told = document[NAMES.header.name][NAMES.header.fields["recipients"]]
    assert {"MaDonVi": "G06", "TenDonVi": "Bộ Khoa học và Công nghệ"} in told
    assert all(one["MaNoiNhan"] != "VN" for one in document["CheDoBaoCao"] if "MaNoiNhan" in one)


def test_official_codes_that_a_release_knows_stand_beside_ours() -> None:
    dataset = full()
    dataset["units"] = [
        {"code": "20", "name": "Tỉnh 20", "identifier": "H37"},
        {"code": "VN", "name": None, "identifier": "G99"},
    ]
    document = as_json(a_message(dataset))
    assert {one.get("MaDinhDanh") for one in document["SoLieu"]} == {"H37"}
    assert {one["MaNoiNhan"] for one in document["CheDoBaoCao"] if "MaNoiNhan" in one} == {"G99"}
    assert document[NAMES.header.name]["DonViNhan"][0]["MaDonVi"] in ("G99", "platform")


def test_a_withdrawn_release_is_one_state() -> None:
    document = as_json(withdrawn())
    assert set(document) == {NAMES.header.name, NAMES.packets["states"].name}
    [state] = document[NAMES.packets["states"].name]
    assert (state["TrangThai"], state["LyDo"], state["SoKyHieu"]) == ("DaThuHoi", "Sai số liệu", "3")


def test_a_release_that_needs_words_of_1_2_says_so_to_the_platform() -> None:
    contract = {
        name: json.loads(a_message(body).body(SENDER))["contract"]
        for name, body in (("before", a_dataset()), ("coded", full()))
    }
    assert contract == {"before": "1.1", "coded": "1.2"}


def test_a_file_that_lacks_a_name_is_refused_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("standard: QCVN\n", "utf-8")
    with pytest.raises(Misconfigured, match="provisional"):
        read_names(tmp_path / "x.yaml")


# ---------------------------------------------------------------- what a receiver answers

REFUSED = {"TrangThaiBaoCao": [{"TrangThai": "DaNhan"}, {"TrangThai": "TuChoi", "LyDo": "Sai kỳ"}]}
XML = (
    '<?xml version="1.0"?><a:GoiTinBaoCao xmlns:a="urn:x"><a:TrangThaiBaoCao><a:TrangThai><a:TrangThai>{}'
    "</a:TrangThai><a:LyDo>Sai kỳ</a:LyDo></a:TrangThai></a:TrangThaiBaoCao></a:GoiTinBaoCao>"
)
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "TuChoi"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x><y><TrangThai>&b;</TrangThai></y></x>'
)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (json.dumps(REFUSED), (False, "TuChoi", "Sai kỳ")),
        (json.dumps({"GoiTinBaoCao": REFUSED}), (False, "TuChoi", "Sai kỳ")),
        (json.dumps({"TrangThaiBaoCao": {"TrangThai": "DaTiepNhan"}}), (True, "DaTiepNhan", "")),
        (XML.format("TraLai"), (False, "TraLai", "Sai kỳ")),
        (XML.format("DaNhan"), (True, "DaNhan", "")),
        (XML.format("ChuaBiet"), None),
        (BOMB, None),
        ("", None),
        ("[]", None),
        ("<", None),
        ("{", None),
        ("[" * 5000, None),
        ("<a>" * 5000, None),
        ("null", None),
        (json.dumps({"TrangThaiBaoCao": [1, None, {"TrangThai": {"TuChoi": 1}}]}), None),
    ],
)
def test_a_receivers_states_are_read(body: str, said: tuple[bool, str, str] | None) -> None:
    found = answer.read_answer(body.encode(), NAMES)
    assert (None if found is None else (found.accepted, found.state, found.reason)) == said


@pytest.fixture
def export(pool: Pool, appender: PostgresAppender) -> Export:
    return Export(pool, appender)


@pytest.mark.parametrize(
    ("name", "state", "ends"),
    [("qcvn125-xml", "TuChoi", "dead"), ("qcvn125-xml", "DaNhan", "delivered"), ("qcvn125-json", "", "delivered")],
)
def test_a_refusal_in_an_answer_of_200_is_put_aside_with_its_reason(
    name: str, state: str, ends: str, export: Export
) -> None:
    body = XML.format(state).encode() if state else b""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    with receiving(answering(head + body)) as port:
        bo = Running(url=f"http://127.0.0.1:{port}/api", secret=signing.new_secret(), sender="lang-son")
        export.add(bo, mapping=name, kinds=("release",), id="bo")
        export.take_in(released(a_dataset()))
        export.push_all()
    delivery = export.only()
    assert delivery.state == ends, delivery.attempts
    if ends == "dead":
        assert (delivery.reason, delivery.attempts[0].detail) == ("packet_refused", "Sai kỳ")
