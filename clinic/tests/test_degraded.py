"""The engine is away: true sentences, and the form that passes a question on."""

import asyncio
from typing import Any

import httpx
import pytest
from conftest import FakeEngine, Patient
from sqlalchemy import select

from ampoule_clinic import handoffs, models
from ampoule_clinic.clinic import Clinic


def answering(*items: Any, status: int = 200):  # type: ignore[no-untyped-def]
    async def then(_: dict[str, Any]) -> httpx.Response:
        return httpx.Response(status, json=list(items))

    return then


async def is_unavailable(patient: Patient) -> None:
    reply = (await patient.posts("how much is usual?")).json()["reply"]
    assert reply["outcome"]["texts"] == ["replies/errors#unavailable"]
    assert reply["outcome"]["handoff"] == {"kind": "human", "reason": "engine_down", "urgency": "same_day", "state": "offered", "reference": None}


@pytest.mark.parametrize("broken", ["refused", "status", "no outcome", "two outcomes", "invalid outcome", "no text", "not a list", "not json", "odd text"])
async def test_an_engine_that_breaks_its_contract(patient: Patient, engine: FakeEngine, broken: str) -> None:
    good, text = {"custom": engine.outcome()}, {"text": "Take 5 mg!"}

    async def garbage(_: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, content=b"<html>")

    async def no_list(_: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json={"text": "hi"})

    engine.then = {
        "refused": engine.fails, "status": answering(text, good, status=500), "no outcome": answering(text), "two outcomes": answering(text, good, good),
        "invalid outcome": answering(text, {"custom": engine.outcome(outcome="chat")}), "no text": answering(good), "not a list": no_list,
        "not json": garbage, "odd text": answering({"text": 5}, good),
    }[broken]
    await is_unavailable(patient)


async def test_a_late_reply_is_dropped(patient: Patient, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ampoule_clinic.turns.TURN_SECONDS", 0.1)

    async def late(body: dict[str, Any]) -> httpx.Response:
        await asyncio.sleep(0.3)
        return await engine.answers(body)

    engine.then = late
    await is_unavailable(patient)
    await asyncio.sleep(0.4)
    assert len(await patient.sees()) == 3


async def test_the_assistant_comes_back(patient: Patient, engine: FakeEngine) -> None:
    engine.then = engine.fails
    await is_unavailable(patient)
    engine.then = engine.answers
    assert (await patient.posts("and now?")).json()["reply"]["text"].startswith("First.")


async def test_the_form_stores_a_ticket_and_says_so(patient: Patient, engine: FakeEngine, clinic: Clinic) -> None:
    engine.then = engine.fails
    await patient.posts("how much is usual?")
    reply = (await patient.fills_in()).json()["reply"]
    (ticket,) = await clinic.db.read(handoffs.queue)
    assert reply["outcome"]["handoff"]["state"] == "sent" and reply["outcome"]["handoff"]["reference"] == ticket.reference
    assert ticket.reference in reply["text"] and "today" in reply["text"]
    assert (ticket.kind, ticket.reason, ticket.urgency, ticket.question) == ("human", "engine_down", "same_day", "how much is usual?")
    assert ticket.details == {"name": "Jo Field", "birth_date": "1961-05-12", "contact": "555-555-0199", "about": "self", "is_patient": True, "consent": True}


async def test_the_form_sent_twice_is_one_ticket(patient: Patient, engine: FakeEngine, clinic: Clinic) -> None:
    engine.then = engine.fails
    await patient.posts("how much is usual?")
    answers = await asyncio.gather(*(patient.fills_in() for _ in range(5)))
    assert len({a.json()["reply"]["outcome"]["handoff"]["reference"] for a in answers}) == 1
    assert len(await clinic.db.read(handoffs.queue)) == 1


async def test_a_stranger_has_no_ticket(patient: Patient, engine: FakeEngine, clinic: Clinic) -> None:
    engine.then = engine.fails
    await patient.posts("how much is usual?")
    reply = (await patient.http.post("/api/handoff", json={"patient": False}, headers=patient.headers)).json()["reply"]
    assert reply["outcome"]["texts"] == ["replies/handoff#not_patient"] and reply["outcome"]["handoff"]["state"] == "cancelled"
    assert await clinic.db.read(lambda session: session.scalars(select(models.Handoff)).all()) == []


async def test_the_form_is_only_there_when_it_was_offered(patient: Patient, clinic: Clinic) -> None:
    await patient.posts("how much is usual?")
    assert (await patient.fills_in()).json()["error"]["code"] == "bad_choice"
    assert await clinic.db.read(handoffs.queue) == []


@pytest.mark.parametrize(("wrong", "code"), [
    ({"name": "Jo"}, "invalid_name"), ({"name": ""}, "invalid_name"), ({"birth_date": "May 1961"}, "invalid_birth_date"),
    ({"birth_date": "2061-05-12"}, "invalid_birth_date"), ({"birth_date": "1861-05-12"}, "invalid_birth_date"),
    ({"contact": "call me"}, "invalid_contact"), ({"contact": ""}, "invalid_contact"), ({"consent": False}, "no_consent"),
    ({"consent": "yes"}, "bad_request"), ({"about": "cat"}, "bad_request"), ({"more": 1}, "bad_request"),
])
async def test_what_is_wrong_with_the_form(patient: Patient, engine: FakeEngine, clinic: Clinic, wrong: dict[str, object], code: str) -> None:
    engine.then = engine.fails
    await patient.posts("how much is usual?")
    answer = await patient.fills_in(**wrong)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert await clinic.db.read(handoffs.queue) == []
