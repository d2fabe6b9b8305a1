"""A clinic with a stand-in reader and engine, on SQLite or, where AMPOULE_TEST_POSTGRES names one, on PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy
import uvicorn
from ampoule.content import Content, load
from ampoule.reader import Reading
from fastapi import FastAPI

from ampoule_clinic.app import assemble, create_app
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.engine import Engine
from ampoule_clinic.settings import ROOT, Settings

TOKEN = "the-service-token-of-the-tests"
SERVICE = {"Authorization": f"Bearer {TOKEN}"}
OPEN = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)  # A Wednesday, 10 in the morning at the clinic.
RED_FLAG = "my throat is closing up"
BASE = "http://127.0.0.1:8000"


class FakeReader:
    """Knows one red flag, one doubt and one button."""

    def read(self, text: str, state: Any = None, choice: str | None = None) -> Reading:
        if "reader must fail" in text:
            raise RuntimeError(text)
        if "throat is closing" in text or choice == "check:yes":
            return Reading("emergency_allergy", "emergency", "emergency", flags=["allergy"])
        return Reading("usual_dose", "answer", "check" if "wheezy" in text else "none", topics=["usual_dose"])


class FakeEngine:
    """The engine's channel. `then` decides what it does with a turn; `seen` holds the bodies that it got."""

    def __init__(self, content: Content) -> None:
        self.content, self.seen, self.erased = content, [], []
        self.then: Callable[[dict[str, Any]], Awaitable[httpx.Response]] = self.answers

    def outcome(self, **changes: Any) -> dict[str, Any]:
        return {"outcome": "answer", "safety": "none", "topics": ["usual_dose"], "texts": ["topics/usual_dose#answer"],
                "sources": [{"id": "S2-30", "title": "A guide", "section": "FAQ"}], "conversion": None, "handoff": None, "reminder": None,
                "choices": [{"title": "Tell me more", "choice": "more:usual_dose"}], "content_version": self.content.version} | changes

    async def answers(self, body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json=[{"text": "First."}, {"text": f"Second {len(self.seen)}."}, {"custom": self.outcome()}])

    async def fails(self, body: dict[str, Any]) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async def freezes(self, body: dict[str, Any]) -> httpx.Response:
        await asyncio.sleep(7)
        return await self.answers(body)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401)
        if request.method == "GET":
            return httpx.Response(200, json={"status": "ok"})
        if request.method == "DELETE":
            if self.then == self.fails:
                raise httpx.ConnectError("refused")
            self.erased.append(request.url.path.rsplit("/", 1)[1])
            return httpx.Response(204)
        body = json.loads(request.content)
        self.seen.append(body)
        return await self.then(body)


class Clock:
    def __init__(self) -> None:
        self.now = OPEN

    def __call__(self) -> datetime:
        return self.now

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)


class Patient:
    """A page: a client with a session."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http, self.token, self.conversation = http, "", ""
        self.origin = str(http.base_url).rstrip("/")

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Origin": self.origin}

    async def arrives(self) -> Patient:
        answer = await self.http.post("/api/sessions", headers={"Origin": self.origin})
        assert answer.status_code == 201, answer.text
        self.token, self.conversation = answer.json()["token"], answer.json()["conversation_id"]
        return self

    async def posts(self, text: str | None = None, id: str | None = None, **body: Any) -> httpx.Response:
        body = {"id": id or str(uuid.uuid4())} | ({} if text is None else {"text": text}) | body
        return await self.http.post("/api/messages", json=body, headers=self.headers)

    async def presses(self, choice: str) -> httpx.Response:
        return await self.posts(choice=choice)

    async def sees(self) -> list[dict[str, Any]]:
        answer = await self.http.get("/api/conversation", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["messages"]

    async def fills_in(self, **form: Any) -> httpx.Response:
        whole = {"patient": True, "name": "Jo Field", "birth_date": "1961-05-12", "contact": "555-555-0199", "about": "self", "consent": True} | form
        return await self.http.post("/api/handoff", json=whole, headers=self.headers)


@pytest.fixture(scope="session")
def content() -> Content:
    return load(ROOT / "content")


def _connected(url: str) -> AbstractContextManager[sqlalchemy.Connection]:
    made = sqlalchemy.make_url(url).set(drivername="postgresql+psycopg")
    return sqlalchemy.create_engine(made, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool).connect()


@cache
def _own_postgresql() -> str:
    """The database of AMPOULE_TEST_POSTGRES, or one beside it for each of several test processes."""
    url, worker = os.environ["AMPOULE_TEST_POSTGRES"], os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        return url
    name = f"{sqlalchemy.make_url(url).database}_{worker}"
    with _connected(url) as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    return sqlalchemy.make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", *(["postgresql"] if os.environ.get("AMPOULE_TEST_POSTGRES") else [])])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'clinic.db'}"
        return
    url = _own_postgresql()
    with _connected(url) as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(content=ROOT / "content", models=tmp_path, database_url=database_url, service_token=TOKEN,
                    engine_url="http://127.0.0.1:5005/webhooks/rest/webhook", var=tmp_path / "var", origins=frozenset({"https://www.clinic.example"}))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(content: Content) -> FakeEngine:
    return FakeEngine(content)


@pytest.fixture
async def clinic(settings: Settings, content: Content, engine: FakeEngine, clock: Clock) -> AsyncIterator[Clinic]:
    clinic = build(settings, content, engine, clock)
    yield clinic
    await clinic.close()


def build(settings: Settings, content: Content, engine: FakeEngine, clock: Clock) -> Clinic:
    clinic = assemble(settings, content, FakeReader(), clock)
    clinic.engine = Engine(settings.engine_url, TOKEN, transport=httpx.MockTransport(engine))
    return clinic


@pytest.fixture
def app(clinic: Clinic) -> FastAPI:
    return create_app(clinic)


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        yield client


@pytest.fixture
async def patient(http: httpx.AsyncClient) -> Patient:
    return await Patient(http).arrives()


@asynccontextmanager
async def served(app: FastAPI, port: int = 0) -> AsyncIterator[str]:
    """The application on a real socket, which streams need. Gives its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", access_log=False, lifespan="off"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server has no event for it.
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        app.state.clinic.events.close()
        server.should_exit = True
        await task


def handed_over(conversation: str, **changes: Any) -> dict[str, Any]:
    """What the engine's actions post for a hand-off."""
    return {"key": str(uuid.uuid4()), "conversation": conversation, "origin": "clinic", "kind": "my_dose", "reason": "own_dose", "urgency": "routine",
            "details": {"name": "Jo Field", "about": "self", "is_patient": True, "consent": True}, "question": "how much should I take",
            "topics": ["what_dose_depends_on"]} | changes
