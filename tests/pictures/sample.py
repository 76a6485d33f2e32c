"""The demonstration's year, and what its script leaves out: people who log in, directives, material, contacts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from lienthong.client import difficulty, directive, material
from lienthong.eventlog.postgres import PostgresEventLog
from services.demo import scenario, script
from services.demo.operating import wait_until
from services.demo.people import client_of
from services.demo.scenario import Happening, Year
from services.demo.starting import Announce, running
from services.identity.people.person import Bound
from tests.builders.console import DRAFTER, MINISTRY, OPERATOR, PEOPLE, REPORTER, people
from tests.builders.october import MORNING
from tests.pictures.roster import COMMUNE, OWING, PLAN

PORT, PLATFORM_PORT = 18_480, 18_490  # pages show them
STAFF = {name: PEOPLE[name] for name in (DRAFTER, REPORTER, OPERATOR, MINISTRY)} | {
    OWING: ("Vi Thị Chi", Bound(role="reporter", province="20", units=("06463",)))
}
_DIRECTIVES: tuple[dict[str, Any], ...] = (
    {
        "directive": "2026.12-ct-ubnd",
        "number": "12/CT-UBND",
        "title": "Chỉ thị về việc tăng cường thông tin, tuyên truyền về năng lượng nguyên tử trên địa bàn phường",
        "issued": "2026-09-10",
        "posted": [{"place": "site", "day": "2026-09-11", "url": "https://dongkinh.langson.example/12"}],
        "shared": [{"channel": "zalo", "day": "2026-09-12"}],
    },
    {
        "directive": "2026.21-kh-ubnd",
        "number": "21/KH-UBND",
        "title": "Kế hoạch truyền thông về ứng dụng bức xạ trong y tế năm 2026",
        "issued": "2026-09-18",
        "posted": [{"place": "site", "day": "2026-09-18", "url": "https://dongkinh.langson.example/21"}],
        "shared": [{"channel": "zalo", "day": "2026-09-19"}],
    },
    {
        "directive": "2026.48-ubnd-vx",
        "number": "48/UBND-VX",
        "title": "Về việc rà soát đội ngũ cộng tác viên truyền thông",
        "issued": "2026-10-02",
        "posted": [{"place": "site", "day": "2026-10-02", "url": "https://dongkinh.langson.example/48"}],
    },
)
_MATERIALS: tuple[dict[str, Any], ...] = (
    {
        "material": "so-tay-an-toan",
        "kind": "handbook",
        "title": "Sổ tay hỏi đáp về an toàn bức xạ cho cán bộ cơ sở",
        "subject": "An toàn bức xạ",
        "summary": "Hai mươi câu hỏi thường gặp.",
        "link": "https://dongkinh.langson.example/so-tay.pdf",
        "visibleTo": ["05986", "05983"],
    },
    {
        "material": "so-lieu-khao-sat",
        "kind": "data",
        "title": "Kết quả khảo sát nhận thức của người dân về điện hạt nhân năm 2026",
        "subject": "Điện hạt nhân",
        "summary": "Số liệu theo khối phố, chưa có thông tin cá nhân.",
        "link": "https://dongkinh.langson.example/khao-sat.xlsx",
    },
)
_DIFFICULTIES: tuple[dict[str, Any], ...] = (
    {
        "title": "Thiếu kinh phí biên soạn tài liệu song ngữ",
        "text": "Kinh phí được giao năm 2026 mới đủ in tài liệu tiếng Việt; tài liệu tiếng Tày, Nùng chưa có nguồn.",
        "proposal": "Đề nghị bổ sung kinh phí biên soạn.",
    },
    {
        "title": "Khối phố vùng ven chưa có sóng di động",
        "text": "Hai khối phố vùng ven chưa có sóng di động ổn định, người dân không xem được tin, bài trực tuyến.",
        "proposal": "Đề nghị nhà mạng bổ sung trạm phát sóng.",
    },
    {
        "title": "Cán bộ phụ trách kiêm nhiệm",
        "text": "Một công chức văn hóa – xã hội phụ trách nhiều lĩnh vực, chưa được tập huấn.",
        "proposal": "Đề nghị Sở Khoa học và Công nghệ mở lớp tập huấn.",
    },
)
_CONTACTS = ("05977", "05983", "05986", "06001", "06004", "20.SKHCN")
"""Who has told how to be reminded."""


@contextmanager
def a_year(tell: Announce) -> Iterator[Year]:
    """A fresh sample hub where nothing has happened yet; everybody of STAFF can log in."""
    with tempfile.TemporaryDirectory(prefix="lienthong-pictures-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # the server may run as another user, who has to pass through
        with running(folder / "hub", tell, start=script.START, port=PORT, platform_port=PLATFORM_PORT) as site:
            year, http = scenario.begin(site, lambda _: None)
            with http:
                people(site.conninfo, STAFF)
                yield year


class Passing:
    """The year as it passes, from one instant of interest to the next."""

    def __init__(self, year: Year, tell: Announce) -> None:
        self._year, self._tell = year, tell
        self._left: list[Happening] = year.steps()

    def to(self, instant: datetime) -> None:
        """Everything before the instant happens, and the workers have done with it."""
        while self._left and self._left[0].at < instant:
            step = self._left.pop(0)
            self._tell(f"{step.at:%d/%m}  {step.title}")
            self._year.run(step)
        if instant == MORNING:
            self._year.site.set_clock(instant)
            _prepare(self._year)
        with self._year.site.pool("aggregate") as pool:
            log = PostgresEventLog(pool)
            wait_until(lambda: not any(lag.events for lag in log.lag("aggregate").values()), "all is aggregated")


def _prepare(year: Year) -> None:
    """What a ward enters in the register of directives, shares with others, complains of; who is reminded where."""
    ward = year.people.account(client_of(COMMUNE))
    for said in _DIRECTIVES:
        issued = {**said, "issuer": "UBND phường Đông Kinh", "programmes": ["P119"]}
        ward.submit(ward.event(directive(unit=COMMUNE, **issued), id=said["directive"]))
    for said in _MATERIALS:
        ward.submit(ward.event(material(unit=COMMUNE, **said, programmes=["P119"]), id=said["material"]))
    for number, said in enumerate(_DIFFICULTIES):
        ward.submit(ward.event(difficulty(unit=COMMUNE, plan=PLAN, **said), id=f"kho-khan-{number}"))
    for unit in _CONTACTS:
        year.site.set_contact(unit, f"vanthu.{unit.lower()}@mau.example.vn")
