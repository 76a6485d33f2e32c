"""The year 2026 step by step: the hub's clock is set, and everybody does what the script says.

The demonstration shows it, the acceptance test asserts on it: both run these very functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import httpx

from services.demo import mistakes, plausible, script, supplying, tasks
from services.demo.book import Book
from services.demo.casting import Cast, deal
from services.demo.difficulties import Difficulties, raised_in_2026
from services.demo.operating import Operating, Pulled
from services.demo.people import PROVINCES, Participants, register
from services.demo.portal import Portal
from services.demo.reporting import THREADS, Reporting
from services.demo.road import Road
from services.demo.script import Episode
from services.demo.sender import connect
from services.demo.site import Site
from services.demo.supplying import Supplying
from services.demo.tasks import Tasks
from services.demo.urging import Urging

Act = Callable[[], object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """Something that happens at an instant of the hub's clock."""

    at: datetime
    title: str
    act: Act


@dataclass(slots=True)
class Year:
    """Everything of one run. Made by `begin`; `steps` are run in order by the caller."""

    site: Site
    people: Participants
    book: Book
    reporting: Reporting
    operating: Operating
    road: Road
    portal: Portal
    urging: Urging
    difficulties: Difficulties
    supplying: Supplying
    tasks: Tasks
    pulled: Pulled | None = None
    casts: dict[str, Cast] = field(default_factory=dict)

    def steps(self) -> list[Happening]:
        """All steps in the order of their instants."""
        return sorted(self._steps(), key=lambda step: step.at)

    def run(self, step: Happening) -> None:
        """Set the clock and act."""
        self.site.set_clock(step.at)
        step.act()

    def cast(self, episode: Episode) -> Cast:
        """Who plays which part in a round."""
        if episode.round not in self.casts:
            communes = self.people.communes.get(episode.province, ())
            self.casts[episode.round] = deal(episode, communes, self.reporting.rules.seed)
        return self.casts[episode.round]

    def _steps(self) -> Iterator[Happening]:
        for episode in script.EPISODES:
            yield from self._episode(episode)
        first, parts = script.FIRST_HALF, self.cast(script.FIRST_HALF)
        granted, until, number = script.EXTENSION
        yield Happening(
            at=granted,
            title=f"Gia hạn {first.round} cho một xã, theo văn bản {number}",
            act=_act_for_each(parts.extended, lambda unit: self.operating.extend(first.round, unit, until, number)),
        )
        yield Happening(
            at=script.CORRECTION_AFTER_RELEASE,
            title=f"Đính chính {first.round} sau khi đã phát hành",
            act=partial(self._correct, first, parts.later, script.CORRECTION_AFTER_RELEASE),
        )
        yield Happening(
            at=script.SECOND_RELEASE, title=f"Phát hành {first.round} lần 2", act=lambda: self.operating.sign(first)
        )
        yield Happening(at=script.LOCK, title=f"Khóa {first.round}", act=lambda: self.operating.lock(first.round))
        yield from self._autumn()
        yield from self._duties()
        yield Happening(
            at=script.MINISTRY_READS, title="Bộ đọc bản tin phát hành, tải số liệu, tổng hợp cả nước", act=self._pull
        )

    def _autumn(self) -> Iterator[Happening]:
        """What belongs to P119 alone: mistakes, a difficulty, a withdrawal, content, an ad-hoc round."""
        episode = script.NUCLEAR_COMMUNICATION
        parts = self.cast(episode)
        yield Happening(
            at=script.MISTAKES, title="Gửi thử các trường hợp sai: hệ thống từ chối, nêu rõ lý do", act=self._mistakes
        )
        yield Happening(
            at=script.ROAD,
            title="Sở trả lại một báo cáo, xã sửa; giải trình, không phát sinh; khó khăn được trả lời",
            act=self._walk,
        )
        yield Happening(
            at=script.URGING,
            title="Đôn đốc một xã chưa báo cáo: thư vào hộp thư của xã",
            act=lambda: self.urging.walk(episode.round, min(parts.missing)),
        )
        yield Happening(
            at=script.WITHDRAWAL,
            title=f"Rút một báo cáo {episode.round}",
            act=_act_for_each(parts.withdrawn, lambda unit: self.reporting.withdraw(episode.round, unit)),
        )
        yield Happening(
            at=script.REINSTATEMENT,
            title="Gửi lại báo cáo đã rút",
            act=_act_for_each(
                parts.withdrawn, lambda unit: self.reporting.reinstate(episode.round, unit, script.REINSTATEMENT.date())
            ),
        )
        yield Happening(
            at=script.CONTENT,
            title="Ba sản phẩm truyền thông: duyệt và chuyển, chờ duyệt, duyệt rồi rút",
            act=self.operating.publish_items,
        )
        yield Happening(
            at=script.PORTAL,
            title="Đọc cổng thông tin, duyệt, chuyển lên nền tảng; sản phẩm của Bộ về cổng",
            act=self.portal.walk,
        )
        yield Happening(
            at=script.PASSING_ON,
            title=f"Sở Khoa học và Công nghệ chuyển các báo cáo {episode.round}",
            act=partial(self.operating.pass_on, episode.round),
        )

    def _duties(self) -> Iterator[Happening]:
        """What is no report: difficulties along every route, what systems supply, tasks."""
        for raised in raised_in_2026():
            yield Happening(
                at=raised.at,
                title=f"{raised.plan}: khó khăn, vướng mắc được chuyển, trả lời",
                act=partial(self.difficulties.walk, raised),
            )
        yield Happening(
            at=script.SUPPLIED,
            title=f"Ba hệ thống cung cấp số liệu cho {self.people.names[supplying.UNIT]}",
            act=partial(self.supplying.supply, script.NUCLEAR_STRATEGY.round, script.SUPPLIED.date()),
        )
        yield Happening(
            at=script.PLAN_ADDED, title=f"Tỉnh đưa thêm kế hoạch {tasks.ADDED} vào hệ thống", act=self.tasks.add_plan
        )
        yield Happening(at=script.TASKS, title="Các đơn vị chủ trì báo cáo nhiệm vụ", act=self.tasks.report)

    def _episode(self, episode: Episode) -> Iterator[Happening]:
        """The steps that every round has."""
        parts, round_ = self.cast(episode), episode.round
        if episode.opens_at is not None:
            yield Happening(
                at=episode.opens_at, title=f"Mở kỳ đột xuất {round_}", act=partial(self.operating.ask, episode)
            )
        yield Happening(
            at=episode.reports_at,
            title=f"{round_}: các đơn vị tra cứu nghĩa vụ báo cáo, gửi báo cáo",
            act=partial(self._report, episode),
        )
        if episode.corrects_at is not None:
            yield Happening(
                at=episode.corrects_at,
                title=f"{round_}: đính chính",
                act=partial(self._correct, episode, parts.corrected, episode.corrects_at),
            )
        if episode.late_at is not None:
            yield Happening(
                at=episode.late_at, title=f"{round_}: báo cáo quá hạn", act=partial(self._report_late, episode)
            )
        if episode.signs_at is not None:
            yield Happening(
                at=episode.signs_at,
                title=f"Ký phát hành {round_}, chuyển lên nền tảng",
                act=partial(self._sign, episode),
            )

    def _report(self, episode: Episode) -> None:
        if episode is script.NUCLEAR_STRATEGY:
            self.supplying.confirm(episode.round, episode.reports_at.date())
        chosen = episode.units_asked or self.people.units(episode.province)
        owed = self.reporting.ask(episode.round, chosen)
        absent = self.cast(episode).absent
        self.reporting.report(
            episode.round,
            {unit: forms for unit, forms in owed.items() if unit not in absent},
            episode.reports_at.date(),
        )

    def _report_late(self, episode: Episode) -> None:
        assert episode.late_at is not None
        parts = self.cast(episode)
        owed = self.reporting.ask(episode.round, sorted(parts.late | parts.extended))
        sending = {unit: forms for unit, forms in owed.items() if unit in parts.late | parts.extended}
        self.reporting.report(episode.round, sending, episode.late_at.date(), late=lambda unit: unit in parts.late)

    def _correct(self, episode: Episode, units: tuple[str, ...], at: datetime) -> None:
        for unit in units:
            self.reporting.correct(episode.round, unit, at.date())

    def _sign(self, episode: Episode) -> None:
        if episode is script.FIRST_HALF:
            self.site.break_platform_once()
        self.operating.sign(episode)

    def _mistakes(self) -> None:
        """By a commune that reported in every round so far, about itself and a neighbour."""
        taken = self.cast(script.FIRST_HALF).everybody | self.cast(script.NUCLEAR_COMMUNICATION).everybody
        unit, other, *rest = [code for code in self.people.communes["20"] if code not in taken]
        mistakes.make(self.reporting, unit, other)
        self.road.difficulty = self.operating.raise_difficulty(unit, script.DIFFICULTY_TEXT)
        self.road.units = tuple(rest[:3])

    def _walk(self) -> None:
        self.road.walk(script.NUCLEAR_COMMUNICATION.round, mistakes.FORM, script.ROAD.date())

    def _pull(self) -> None:
        self.pulled = self.operating.pull(self.site.folder / "bo")


def _act_for_each(units: Iterable[str], act: Callable[[str], None]) -> Act:
    """The act for one unit after another."""

    def all_of_them() -> None:
        for unit in units:
            act(unit)

    return all_of_them


def begin(site: Site, counted: Callable[[int], None]) -> tuple[Year, httpx.Client]:
    """Register everybody and make the platform a destination of each province. The client: to be closed."""
    http = connect(site.address, connections=THREADS + 2)
    site.bring_in(script.COMMUNE_OFFICE)
    people = register(site, http, script.START.date())
    for province in ("19", *PROVINCES):
        site.add_platform(province)
    book = Book()
    reporting = Reporting(people=people, book=book, rules=plausible.rules(), counted=counted)
    operating = Operating(people=people, book=book)
    return Year(
        site=site,
        people=people,
        book=book,
        reporting=reporting,
        operating=operating,
        road=Road(people=people, reporting=reporting),
        portal=Portal(people=people, site=site, operating=operating),
        urging=Urging(people=people, site=site),
        difficulties=Difficulties(people=people, operating=operating),
        supplying=Supplying(people=people, reporting=reporting),
        tasks=Tasks(people=people, book=book),
    ), http
