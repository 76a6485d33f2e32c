"""The platform's page: what arrived, for people to look at. Vietnamese first. Pure; everything is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from typing import Any

import orjson

from lienthong.calendar import VIETNAM
from lienthong.contents import KINDS
from lienthong.indicators.verdicts import ASSESSMENTS

_TYPES = {
    "release.published": "Số liệu phát hành",
    "release.withdrawn": "Thu hồi số liệu",
    "content.published": "Sản phẩm truyền thông",
    "content.withdrawn": "Thu hồi sản phẩm",
}
_STATES = {
    "reported": "",
    "zero": "bằng 0",
    "status": "",
    "missing": "chưa báo cáo",
    "withdrawn": "đã rút",
    "returned": "bị trả lại",
}

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:72rem;padding:1rem;color:#1b1b1b}
h1{font-size:1.4rem;margin:.2rem 0}h2{font-size:1.1rem;margin:1.4rem 0 .4rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #ddd;
vertical-align:top}th{background:#f3f5f7}td.n{text-align:right;font-variant-numeric:tabular-nums}
.mau{background:#fff3cd;border:1px solid #b58900;padding:.1rem .5rem;border-radius:.3rem;font-size:.85rem}
.thu-hoi{color:#a40000}.nho{color:#555;font-size:.85rem}code{overflow-wrap:anywhere}
.cuon{overflow-x:auto}a{color:#0b57a4}
"""


def listing(arrived: Iterable[Mapping[str, Any]], counts: Mapping[str, int], fault: str) -> str:
    """The first page: the last messages, newest first."""
    rows = "".join(_row(message) for message in arrived)
    total = ", ".join(f"{_TYPES[name].lower()}: {number}" for name, number in counts.items())
    trial = "" if fault == "none" else f'<p class="mau">Đang thử lỗi: {escape(fault)}</p>'
    table = (
        '<div class="cuon"><table><thead><tr><th scope="col">Nhận lúc</th><th scope="col">Loại</th>'
        '<th scope="col">Nội dung</th><th scope="col">Phiên bản</th><th scope="col">Bên gửi</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        if rows
        else "<p>Chưa nhận được thông điệp nào.</p>"
    )
    return _page(
        "Nền tảng tiếp nhận (bản chạy thử)",
        f'<p class="nho">Không phải nền tảng quốc gia. Đã nhận {escape(total) or "0 thông điệp"}.</p>{trial}{table}',
    )


def message(row: Mapping[str, Any]) -> str:
    """One message with its content as tables."""
    document = orjson.loads(row["body"])
    data = document["data"]
    body = {"release.published": _release, "content.published": _content}.get(row["type"], _tombstone)(data)
    facts = _pairs(
        [
            ("Đối tượng", f"{row['id']}, phiên bản {row['version']}"),
            ("Bên gửi", row["sender"]),
            ("Nhận lúc", _moment(row["received_at"])),
            ("Mã băm", row["digest"]),
        ]
    )
    return _page(_TYPES[row["type"]], f'<p><a href="/">← Danh sách</a></p>{_sample(document)}{facts}{body}')


def _row(row: Mapping[str, Any]) -> str:
    withdrawn = ' class="thu-hoi"' if row["type"].endswith(".withdrawn") else ""
    return (
        f"<tr{withdrawn}><td>{_moment(row['received_at'])}</td><td>{_TYPES[row['type']]}</td>"
        f'<td><a href="/xem/{row["number"]}">{escape(row["title"])}</a> {_sample(row)}'
        f'<br><span class="nho">{escape(row["id"])}</span></td>'
        f'<td class="n">{row["version"]}</td><td>{escape(row["sender"])}</td></tr>'
    )


def _release(data: Mapping[str, Any]) -> str:
    issuer = data["issuer"]
    facts = _pairs(
        [
            ("Kế hoạch", data["plan"]["title"]["vi"]),
            ("Kỳ báo cáo", data["period"]["code"]),
            ("Đơn vị phát hành", issuer["name"] or issuer["code"]),
            ("Thay thế", data["supersedes"] or "không"),
        ]
    )
    done = _table(
        ("Biểu mẫu", "Số báo cáo phải nộp", "Đã nộp", "Quá hạn"),
        [(row["form"], row["obliged"], row["reported"], row["late"]) for row in data["completeness"]],
    )
    return (
        f"{facts}<h2>Mức độ đầy đủ</h2>{done}<h2>Chỉ tiêu</h2>{_indicators(data)}<h2>Số liệu</h2>{_figures(data)}"
        f"<h2>Theo đơn vị</h2>{_observations(data)}"
    )


def _indicators(data: Mapping[str, Any]) -> str:
    return _table(
        ("Chỉ tiêu", "Giá trị", "Đơn vị tính", "Cách tính", "Đánh giá"),
        [
            (
                f"{row['code']} {row['title']['vi']}",
                _value(row),
                row["measure"]["vi"],
                row["arithmetic"] or "–",
                ASSESSMENTS[row["assessment"]].vi,
            )
            for row in data["indicators"]
        ],
    )


def _figures(data: Mapping[str, Any]) -> str:
    return _table(
        ("Số liệu", "Tổng", "Đơn vị tính", "Số đơn vị có số liệu"),
        [
            (
                row["label"]["vi"],
                _number(row["sum"]),
                row["measure"]["vi"],
                f"{row['given']}/{row['obliged']}",
            )
            for row in data["figures"]
        ],
    )


def _observations(data: Mapping[str, Any]) -> str:
    if data.get("unitValues") == "withheld":
        return "<p>Số liệu của từng đơn vị không chuyển sang nền tảng truyền thông.</p>"
    names = {unit["code"]: unit["name"] or unit["code"] for unit in data["units"]}
    labels = {figure["code"]: figure["label"]["vi"] for figure in data["figures"]}
    return _table(
        ("Đơn vị", "Số liệu", "Giá trị", "Tình trạng"),
        [
            (
                names.get(row["unit"], row["unit"]),
                labels.get(row["figure"], row["figure"]),
                _number(row["value"]) if row["state"] != "status" else str(row["value"]),
                _STATES[row["state"]],
            )
            for row in data["observations"]
        ],
    )


def _content(data: Mapping[str, Any]) -> str:
    publisher = data["publisher"]
    link = f'<a href="{escape(data["url"])}" rel="noopener noreferrer nofollow">{escape(data["url"])}</a>'
    return (
        _pairs(
            [
                ("Loại", KINDS[data["kind"]].vi),
                ("Tiêu đề", data["title"]),
                ("Tóm tắt", data.get("summary", "")),
                ("Đơn vị xuất bản", publisher.get("name") or publisher["unit"]),
                ("Chương trình", ", ".join(data["programmes"])),
                ("Ngôn ngữ", data["language"]),
                ("Giấy phép", data["licence"]),
                ("Đăng lúc", _moment(data["publishedAt"])),
            ]
        )
        + f"<p>Liên kết: {link}</p>"
    )


def _tombstone(data: Mapping[str, Any]) -> str:
    return _pairs([("Thu hồi lúc", _moment(data["withdrawnAt"])), ("Lý do", data["reason"] or "không nêu")])


def _value(indicator: Mapping[str, Any]) -> str:
    """The number; a status is told by its label under “Cách tính”, its code is for machines."""
    return _number(indicator["value"])


def _number(text: str | None) -> str:
    """`1234567.5` as `1.234.567,5`; a dash for what is not there."""
    if text is None:
        return "–"
    whole, _, decimals = text.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    grouped = f"{int(digits):,}".replace(",", ".") if digits.isdigit() else digits
    return sign + grouped + (f",{decimals}" if decimals else "")


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(VIETNAM).strftime("%H:%M:%S %d/%m/%Y")


def _sample(document: Mapping[str, Any]) -> str:
    return '<span class="mau">dữ liệu mẫu</span>' if document["sample"] else ""


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in pairs)
    return f"<table>{rows}</table>"


def _table(names: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="cuon"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style>'
        "</head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>"
    )
