"""Who asks: a client or a person, with what it may do and for whom. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from lienthong.access.roles import ALL_UNITS, Binding
from lienthong.errors import Message, Problem, Rejected
from lienthong.events import NATION
from lienthong.refusals import problem

PERSON = "person:"  # what the id of a person begins with where a client's could stand; no client id has a colon


_ACTING = frozenset({"report:submit", "content:submit"})  # scopes by which somebody speaks for a unit


SCOPES: Mapping[str, Message] = {
    "report:submit": Message(vi="gửi, điều chỉnh, rút báo cáo", en="submit, correct and withdraw reports"),
    "report:read": Message(vi="xem báo cáo của đơn vị mình", en="read the unit's own reports"),
    "report:review": Message(vi="trả lại, chuyển báo cáo", en="return reports and pass them on"),
    "content:submit": Message(vi="gửi sản phẩm truyền thông", en="submit content items"),
    "content:approve": Message(vi="duyệt sản phẩm truyền thông", en="approve content items"),
    "operate:rounds": Message(vi="mở, gia hạn, khóa kỳ báo cáo", en="open, extend and lock rounds"),
    "release:draft": Message(
        vi="trình bản phát hành, soạn đôn đốc, ghi nhận nhiệm vụ", en="draft releases and reminders, record tasks"
    ),
    "operate:releases": Message(vi="ký phát hành số liệu", en="sign releases"),
    "operate:plans": Message(vi="ban hành kế hoạch", en="publish plans"),
    "operate:units": Message(vi="cập nhật đơn vị, dân số", en="change units and populations"),
    "operate:clients": Message(vi="quản lý ứng dụng kết nối", en="manage clients"),
    "operate:people": Message(vi="quản lý người dùng", en="manage people"),
    "operate:deliveries": Message(vi="gửi lại lượt chuyển", en="retry deliveries"),
    "operate:facts": Message(vi="để riêng sự kiện không xử lý được", en="set facts aside that can't be applied"),
    "read:province": Message(vi="xem số liệu toàn tỉnh", en="read everything of the province"),
    "read:national": Message(vi="xem số liệu toàn hệ thống", en="read the live national figure"),
    "read:audit": Message(vi="xem nhật ký thao tác", en="read the audit log"),
    "feed:read": Message(vi="nhận dữ liệu đã phát hành", en="pull the feed of releases"),
}
"""Every scope there is, and what it allows."""


class Unauthenticated(Rejected):
    """Nobody knows who is calling: no token, or one that is not valid (401, with WWW-Authenticate)."""

    def __init__(self, reason: Problem, *, challenge: str = "") -> None:
        super().__init__([reason], status=401)
        self.headers: Mapping[str, str] = {"WWW-Authenticate": f'Bearer realm="lienthong"{challenge}'}


class Forbidden(Rejected):
    """The caller is known and may not do this (403)."""

    def __init__(self, reason: Problem, *, challenge: str = "") -> None:
        super().__init__([reason], status=403)
        self.headers: Mapping[str, str] = (
            {"WWW-Authenticate": f'Bearer realm="lienthong"{challenge}'} if challenge else {}
        )


def audit_name(client_id: str) -> str:
    """How the audit log names a client or person by its id."""
    return client_id if client_id.startswith(PERSON) else f"client:{client_id}"


def no_successors(_: str) -> Iterable[str]:
    """For callers that have no registry at hand: no unit passed its duty to another."""
    return ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """A client or a person as a request sees it.

    client_id: of a client its id, of a person `person:<id>`. province: two-digit code, or `VN` for the Ministry and the
    hub's own operator. sources: the CloudEvents sources it may use, exactly. role: of a client, one of those that it
    is registered with (`unit`, `province`, `ministry`, …); of a person, its one role here or `person`.

    A client holds all its scopes for all its units (`*` means every unit of its province). A person holds bindings,
    each with scopes and units of its own; its `scopes` are those of all together, its `units` those it speaks for. So
    ask `reach`, `holds` or the questions below, which keep them apart, rather than both fields.
    """

    client_id: str
    name: str
    province: str
    units: frozenset[str]
    sources: frozenset[str]
    scopes: frozenset[str]
    role: str
    bindings: tuple[Binding, ...] = ()

    @classmethod
    def of_person(cls, person: str, *, name: str, province: str, bindings: Iterable[Binding]) -> Principal:
        """A person acting in one province with its bindings there."""
        held = tuple(bindings)
        return cls(
            client_id=PERSON + person,
            name=name,
            province=province,
            units=_spoken_for(held),
            sources=frozenset({f"/{province}/people/{person}"} if any(_ACTING & b.scopes for b in held) else ()),
            scopes=frozenset().union(*(b.scopes for b in held)),
            role=_one_role(held),
            bindings=held,
        )

    @property
    def is_person(self) -> bool:
        return self.client_id.startswith(PERSON)

    @property
    def actor(self) -> str:
        """How the audit log names it."""
        return audit_name(self.client_id)

    def require(self, scope: str) -> None:
        """Raises Forbidden unless it holds the scope, for whichever units."""
        if scope not in self.scopes:
            raise _forbidden(scope)

    def narrowed(self, scopes: Iterable[str]) -> Principal:
        """The same for one act that needs these scopes: of a person, what the bindings that hold all of them give.

        Then every scope left is held for every unit left, as it is with a client. Raises Forbidden when none does.
        """
        wanted = frozenset(scopes)
        if not self.is_person or not wanted:
            return self
        held = tuple(b for b in self.bindings if wanted <= b.scopes)
        if not held:
            raise _forbidden(*sorted(wanted))
        return replace(
            self,
            bindings=held,
            scopes=frozenset.intersection(*(b.scopes for b in held)),
            units=frozenset() if any(b.whole for b in held) else frozenset().union(*(b.units for b in held)),
            role=_one_role(held),
        )

    def reach(self, scope: str) -> frozenset[str] | None:
        """The units for which it holds the scope: None for its whole province, empty for none."""
        if not self.is_person:
            whole = not self.units or ALL_UNITS in self.units
            return frozenset() if scope not in self.scopes else None if whole else self.units
        held = [b for b in self.bindings if scope in b.scopes]
        if any(b.whole for b in held):
            return None
        return frozenset().union(*(b.units for b in held))

    def holds(self, scope: str, unit: str, *, province: str) -> bool:
        """Whether it holds the scope for a unit of that province: to review for it, to draft, sign or operate what it
        issued. (To report for a unit is `may_act_for`: there, no units never means all.)
        """
        reach = self.reach(scope)
        return province == self.province and (reach is None or unit in reach)

    def has_say_over(self, scope: str, units: Iterable[str], *, province: str) -> bool:
        """Whether it holds the scope for whoever stands for these units, all of them: to manage a client, or to have it
        act. Who stands for none, or for all, is the province's; the hub's own operator has a say over everybody.
        """
        if self.province == NATION:
            return scope in self.scopes
        reach, named = self.reach(scope), frozenset(units)
        return province == self.province and (reach is None or (bool(named) and named <= reach))

    def may_use_source(self, uri: str) -> bool:
        """Exact comparison: a source below another one is another sender."""
        return uri in self.sources

    def may_act_for(
        self, unit: str, *, province: str, successors: Callable[[str], Iterable[str]] = no_successors
    ) -> bool:
        """Whether it may report for the unit.

        province: of the unit (for a report, the province of the plan). successors: every unit that the given
        one passed its duty to, directly or in steps: who acts for a successor acts for the dissolved unit.
        """
        units = _spoken_for(self.bindings) if self.is_person else self.units
        if unit in units or (ALL_UNITS in units and province == self.province):
            return True
        return not units.isdisjoint(successors(unit))

    def may_read_unit(
        self, unit: str, *, province: str, successors: Callable[[str], Iterable[str]] = no_successors
    ) -> bool:
        """A unit sees its own; a province sees its own; an operator bound to units sees theirs."""
        if self.holds("read:province", unit, province=province):
            return True
        own = self.may_act_for(unit, province=province, successors=successors)
        return own and "report:read" in self.scopes

    def may_read_province(self, province: str) -> bool:
        """Whether it sees everything of the province, not that of some units alone."""
        return province == self.province and self.reach("read:province") is None


def scope_missing(*scopes: str) -> Problem:
    """Says what may not be done, with the scopes that would allow it."""
    rights = [SCOPES[scope] for scope in scopes]
    right = Message(vi="; ".join(each.vi for each in rights), en="; ".join(each.en for each in rights))
    return problem("", "scope_missing", scope=" ".join(scopes), right=right)


def _forbidden(*scopes: str) -> Forbidden:
    challenge = f', error="insufficient_scope", scope="{" ".join(scopes)}"'
    return Forbidden(scope_missing(*scopes), challenge=challenge)


def _spoken_for(bindings: Iterable[Binding]) -> frozenset[str]:
    return frozenset().union(*(b.units for b in bindings if b.scopes & _ACTING))


def _one_role(bindings: Iterable[Binding]) -> str:
    roles = {b.role for b in bindings}
    return roles.pop() if len(roles) == 1 else "person"
