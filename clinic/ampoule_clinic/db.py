"""The database: short transactions in threads, and an honest answer to "was it stored?"."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from operator import itemgetter
from pathlib import Path
from typing import Any, Concatenate

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

# Both below the 2 s after which a caller on this machine gives up, so that it hears the truth in time.
BUSY_MS = 1200
LIMIT_SECONDS = 1.8
THREADS = 8

_LAST = "last"


class DatabaseDown(Exception):
    """The database could not do it; nothing was stored."""


class Unconfirmed(DatabaseDown):
    """The database was lost while it was storing; nobody can say whether it did."""


class Database:
    """SQLite or PostgreSQL behind one interface: `await db.read(work, ...)` and `await db.write(work, ...)`.

    `work` is a plain function that takes the session first and runs as one transaction in a thread. What it returns
    stays readable after the transaction. What it raises rolls the transaction back and is raised here, but for
    database errors, which become DatabaseDown or Unconfirmed.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.engine = _sqlite(self.url) if self.url.get_backend_name() == "sqlite" else _postgresql(self.url)
        self._writer = self.engine.execution_options(ampoule_write=True)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="db")

    async def read[**P, T](self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await self._in_thread(lambda: self.run(self.engine, work, *args, **kwargs))
        except Unconfirmed as error:
            raise DatabaseDown(str(error)) from error

    async def write[**P, T](self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._in_thread(lambda: self.run(self._writer, work, *args, **kwargs))

    @staticmethod
    def run[**P, T](engine: Engine, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One transaction in this thread."""
        try:
            with Session(engine, expire_on_commit=False) as session:
                result = work(session, *args, **kwargs)
                session.flush()  # What it has to wait for comes before what others have to wait for.
                _take_last_steps(session)
                session.flush()
                try:
                    session.commit()
                except SQLAlchemyError as error:
                    raise Unconfirmed(type(error).__name__) from error
                return result
        except SQLAlchemyError as error:
            raise DatabaseDown(type(error).__name__) from error

    async def _in_thread[T](self, job: Callable[[], T]) -> T:
        future = self._threads.submit(job)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), LIMIT_SECONDS)
        except TimeoutError:
            # A job that had not begun is cancelled and will not run; one that had begun may still commit.
            raise (DatabaseDown("no thread free") if future.cancelled() else Unconfirmed("no answer in time")) from None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.engine.dispose()


def last_in(session: Session, step: Callable[[], object], lock: int) -> None:
    """Take this step at the end of the transaction that `Database.run` runs, right before the commit, one transaction at
    a time: `lock` is any number, the same in every process. What all writers queue for is then held for a moment only,
    never while a transaction still waits for something else, and always in the same order."""
    session.info.setdefault(_LAST, []).append((lock, step))


def _take_last_steps(session: Session) -> None:
    on_postgresql = session.get_bind().dialect.name == "postgresql"  # SQLite has one writer at a time anyway.
    for lock, step in sorted(session.info.pop(_LAST, ()), key=itemgetter(0)):
        if on_postgresql:
            session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
        step()


def _sqlite(url: URL) -> Engine:
    """A file that only its owner may read, and that is opened anew where it was moved or replaced."""
    path = Path(url.database or "").resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)  # SQLite gives its side files the same mode.
    engine = create_engine(
        URL.create("sqlite", database=f"file:{path}", query={"uri": "true", "mode": "rw"}),
        poolclass=QueuePool, pool_size=THREADS, hide_parameters=True,
        connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["file"] = _identity(path)
        connection.isolation_level = None  # BEGIN is ours, below.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "checkout")
    def same_file(_connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        # SQLite goes on writing into a file that was moved away, which nobody would ever read.
        if record.info["file"] != _identity(path):
            raise DisconnectionError("the file was moved or replaced")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once: a transaction that reads first and writes later can fail half-way.
        writes = connection.get_execution_options().get("ampoule_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_size=THREADS, pool_pre_ping=True,
        pool_timeout=LIMIT_SECONDS,
        connect_args={
            "connect_timeout": 2, "tcp_user_timeout": int(LIMIT_SECONDS * 1000),
            "options": f"-c statement_timeout={BUSY_MS} -c lock_timeout={BUSY_MS}",
        },
    )


def ping(session: Session) -> None:
    """Raises where the database does not answer or has no tables yet."""
    session.execute(text("SELECT 1 FROM conversations LIMIT 1"))
