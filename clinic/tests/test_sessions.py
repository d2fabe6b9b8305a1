import httpx
import pytest
from conftest import BASE, Clock, FakeEngine, Patient
from fastapi import FastAPI
from sqlalchemy import func, select

from ampoule_clinic import models
from ampoule_clinic.clinic import Clinic


@pytest.mark.parametrize("token", ["", "forged", "ä", "' OR 1=1 --", "x" * 5000])
async def test_a_forged_token_opens_nothing(patient: Patient, token: str) -> None:
    patient.token = token
    headers = {**patient.headers, "Authorization": f"Bearer {token}".encode()}
    routes = ["GET /api/conversation", "GET /api/events", "DELETE /api/sessions", "POST /api/messages", "POST /api/handoff", "POST /api/seen"]
    for method, path in map(str.split, routes):
        body = {"id": "0b8ff1bd-7a5c-4a4c-93c1-8ec2a3a6a9c1", "text": "hi"} if method == "POST" else None
        answer = await patient.http.request(method, path, headers=headers, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_session"), path


async def test_tokens_are_not_in_the_database(patient: Patient, clinic: Clinic) -> None:
    (kept,) = await clinic.db.read(lambda session: list(session.scalars(select(models.ChatSession.token_hash))))
    assert patient.token not in kept and len(kept) == 64


async def test_an_idle_session_expires(patient: Patient, clock: Clock) -> None:
    clock.later(hours=1.9)
    assert (await patient.posts("still here")).status_code == 200
    clock.later(hours=1.9)
    assert await patient.sees()
    clock.later(hours=0.2)
    answer = await patient.posts("too late")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "session_expired")


async def test_a_session_in_use_expires_too(patient: Patient, clock: Clock) -> None:
    for _ in range(25):
        clock.later(hours=1)
        answer = await patient.posts("again")
    assert answer.json()["error"]["code"] == "session_expired"


async def test_one_session_cannot_see_another(patient: Patient, http: httpx.AsyncClient) -> None:
    await patient.posts("mine alone")
    other = await Patient(http).arrives()
    assert other.conversation != patient.conversation
    assert "mine alone" not in str(await other.sees())


async def test_end_and_clear_empties_both_stores(patient: Patient, clinic: Clinic, engine: FakeEngine) -> None:
    await patient.posts("my number is 555-555-0123")
    answer = await patient.http.delete("/api/sessions", headers=patient.headers)
    assert answer.status_code == 200 and answer.json()["text"]
    assert engine.erased == [patient.conversation]
    assert (await patient.posts("hello?")).status_code == 401
    for table in (models.Conversation, models.ChatSession, models.Message, models.Contact):
        assert await clinic.db.read(lambda session, table=table: session.scalar(select(func.count()).select_from(table))) == 0, table


@pytest.mark.parametrize(("headers", "status"), [
    ({"Origin": BASE}, 201), ({"Origin": "https://www.clinic.example"}, 201), ({}, 201),
    ({"Origin": "https://evil.example"}, 403), ({"Origin": "null"}, 403), ({"Host": "evil.example"}, 403),
    ({"Origin": "http://evil.example", "Host": "evil.example"}, 403),
])
async def test_only_known_origins(http: httpx.AsyncClient, headers: dict[str, str], status: int) -> None:
    assert (await http.post("/api/sessions", headers=headers)).status_code == status


async def test_only_known_origins_get_cors(http: httpx.AsyncClient) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    assert (await http.options("/api/messages", headers={"Origin": "https://www.clinic.example", **asks})).status_code == 200
    assert (await http.options("/api/messages", headers={"Origin": "https://evil.example", **asks})).status_code == 400


async def test_too_many_sessions_from_one_address(http: httpx.AsyncClient) -> None:
    statuses = {(await http.post("/api/sessions")).status_code for _ in range(65)}
    assert statuses == {201, 429}


async def test_there_is_no_list_of_routes(app: FastAPI, http: httpx.AsyncClient) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/api", "/internal/handoffs"):
        answer = await http.get(path)
        assert answer.status_code in (404, 405) and answer.json()["error"]["text"]
