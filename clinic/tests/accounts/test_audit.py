"""The audit log: nothing is missing, nothing can change unseen, and looking at it is recorded."""

import asyncio
import logging

import pytest
from conftest import Clock
from fastapi import FastAPI
from people import add_staff, staff_browser
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from ampoule_clinic.accounts import audit, watch
from ampoule_clinic.accounts.audit import START, Audit
from ampoule_clinic.accounts.models import AuditEntry
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.db import DatabaseDown


async def record(clinic: Clinic, count: int = 1, **detail: int) -> None:
    def work(session: Session) -> None:
        for n in range(count):
            clinic.audit.record(session, "service", "note", f"ticket:B12-{n}", clinic.now(), **detail)

    await clinic.db.write(work)


def change(clinic: Clinic, *statements: str) -> None:
    """By somebody who owns the database: without the triggers."""
    with clinic.db.engine.execution_options(ampoule_write=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("DROP TRIGGER audit_append_only ON audit"))
        else:
            for name in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER audit_no_{name}"))
        for statement in statements:
            connection.execute(text(statement))


async def test_fifty_at_once(clinic: Clinic) -> None:
    async def one(n: int) -> None:
        for _ in range(20):  # A busy database says so; whoever acts tries again.
            try:
                return await record(clinic, n=n)
            except DatabaseDown:
                await asyncio.sleep(0.05)

    await asyncio.gather(*(one(n) for n in range(50)))
    rows = await clinic.db.read(lambda session: session.execute(select(AuditEntry.id, AuditEntry.detail).order_by(AuditEntry.id)).all())
    assert [row.id for row in rows] == list(range(1, 51)) and sorted(row.detail["n"] for row in rows) == list(range(50))
    assert await clinic.db.read(clinic.audit.verify) is None


async def test_a_transaction_that_fails_records_nothing(clinic: Clinic) -> None:
    def work(session: Session) -> None:
        clinic.audit.record(session, "service", "note", "ticket:B12-1", clinic.now())
        raise ValueError

    with pytest.raises(ValueError):
        await clinic.db.write(work)
    await record(clinic)
    assert (await clinic.db.read(clinic.audit.head)).id == 1


async def test_two_transactions_that_need_each_others_rows_do_not_wait_for_the_log(clinic: Clinic) -> None:
    """Only the commit queues for the chain: what a transaction holds before that cannot make it wait for ever."""
    id, other = await add_staff(clinic), await add_staff(clinic, name="Other")

    def work(session: Session, first: int, second: int) -> None:
        clinic.audit.record(session, "service", "note", f"staff:{first}", clinic.now())
        for person in sorted((first, second)):
            session.execute(text("UPDATE staff SET name = name WHERE id = :id"), {"id": person})
        clinic.audit.record(session, "service", "note", f"staff:{second}", clinic.now())

    await asyncio.gather(*(clinic.db.write(work, *pair) for pair in [(id, other), (other, id)] * 3))
    assert (await clinic.db.read(clinic.audit.head)).id == 12 and await clinic.db.read(clinic.audit.verify) is None


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'nobody' WHERE id = 3", "DELETE FROM audit WHERE id = 3", "DELETE FROM audit"])
async def test_the_database_refuses_to_change_it(clinic: Clinic, statement: str) -> None:
    await record(clinic, 5)
    with pytest.raises(DatabaseError, match="append-only"), clinic.db.engine.execution_options(ampoule_write=True).begin() as connection:
        connection.execute(text(statement))
    if clinic.db.engine.dialect.name == "postgresql":
        with pytest.raises(DatabaseError, match="append-only"), clinic.db.engine.begin() as connection:
            connection.execute(text("TRUNCATE audit"))
    assert await clinic.db.read(clinic.audit.verify) is None


TAMPERING = {
    "a line's time": ("UPDATE audit SET at = '2020-01-01 00:00:00+00:00' WHERE id = 7", 7),
    "who": ("UPDATE audit SET actor = 'staff:99' WHERE id = 7", 7),
    "what": ("UPDATE audit SET action = 'reply' WHERE id = 7", 7),
    "to what": ("UPDATE audit SET object = 'ticket:B12-X' WHERE id = 7", 7),
    "its details": ("UPDATE audit SET detail = '{\"n\": 2}' WHERE id = 7", 7),
    "no details": ("UPDATE audit SET detail = NULL WHERE id = 7", 7),
    "its hash": ("UPDATE audit SET hash = '" + "0" * 64 + "' WHERE id = 7", 7),
    "a line is gone": ("DELETE FROM audit WHERE id = 7", 7),
    "the beginning is gone": ("DELETE FROM audit WHERE id < 7", 1),
    "two lines change places": ("UPDATE audit SET id = CASE id WHEN 7 THEN -8 ELSE -7 END WHERE id IN (7, 8); UPDATE audit SET id = -id WHERE id < 0", 7),
    "closed up after a line is gone": ("DELETE FROM audit WHERE id = 7; UPDATE audit SET id = -id WHERE id > 7; UPDATE audit SET id = -id - 1 WHERE id < 0", 7),
    "a line is put in": ("UPDATE audit SET id = -id WHERE id >= 7; UPDATE audit SET id = -id + 1 WHERE id < 0; "
                         "INSERT INTO audit SELECT 7, at, actor, action, object, detail, hash FROM audit WHERE id = 8", 8),
    "a line is added": ("INSERT INTO audit SELECT 11, at, actor, action, object, detail, hash FROM audit WHERE id = 10", 11),
}


@pytest.mark.parametrize("what", TAMPERING)
async def test_tampering_is_seen(clinic: Clinic, what: str) -> None:
    statements, line = TAMPERING[what]
    await record(clinic, 10, n=1)
    assert await clinic.db.read(clinic.audit.verify) is None
    change(clinic, *statements.split("; "))
    assert await clinic.db.read(clinic.audit.verify) == line


async def test_tampering_is_seen_in_every_batch(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "BATCH", 3)
    await record(clinic, 10)
    assert await clinic.db.read(clinic.audit.verify) is None
    change(clinic, "UPDATE audit SET actor = 'nobody' WHERE id = 10")
    assert await clinic.db.read(clinic.audit.verify) == 10


async def test_another_key_does_not_fit(clinic: Clinic) -> None:
    await record(clinic, 3)
    assert await clinic.db.read(Audit(b"x" * 32).verify) == 1


async def test_an_end_that_is_cut_off_is_seen_by_its_head(clinic: Clinic) -> None:
    await record(clinic, 10)
    head = await clinic.db.read(clinic.audit.head)
    await record(clinic, 2)
    assert await clinic.db.read(audit.is_at, head) and await clinic.db.read(audit.is_at, START)
    change(clinic, "DELETE FROM audit WHERE id > 8")
    assert await clinic.db.read(clinic.audit.verify) is None, "this alone does not show it"
    assert not await clinic.db.read(audit.is_at, head)
    await record(clinic, 4)
    assert not await clinic.db.read(audit.is_at, head), "nor is another line in its place the same"


async def test_the_service_logs_the_head_and_a_broken_line(clinic: Clinic, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await record(clinic, 3)
    head = await clinic.db.read(clinic.audit.head)
    await watch.check(clinic)
    assert f"whole, head 3:{head.hash}" in caplog.text
    change(clinic, "DELETE FROM audit WHERE id = 2")
    await watch.check(clinic)
    assert caplog.records[-1].levelname == "ERROR" and "line 2" in caplog.text


async def test_the_page(app: FastAPI, clinic: Clinic, clock: Clock) -> None:
    admin = await staff_browser(app, "admin", "Sam Admin")
    await record(clinic, 3, n=5)
    page = await admin.get("/desk/audit")
    assert page.status_code == 200 and "The chain is whole: 4 lines" in page.text and "n: 5" in page.text
    clock.later(minutes=1)
    for query, here in (("action=note", True), ("action=view_audit", False), ("object=ticket:B12-1", True), ("actor=service", True), ("actor=nobody", False)):
        page = await admin.get(f"/desk/audit?{query}")
        assert ("<td>ticket:B12-1</td>" in page.text) == here, query
    views = [entry for entry in await clinic.db.read(audit.page, None, 100) if entry.action == "view_audit"]
    assert len(views) == 6 and views[0].object == "audit" and "Sam Admin" in page.text


async def test_the_page_goes_back_in_time(app: FastAPI, clinic: Clinic) -> None:
    admin = await staff_browser(app, "admin")
    await record(clinic, 120)
    first = await admin.get("/desk/audit?action=note")
    assert first.text.count("<time") == 50 and "before=71&amp;action=note" in first.text
    second = await admin.get("/desk/audit?before=71&action=note")
    third = await admin.get("/desk/audit?before=21&action=note")
    assert (second.text.count("<time"), third.text.count("<time")) == (50, 20) and "Older lines" not in third.text
    assert (await admin.get("/desk/audit?before=x")).status_code == 422


async def test_the_page_shows_a_broken_chain(app: FastAPI, clinic: Clinic) -> None:
    admin = await staff_browser(app, "admin")
    await record(clinic, 10)
    assert "is whole" in (await admin.get("/desk/audit")).text
    change(clinic, "DELETE FROM audit WHERE id = 4")
    await admin.post("/desk/audit/check")
    page = await admin.get("/desk/audit")
    assert "Line 4 is missing" in page.text and "is whole" not in page.text


async def test_what_was_typed_is_shown_as_text(app: FastAPI, clinic: Clinic) -> None:
    admin = await staff_browser(app, "admin", "<b>Sam</b>")
    page = await admin.get("/desk/audit", params={"object": '"><script>alert(1)</script>', "actor": "<i>"})
    assert "<script>alert" not in page.text and "<b>Sam" not in page.text and "&lt;b&gt;Sam" in page.text


def test_a_key_is_made_once(tmp_path) -> None:  # type: ignore[no-untyped-def]
    one, two = Audit.of(tmp_path / "var"), Audit.of(tmp_path / "var")
    assert one._key == two._key and len(one._key) == 32
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["audit_key"]
    assert (tmp_path / "var" / "audit_key").stat().st_mode & 0o777 == 0o600


