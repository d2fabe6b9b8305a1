"""The database is stopped, locked, frozen or replaced in the middle of a conversation."""

import asyncio
import sqlite3
import stat
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import RED_FLAG, SERVICE, FakeEngine, FakeReader, Patient, handed_over
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from ampoule_clinic import db, handoffs
from ampoule_clinic.app import assemble
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.db import Database
from ampoule_clinic.migrate import migrate
from ampoule_clinic.settings import Settings


@pytest.fixture
def file(settings: Settings) -> Path:
    if not settings.database_url.startswith("sqlite"):
        pytest.skip("about SQLite's file")
    return Path(settings.database_url.removeprefix("sqlite:///"))


@contextmanager
def stopped(file: Path, how: str) -> Iterator[None]:
    if how == "moved":
        away = file.rename(file.with_suffix(".away"))
        yield
        away.rename(file)
    elif how == "replaced":
        parts = [part.rename(part.with_name(f"away.{part.name}")) for part in file.parent.glob(f"{file.name}*")]
        file.write_bytes(b"no database " * 1000)
        yield
        for part in parts:
            part.rename(part.with_name(part.name.removeprefix("away.")))
    else:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "BUSY_MS", 100)


@pytest.mark.parametrize("how", ["moved", "replaced", "locked"])
@pytest.mark.usefixtures("soon")
async def test_a_database_that_is_stopped(file: Path, patient: Patient, engine: FakeEngine, how: str) -> None:
    await patient.posts("before")
    engine.then = engine.fails
    await patient.posts("engine down too")
    id = str(uuid.uuid4())
    with stopped(file, how):
        answer = await patient.posts("how much is usual?", id)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "not_stored")
        assert "could not be saved" in answer.json()["error"]["text"]
        emergency = await patient.posts(RED_FLAG)
        assert emergency.status_code == 200 and emergency.json()["reply"]["text"].startswith("Call 911 now")
        assert emergency.json()["message"] is None and emergency.json()["reply"]["seq"] is None
        ticket = await patient.http.post("/internal/handoffs", json=handed_over(patient.conversation), headers=SERVICE)
        assert (ticket.status_code, ticket.json()["error"]["code"]) == (503, "not_sent")
        form = await patient.fills_in()
        assert form.status_code == 503 and "not sent" in form.json()["error"]["text"]
        if how != "locked":  # Reading goes on beside a writer.
            assert (await patient.http.get("/api/conversation", headers=patient.headers)).status_code == 503
            health = await patient.http.get("/healthz")
            assert health.status_code == 503 and health.json()["database"] == "down"
    engine.then = engine.answers
    assert (await patient.posts("how much is usual?", id)).status_code == 200
    assert [m["text"] for m in await patient.sees() if m["author"] == "patient"] == ["before", "engine down too", "how much is usual?"]


async def test_lost_between_the_message_and_its_reply(file: Path, patient: Patient, engine: FakeEngine) -> None:
    """The reply is true and is shown; after that the same message is answered anew, and stored once."""
    id = str(uuid.uuid4())

    async def loses(body):  # type: ignore[no-untyped-def]
        file.rename(file.with_suffix(".away"))  # noqa: ASYNC240
        return await engine.answers(body)

    engine.then = loses
    answer = await patient.posts("how much is usual?", id)
    assert answer.status_code == 200 and answer.json()["reply"]["seq"] is None
    file.with_suffix(".away").rename(file)
    engine.then = engine.answers
    assert (await patient.posts("how much is usual?", id)).json()["reply"]["seq"] == 3
    assert len(await patient.sees()) == 3


async def test_frozen_while_committing_nobody_can_say(patient: Patient, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    commit, slow = Session.commit, threading.Event()

    def slowly(session: Session) -> None:
        if not slow.is_set():
            slow.set()
            time.sleep(0.4)
        commit(session)

    new = handed_over(patient.conversation)
    monkeypatch.setattr(db, "LIMIT_SECONDS", 0.2)
    monkeypatch.setattr(Session, "commit", slowly)
    answer = await patient.http.post("/internal/handoffs", json=new, headers=SERVICE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unconfirmed")
    assert answer.json()["error"]["text"].startswith("I could not confirm")
    await asyncio.sleep(0.4)
    again = await patient.http.post("/internal/handoffs", json=new, headers=SERVICE)
    assert again.status_code == 200 and len(await clinic.db.read(handoffs.queue)) == 1


async def test_healthy(patient: Patient, content, engine: FakeEngine) -> None:  # type: ignore[no-untyped-def]
    answer = await patient.http.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "engine": "ok", "content_version": content.version,
                             "outbox": {"waiting": 0, "oldest_seconds": 0}}


def test_the_files_are_the_owners_alone(file: Path, clinic: Clinic) -> None:
    connection = sqlite3.connect(file)
    connection.execute("DELETE FROM sessions")
    for part in file.parent.glob("clinic.db*"):
        assert stat.S_IMODE(part.stat().st_mode) == 0o600, part
    connection.close()


def test_migrations_make_the_tables_of_the_models(clinic: Clinic) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from ampoule_clinic.accounts import models as _accounts  # noqa: F401
    from ampoule_clinic.models import Base
    from ampoule_clinic.notify import models as _notify  # noqa: F401
    from ampoule_clinic.portal import models as _portal  # noqa: F401

    with clinic.db.engine.connect() as connection:
        # SQLite does not tell what a reference that was added later does on delete; PostgreSQL does.
        sqlite = connection.dialect.name == "sqlite"
        compared = {"include_object": lambda _object, _name, kind, *_: not (sqlite and kind == "foreign_key_constraint")}
        differences = compare_metadata(MigrationContext.configure(connection, opts=compared), Base.metadata)
    assert differences == []


def test_several_processes_may_start_together(settings: Settings) -> None:
    failed = []

    def start() -> None:
        database = Database(settings.database_url)
        try:
            migrate(database)
            with database.engine.connect() as connection:
                assert inspect(connection).has_table("handoffs")
        except Exception as error:
            failed.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=start) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


async def test_starting_again_keeps_everything(settings: Settings, content, patient: Patient, clinic: Clinic) -> None:  # type: ignore[no-untyped-def]
    await patient.posts("how much is usual?")
    before = await patient.sees()
    again = assemble(settings, content, FakeReader(), clinic.now)
    patient.http._transport.app.state.clinic = again  # type: ignore[attr-defined]
    assert await patient.sees() == before
    await again.close()
