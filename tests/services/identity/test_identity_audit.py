"""The audit log: nothing is changed, nothing is lost from the middle, nobody sees another province's."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from lienthong.access import audit
from lienthong.access.principals import Principal
from lienthong.postgres.pool import Connection, Pool


@pytest.fixture
def ingest(database: str) -> Iterator[Pool]:
    with Pool(database, role="lienthong_ingest", max_size=8) as opened:
        yield opened


def write(pool: Pool, count: int = 5, province: str = "20") -> None:
    with pool.transaction() as tx:
        for n in range(count):
            audit.record(
                tx,
                "cli:test",
                "round.extended",
                f"P119-LS.{n}",
                {"lý do": 'mưa lũ "lớn"\n\t\x01'},
                address="192.0.2.7" if n % 2 else None,
                province=province,
            )


OPERATOR = Principal(
    client_id="dh-20",
    name="Điều hành",
    province="20",
    units=frozenset({"*"}),
    sources=frozenset(),
    scopes=frozenset(),
    role="province",
)


def test_an_act_says_who_did_what_to_which_thing_from_where(ingest: Pool) -> None:
    with ingest.transaction() as tx:
        audit.record(tx, OPERATOR, "round.locked", "P119-LS.2026", {"reason": "hết hạn"}, address="192.0.2.7")
    with ingest.connection() as conn:
        (entry,) = audit.read(conn, "20")
    assert (entry.seq, entry.actor, entry.act, entry.subject, entry.address) == (
        1,
        "client:dh-20",
        "round.locked",
        "P119-LS.2026",
        "192.0.2.7",
    )
    assert entry.details == {"reason": "hết hạn"}


def test_acts_are_found_by_actor_noun_subject_and_time_within_a_province(ingest: Pool) -> None:
    write(ingest)
    write(ingest, province="33")
    with ingest.transaction() as tx:
        audit.record(tx, OPERATOR, "client.added", "x")
        audit.record(tx, OPERATOR, "clients_listed", "x")
    with ingest.connection() as conn:
        everything = audit.read(conn, "20")
        assert [e.seq for e in everything] == [7, 6, 5, 4, 3, 2, 1]
        assert [e.seq for e in audit.read(conn, "20", actor="client:dh-20")] == [7, 6]
        assert [e.seq for e in audit.read(conn, "20", act="client")] == [6]
        assert [e.seq for e in audit.read(conn, "20", subject="P119-LS.3")] == [4]
        assert [e.seq for e in audit.read(conn, "20", before=3, limit=1)] == [2]
        first = everything[-1].at
        assert audit.read(conn, "20", until=first) == []
        assert len(audit.read(conn, "20", since=first, until=first + timedelta(hours=1))) == 7
        assert {e.province for e in audit.read(conn, "33")} == {"33"}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ingest.audit SET actor = 'client:other'",
        "DELETE FROM ingest.audit",
        "TRUNCATE ingest.audit",
        "UPDATE ingest.audit_heads SET seq = 0",
        "ALTER TABLE ingest.audit DISABLE TRIGGER ALL",
    ],
)
def test_the_service_can_not_change_what_was_recorded(ingest: Pool, change: str) -> None:
    write(ingest)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), psycopg.connect(ingest.conninfo) as conn:
        conn.execute(change)


@pytest.mark.parametrize(
    "change", ["UPDATE ingest.audit SET actor = 'client:other'", "DELETE FROM ingest.audit", "TRUNCATE ingest.audit"]
)
def test_not_even_the_owner_changes_it_by_mistake(conn: Connection, ingest: Pool, change: str) -> None:
    write(ingest)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(change)


def test_number_time_and_link_are_given_by_the_database_whatever_the_service_says(ingest: Pool) -> None:
    write(ingest, 1)
    with ingest.connection() as conn:
        conn.execute("INSERT INTO ingest.audit VALUES ('20', 99, '2020-01-01', 'a', 'b', 'c', '{}', NULL, '\\x00')")
        assert [e.seq for e in audit.read(conn, "20")] == [2, 1]
        assert audit.read(conn, "20")[0].at.year > 2020
        assert audit.first_broken(conn, "20") is None


TAMPERING = {
    "an actor changed": ("UPDATE ingest.audit SET actor = 'client:other' WHERE seq = 3", 3),
    "details changed": ("UPDATE ingest.audit SET details = '{}' WHERE seq = 2", 2),
    "an address removed": ("UPDATE ingest.audit SET address = NULL WHERE seq = 4", 4),
    "a time changed": ("UPDATE ingest.audit SET at = at - interval '1 microsecond' WHERE seq = 5", 5),
    "an entry removed": ("DELETE FROM ingest.audit WHERE seq = 2", 2),
    "the end removed": ("DELETE FROM ingest.audit WHERE seq = 5", 5),
    "everything removed": ("DELETE FROM ingest.audit", 1),
}


@pytest.mark.parametrize(("change", "seq"), TAMPERING.values(), ids=TAMPERING.keys())
def test_tampering_around_the_triggers_is_found(conn: Connection, ingest: Pool, change: str, seq: int) -> None:
    write(ingest)
    assert audit.first_broken(conn, "20") is None
    conn.execute("SET session_replication_role = replica")  # what an administrator could do
    conn.execute(change.encode())
    assert audit.first_broken(conn, "20") == seq


def test_the_chain_holds_for_every_character_that_text_may_have(ingest: Pool) -> None:
    awkward = "".join(map(chr, [*range(1, 0x300), 0x2028, 0x2029, 0xFEFF, 0x1F600])) + 'x"\\/</script>'
    with ingest.transaction() as tx:
        audit.record(tx, awkward, "round.locked", awkward, {awkward: awkward}, address=awkward, province="20")
    with ingest.connection() as conn:
        assert audit.first_broken(conn, "20") is None
        assert audit.read(conn, "20")[0].details == {awkward: awkward}


def test_writers_at_the_same_time_leave_one_unbroken_chain(ingest: Pool) -> None:
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda n: write(ingest, 4, province=("20", "33")[n % 2]), range(24)))
    with ingest.connection() as conn:
        for province in ("20", "33"):
            assert [e.seq for e in audit.read(conn, province)] == list(range(48, 0, -1))
            assert audit.first_broken(conn, province) is None


def test_an_act_that_is_rolled_back_leaves_no_entry_and_no_hole(ingest: Pool) -> None:
    write(ingest, 1)
    with pytest.raises(RuntimeError), ingest.transaction() as tx:
        audit.record(tx, OPERATOR, "round.locked", "x")
        raise RuntimeError
    write(ingest, 1)
    with ingest.connection() as conn:
        assert [e.seq for e in audit.read(conn, "20")] == [2, 1]


@pytest.mark.parametrize(
    "details", [{"client_secret": "x"}, {"a": {"Authorization": "x"}}, {"a": [{"private_key": 1}]}, {"x": "y" * 9_000}]
)
def test_secrets_and_essays_are_kept_out(ingest: Pool, details: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"secrets|longer"), ingest.transaction() as tx:
        audit.record(tx, OPERATOR, "x.y", "z", details)


def test_other_services_record_through_a_function_and_read_nothing(database: str, ingest: Pool) -> None:
    with Pool(database, role="lienthong_export", max_size=1) as export, export.connection() as conn:
        conn.execute("SELECT identity.record_act('20', 'client:dh-20', 'delivery.retried', 'd1', '{}', NULL)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), psycopg.connect(export.conninfo) as direct:
            direct.execute("SELECT * FROM ingest.audit")
    with ingest.connection() as conn:
        assert audit.read(conn, "20")[0].act == "delivery.retried"
        assert audit.first_broken(conn, "20") is None
