import asyncio
import uuid
from datetime import UTC, datetime

import pytest
from conftest import BASE, Clock, FakeEngine, Patient
from sqlalchemy import select, update

from ampoule_clinic import messages, models
from ampoule_clinic.clinic import Clinic


async def test_a_session_begins_with_a_greeting(patient: Patient) -> None:
    (greeting,) = await patient.sees()
    assert greeting["author"] == "assistant" and greeting["outcome"]["texts"] == ["replies/smalltalk#greeting"]
    assert len(patient.token) >= 43 and patient.conversation != patient.token


async def test_a_turns_texts_are_one_message(patient: Patient, engine: FakeEngine) -> None:
    answer = (await patient.posts("how much is usual?")).json()
    assert answer["reply"]["text"] == "First.\n\nSecond 1."
    assert answer["reply"]["outcome"]["topics"] == ["usual_dose"]
    assert answer["message"]["text"] == "how much is usual?"
    (sent,) = engine.seen
    metadata = {"message_id": answer["message"]["id"], "signed_in": False, "ticket_open": False}
    assert sent == {"sender": patient.conversation, "message": "how much is usual?", "metadata": metadata}
    assert [m["seq"] for m in await patient.sees()] == [1, 2, 3]


async def test_contact_details_stay_at_the_clinic(patient: Patient, engine: FakeEngine, clinic: Clinic) -> None:
    await patient.posts("call me on 555-555-0123 or jo@field.example, born 12 May 1961")
    said = engine.seen[0]["message"]
    assert "0123" not in said and "field.example" not in said and "1961" not in said
    kept = await clinic.db.read(lambda session: [(c.kind, c.value) for c in session.scalars(select(models.Contact))])
    assert ("phone", "555-555-0123") in kept and ("email", "jo@field.example") in kept
    assert "555-555-0123" in (await patient.sees())[1]["text"]


async def test_the_same_id_gets_the_same_answer_and_nothing_twice(patient: Patient, engine: FakeEngine) -> None:
    id = str(uuid.uuid4())
    answers = [await patient.posts("how much?", id), *await asyncio.gather(*(patient.posts("how much?", id) for _ in range(5)))]
    assert len({a.json()["reply"]["id"] for a in answers}) == 1
    assert len(engine.seen) == 1 and len(await patient.sees()) == 3


async def test_turns_of_one_conversation_are_answered_in_order_and_one_at_a_time(patient: Patient, engine: FakeEngine) -> None:
    running = 0

    async def one_at_a_time(body):  # type: ignore[no-untyped-def]
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0.02)
        running -= 1
        return await engine.answers(body)

    engine.then = one_at_a_time
    await asyncio.gather(*(patient.posts(f"question {n}") for n in range(6)))
    order = [m["text"] for m in await patient.sees() if m["author"] == "patient"]
    assert [body["message"] for body in engine.seen] == order


async def test_a_button_of_the_last_reply_is_passed_on(patient: Patient, engine: FakeEngine) -> None:
    await patient.posts("how much is usual?")
    answer = await patient.presses("more:usual_dose")
    assert answer.status_code == 200 and answer.json()["message"]["text"] == "Tell me more"
    assert engine.seen[1]["message"] == "Tell me more" and engine.seen[1]["metadata"]["choice"] == "more:usual_dose"


async def test_a_button_that_was_not_offered_is_refused(patient: Patient, engine: FakeEngine) -> None:
    await patient.posts("how much is usual?")
    answer = await patient.presses("topic:anything")
    assert answer.status_code == 409 and answer.json()["error"]["code"] == "bad_choice"
    assert len(engine.seen) == 1 and len(await patient.sees()) == 3


@pytest.mark.parametrize(("text", "status", "code"), [
    ("x" * 2001, 413, "too_long"), ("x" * 70_000, 413, "too_long"), ("", 422, "empty"), (" \n ", 422, "empty"),
    ("one\0two", 422, "bad_request"), ("bell \a", 422, "bad_request"), (["a list"], 422, "bad_request"), (None, 422, "bad_request"),
])
async def test_what_cannot_be_taken_is_refused_in_words(patient: Patient, engine: FakeEngine, text: object, status: int, code: str) -> None:
    answer = await patient.http.post("/api/messages", json={"id": str(uuid.uuid4()), "text": text}, headers=patient.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"]["text"]
    assert engine.seen == []


async def test_a_refused_message_keeps_its_refusal(patient: Patient) -> None:
    id = str(uuid.uuid4())
    first, second = await patient.posts("x" * 2001, id), await patient.posts("x" * 2001, id)
    assert first.json() == second.json()
    kept = (await patient.sees())[1]
    assert kept["text"] == "x" * 2001 and kept["error"]["code"] == "too_long"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"text": "hi"}', b'{"id": "1", "text": "hi"}', b'{"id": 7, "text": "hi"}', b"[" * 60_000])
async def test_a_broken_body_is_refused(patient: Patient, body: bytes) -> None:
    answer = await patient.http.post("/api/messages", content=body, headers=patient.headers)
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "bad_request"


async def test_half_a_character_can_be_stored(patient: Patient) -> None:
    body = b'{"id": "%s", "text": "well \\ud83d"}' % str(uuid.uuid4()).encode()
    answer = await patient.http.post("/api/messages", content=body, headers=patient.headers)
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "bad_request"


async def test_too_many_at_once(patient: Patient) -> None:
    statuses = [(await patient.posts(f"question {n}")).status_code for n in range(22)]
    assert statuses[:20] == [200] * 20 and statuses[-1] == 429


async def test_a_person_gets_the_messages_and_the_bot_is_silent(patient: Patient, engine: FakeEngine, clinic: Clinic, clock: Clock) -> None:
    await clinic.db.write(lambda session: session.execute(update(models.Conversation).values(mode="person", staff_name="Sam")) and None)
    answer = (await patient.posts("are you there?")).json()
    assert answer["reply"]["outcome"]["texts"] == ["replies/handoff#person_receipt"] and "Sam" in answer["reply"]["text"]
    clock.later(hours=10)
    await patient.arrives()
    await clinic.db.write(lambda session: session.execute(update(models.Conversation).values(mode="person", staff_name="Sam")) and None)
    answer = (await patient.posts("and now?")).json()
    assert answer["reply"]["outcome"]["texts"] == ["replies/handoff#person_closed"]
    assert engine.seen == []


async def test_the_conversation_comes_with_how_it_stands(patient: Patient, content, clock) -> None:  # type: ignore[no-untyped-def]
    answer = (await patient.http.get("/api/conversation", headers={"Authorization": f"Bearer {patient.token}", "Host": BASE[7:]})).json()
    assert answer["state"] == "assistant" and answer["content_version"] == content.version and answer["hours"] is None
    clock.now = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)  # A Saturday.
    again = await Patient(patient.http).arrives()
    answer = (await patient.http.get("/api/conversation", headers=again.headers)).json()
    assert "closed now" in answer["hours"]


async def test_what_a_person_at_the_clinic_says_carries_their_name(patient: Patient, clinic: Clinic) -> None:
    await clinic.db.write(messages.from_staff, patient.conversation, "Sam Lee", "We will call you today.", clinic.now())
    said = (await patient.sees())[-1]
    assert (said["author"], said["staff_name"], said["text"]) == ("staff", "Sam Lee", "We will call you today.")
