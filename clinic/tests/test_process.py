"""The service as a real process beside a real engine: killed, started again, and searched for patients' words."""

import asyncio
import os
import signal
import socket
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from conftest import SERVICE, TOKEN, FakeEngine, Patient, handed_over, served
from fastapi import FastAPI, Request, Response

PHRASE = "zebra-lantern-quiver"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """Starts, kills and stops the process; what it writes goes to a file."""

    def __init__(self, folder: Path, database_url: str, engine_url: str) -> None:
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.output = folder / "output.txt"
        self.env = {**os.environ, "DATABASE_URL": database_url, "AMPOULE_SERVICE_TOKEN": TOKEN, "AMPOULE_PORT": str(self.port),
                    "AMPOULE_ENGINE_URL": engine_url, "PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parents[1]}"}
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self.output.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(sys.executable, "-m", "serve", env=self.env, stdout=output, stderr=output)
        async with httpx.AsyncClient() as client, asyncio.timeout(20):
            while self.process.returncode is None:
                try:
                    await client.get(f"{self.base}/healthz")
                    return
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        raise AssertionError(self.output.read_text())

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process
        if self.process.returncode is None:
            self.process.send_signal(how)
        async with asyncio.timeout(10):
            return await self.process.wait()


@pytest.fixture
async def engine_url(engine: FakeEngine) -> AsyncIterator[str]:
    app = FastAPI()
    app.state.clinic = type("Nothing", (), {"events": type("None", (), {"close": staticmethod(lambda: None)})})

    @app.api_route("/{path:path}", methods=["GET", "POST", "DELETE"])
    async def everything(request: Request) -> Response:
        answer = await engine(httpx.Request(request.method, str(request.url), headers=request.headers.raw, content=await request.body()))
        return Response(answer.content, answer.status_code, media_type="application/json")

    async with served(app) as base:
        yield f"{base}/webhooks/rest/webhook"


@pytest.fixture
async def service(tmp_path: Path, database_url: str, engine_url: str) -> AsyncIterator[Service]:
    service = Service(tmp_path, database_url, engine_url)
    await service.start()
    yield service
    await service.stop(signal.SIGKILL)


@asynccontextmanager
async def visiting(service: Service) -> AsyncIterator[Patient]:
    async with httpx.AsyncClient(base_url=service.base, timeout=10) as http:
        yield await Patient(http).arrives()


async def test_killed_in_the_middle_of_a_turn(service: Service, engine: FakeEngine) -> None:
    id = str(uuid.uuid4())
    async with visiting(service) as patient:
        await patient.posts("before")
        engine.then = engine.freezes
        turn = asyncio.create_task(patient.posts("in the middle", id))
        while len(engine.seen) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await service.stop(signal.SIGKILL)
        with pytest.raises(httpx.TransportError):
            await turn
        engine.then = engine.answers
        await service.start()
        kept = await patient.sees()
        assert [m["text"] for m in kept if m["author"] == "patient"] == ["before", "in the middle"] and len(kept) == 4
        answers = [await patient.posts("in the middle", id) for _ in range(2)]
        assert answers[0].json() == answers[1].json() and len(await patient.sees()) == 5


async def test_a_hand_off_survives_being_killed(service: Service) -> None:
    async with visiting(service) as patient:
        new = handed_over(patient.conversation)
        first = await patient.http.post("/internal/handoffs", json=new, headers=SERVICE)
        await service.stop(signal.SIGKILL)
        await service.start()
        again = await patient.http.post("/internal/handoffs", json=new, headers=SERVICE)
        assert (first.status_code, again.status_code) == (201, 200) and first.json() == again.json()


async def test_it_stops_cleanly_with_a_screen_open(service: Service) -> None:
    async with visiting(service) as patient, patient.http.stream("GET", "/api/events", headers=patient.headers) as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == ": open"
        async with asyncio.timeout(5):
            stopped = asyncio.create_task(service.stop(signal.SIGINT))
            assert [line async for line in lines]
            assert await stopped in (0, -signal.SIGINT, 130)
    assert "Traceback" not in service.output.read_text()


async def test_no_words_of_a_patient_are_in_any_output(service: Service, engine: FakeEngine, tmp_path: Path) -> None:
    async with visiting(service) as patient:
        await patient.posts(f"{PHRASE} how much?")
        await patient.posts(f"{PHRASE} the reader must fail")
        await patient.posts(f"{PHRASE} \a")
        await patient.posts(f"{PHRASE} throat is closing" + "x" * 3000)
        await patient.presses(PHRASE)
        await patient.http.post("/api/messages", content=f'{{"id": "{PHRASE}'.encode(), headers=patient.headers)
        await patient.http.get(f"/{PHRASE}?q={PHRASE}")
        await patient.http.get(f"/api/conversation?q={PHRASE}", headers=patient.headers)
        await patient.http.post("/internal/handoffs", json=handed_over(patient.conversation, question=PHRASE, urgency=PHRASE), headers=SERVICE)
        engine.then = engine.fails
        await patient.posts(f"{PHRASE} and now?")
        await patient.fills_in(name=f"Jo {PHRASE}", contact=PHRASE)
        for database in tmp_path.glob("clinic.db"):  # noqa: ASYNC240
            away = database.rename(database.with_suffix(".away"))
            await patient.posts(f"{PHRASE} is it there?")
            away.rename(database)
    await service.stop()
    # The database itself holds the words; nothing else may.
    files = [file for file in tmp_path.rglob("*") if file.is_file() and not file.name.startswith("clinic.db")]  # noqa: ASYNC240
    written = {file.name: file.read_bytes() for file in files}
    assert b"POST /api/messages 200" in written["output.txt"]
    assert [name for name, data in written.items() if PHRASE.encode() in data] == []


@pytest.mark.parametrize(("env", "says"), [
    ({"AMPOULE_PORT": "x"}, "AMPOULE_PORT"), ({"AMPOULE_CONTENT": "/nowhere"}, "no content folder"),
    ({"DATABASE_URL": "postgresql://127.0.0.1:9/none"}, "the database does not answer"),
])
async def test_what_is_set_wrong_is_said_in_one_line(tmp_path: Path, env: dict[str, str], says: str) -> None:
    service = Service(tmp_path, f"sqlite:///{tmp_path / 'clinic.db'}", "http://127.0.0.1:9/webhook")
    service.env |= env
    with pytest.raises(AssertionError) as error:
        await service.start()
    (line,) = str(error.value).strip().splitlines()
    assert says in line


def test_the_service_token_comes_from_the_environment_or_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from ampoule_clinic import settings

    monkeypatch.setattr(settings, "ROOT", tmp_path)
    with pytest.raises(settings.SettingsError):
        settings.Settings.from_env({})
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "service_token").write_text("from the file\n")
    assert settings.Settings.from_env({}).service_token == "from the file"
    assert settings.Settings.from_env({"AMPOULE_SERVICE_TOKEN": "given"}).service_token == "given"
