"""The first page of a package, Vietnamese first. Pure."""

from __future__ import annotations

from lienthong.programmes import Plan

_TEXT = """# Bộ quy tắc kế hoạch {plan}, phiên bản {version}

{title_vi}
*{title_en}*

Gói này có mọi thứ để đơn vị xây dựng phần mềm gửi báo cáo và tự kiểm tra trước khi gửi, không cần kết nối.
*Everything that is needed to build reports and to check them before they are sent, offline.*

| Tệp · File | Nội dung · What it is |
|---|---|
| `docs/forms/` | trang của từng biểu mẫu: số liệu, cách tính, chế độ báo cáo, hạn · *a page for each form* |
| `schemas/forms/` | JSON Schema của biểu mẫu, cả phiên bản cũ còn được nhận · *JSON Schemas, older ones too* |
| `schemas/events/` | phần vỏ của sự kiện (CloudEvents) và việc rút báo cáo · *the envelope, and taking a report back* |
| `schemas/examples/` | báo cáo đúng; báo cáo sai kèm lỗi phải nhận · *good reports; faulty ones with their faults* |
| `rules.json` | phép kiểm tra giữa các số liệu · *checks between figures* |
| `deadlines.csv` | các kỳ, ngày chốt số liệu, ngày cuối còn đúng hạn · *rounds, close of data, last day in time* |
| `units.json` | mã và dân số các đơn vị của tỉnh khi lập gói · *codes and populations of the province's units then* |
| `plan.json` | toàn văn định nghĩa kế hoạch · *the plan's whole definition* |
| `package.json` | mã băm của từng tệp · *the hash of each file* |

## Biểu mẫu · Forms

{forms}

## Tự kiểm tra · Check on your own machine

```
lienthong check bao-cao.json --package {file}
lienthong check bao-cao.ndjson --package {file} --json
```

Lệnh dùng chính các hàm mà hệ thống dùng khi tiếp nhận, nêu mọi lỗi cùng lúc bằng hai ngôn ngữ; mã thoát 1 khi có lỗi.
Quyền gửi, kỳ đã mở hay chưa, lần báo cáo đã gửi trước và đúng hạn hay không thì chỉ hệ thống biết: gửi thử với
`POST /v1/events?dryRun=true`.
*The very functions that the hub accepts by; every fault at once in both languages; exit code 1 when there is one.
Rights, whether a round is open, earlier revisions and lateness only the hub knows: try
`POST /v1/events?dryRun=true`.*

Số nguyên và số thập phân viết theo JSON (`1234.5`), chưa có số liệu thì ghi `null`, không ghi 0.
*Numbers as JSON writes them; `null` where a figure is not reported, never 0.*
"""


def readme(plan: Plan) -> str:
    """README.md of the package of a plan version."""
    rows = ["| Biểu mẫu · Form | Phiên bản · Version | Đơn vị báo cáo · Reported by |", "|---|---|---|"]
    for form in plan.forms:
        label = plan.reporters[form.reporters].label
        rows.append(f"| [{form.code}](docs/forms/{form.code}.md) | {form.version} | {label.vi} · *{label.en}* |")
    return _TEXT.format(
        plan=plan.code,
        version=plan.version,
        title_vi=plan.title.vi,
        title_en=plan.title.en,
        forms="\n".join(rows),
        file=file_name(plan.code, plan.version),
    )


def file_name(plan: str, version: int) -> str:
    """What the package is called: `P119-LS-1.zip`."""
    return f"{plan}-{version}.zip"
