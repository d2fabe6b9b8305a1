"""While a person talks the assistant is silent, but for red flags and receipts; afterwards it is as before."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx
import pytest
from conftest import RED_FLAG, SERVICE, Clock, FakeEngine, Patient, handed_over
from sqlalchemy import select

from ampoule_clinic import handoffs
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import handback, tickets
from ampoule_clinic.notify.models import Outgoing
from desk.work import history, joins, of, returns, signed_in, talk, ticket, worker

RECEIPT, CLOSED, URGENT = "replies/handoff#person_receipt", "replies/handoff#person_closed", "replies/handoff#person_emergency"
NIGHT = datetime(2026, 3, 5, 3, 0, tzinfo=UTC)


async def test_no_message_of_the_assistant_from_claim_to_hand_back(patient: Patient, clinic: Clinic, engine: FakeEngine) -> None:
    sam = await worker(clinic)
    await signed_in(patient, clinic)
    await patient.posts("how much is usual?")
    reference = await ticket(patient)
    await sam.takes(reference)
    began = len(await patient.sees())
    for text in ("are you there?", "what is b12", "hello", "thanks"):
        assert (await patient.posts(text)).json()["reply"]["outcome"]["texts"] == [RECEIPT]
    await sam.does(tickets.reply, reference, "I am here.")
    await patient.posts("good")
    await sam.does(tickets.reply, reference, "Since when?", True)
    assert (await patient.posts("since Monday")).json()["reply"]["outcome"]["texts"] == [RECEIPT]
    said = [m for m in (await patient.sees())[began:] if m["author"] == "assistant"]
    assert len(said) == 6 and all(m["outcome"]["texts"] == [RECEIPT] for m in said) and len(engine.seen) == 1
    await sam.does(tickets.release, reference)
    assert (await patient.posts("what is b12")).json()["reply"]["text"].startswith("First.")


async def test_a_claim_while_the_assistant_thinks(patient: Patient, clinic: Clinic, engine: FakeEngine) -> None:
    sam = await worker(clinic)
    reference = await ticket(patient)
    thinking, may_go = asyncio.Event(), asyncio.Event()

    async def slowly(body):  # type: ignore[no-untyped-def]
        thinking.set()
        await may_go.wait()
        return await engine.answers(body)

    engine.then = slowly
    waiting = asyncio.create_task(patient.posts("what is b12"))
    await thinking.wait()
    await sam.takes(reference)
    may_go.set()
    assert (await waiting).json()["reply"]["outcome"]["texts"] == [RECEIPT]
    assert [author for author, _ in await talk(patient, clinic)] == ["patient", "notice", "assistant"]
    assert await history(clinic, reference) == ["created", "claimed", "patient_wrote"]


async def test_a_hand_back_while_the_message_waits(patient: Patient, clinic: Clinic, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is there any more when the receipt would be stored: the assistant answers instead."""
    from ampoule_clinic import turns

    sam = await worker(clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    standing = turns._standing

    async def then_closes(*args):  # type: ignore[no-untyped-def]
        found = await standing(*args)
        if found.person:
            await sam.does(tickets.resolve, reference, "called_back")
        return found

    monkeypatch.setattr(turns, "_standing", then_closes)
    assert (await patient.posts("what is b12")).json()["reply"]["text"].startswith("First.")
    assert await history(clinic, reference) == ["created", "claimed", "resolved"]


async def test_a_red_flag_goes_through_and_reaches_the_clinic(patient: Patient, clinic: Clinic) -> None:
    object.__setattr__(clinic.settings, "webhook_url", "https://hook.example")
    sam = await worker(clinic)
    reference = await ticket(patient)
    await sam.does(tickets.change_urgency, reference, "emergency", "chest pain")
    await sam.does(tickets.acknowledge, reference)
    await sam.takes(reference)
    answer = (await patient.posts(RED_FLAG)).json()
    assert answer["reply"]["text"].startswith("Call 911 now") and "clinic" not in answer["reply"]["text"].lower().split("call 911")[1].split(".")[0]
    found = await of(clinic, reference)
    assert (found.urgency, found.acknowledged_by, found.due_at) == ("emergency", None, clinic.now())
    assert (await history(clinic, reference))[-1] == "red_flag"
    urgent = await clinic.db.read(lambda session: session.scalars(select(Outgoing).where(Outgoing.kind == "webhook")).all())
    assert len(urgent) == 2
    assert (await patient.posts("ok")).json()["reply"]["outcome"]["texts"] == [URGENT]


async def test_a_red_flag_to_the_assistant_raises_the_open_ticket(patient: Patient, clinic: Clinic) -> None:
    reference = await ticket(patient)
    id = (await patient.posts(RED_FLAG)).json()["message"]["id"]
    assert (await of(clinic, reference)).urgency == "emergency"
    await patient.posts(RED_FLAG, id)
    assert await history(clinic, reference) == ["created", "red_flag"]


async def test_a_signed_in_patients_emergency_is_a_ticket(patient: Patient, clinic: Clinic) -> None:
    await signed_in(patient, clinic)
    id = (await patient.posts(RED_FLAG)).json()["message"]["id"]
    reply = (await patient.posts(RED_FLAG, id)).json()["reply"]
    (found,) = await clinic.db.read(handoffs.queue)
    assert (found.kind, found.urgency, found.reason, found.channel, found.question) == ("emergency", "emergency", "allergy", "portal", RED_FLAG)
    assert found.reference not in reply["text"] and reply["outcome"]["handoff"] is None
    assert found.details["name"] == "Jo Field" and found.reading["flags"] == ["allergy"] and found.reply_by is None


async def test_nobody_knows_whose_an_anonymous_emergency_is(patient: Patient, clinic: Clinic) -> None:
    await patient.posts(RED_FLAG)
    assert await clinic.db.read(handoffs.queue) == []


async def test_out_of_hours_the_assistant_is_offered(patient: Patient, clinic: Clinic, clock: Clock, engine: FakeEngine) -> None:
    sam = await worker(clinic)
    await signed_in(patient, clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    await sam.does(tickets.reply, reference, "Since when?", True)
    clock.now = NIGHT
    await returns(patient, clinic)
    reply = (await patient.posts("since Monday")).json()["reply"]
    assert reply["outcome"]["texts"] == [CLOSED] and reply["outcome"]["choices"] == [{"title": "Ask the assistant", "choice": "assistant"}]
    reply = (await patient.presses("assistant")).json()["reply"]
    assert reply["outcome"]["texts"] == ["replies/person#assistant_here"] and engine.seen == []
    assert (await patient.posts("what is b12")).json()["reply"]["text"].startswith("First.")
    assert (await of(clinic, reference)).open and [author for author, _ in await talk(patient, clinic)][-4:] == ["notice", "assistant", "patient", "assistant"]
    await sam.does(tickets.reply, reference, "Good morning.")
    assert (await patient.posts("morning")).json()["reply"]["outcome"]["texts"] == [CLOSED]


async def test_what_was_asked_is_answered_even_to_the_assistant(patient: Patient, clinic: Clinic, clock: Clock) -> None:
    sam = await worker(clinic)
    await signed_in(patient, clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    clock.now = NIGHT
    await returns(patient, clinic)
    await patient.posts("anyone?")
    await sam.does(tickets.reply, reference, "Since when?", True)
    await patient.presses("assistant")
    clock.later(seconds=1)
    assert (await of(clinic, reference)).state == "waiting_for_patient"
    await patient.posts("since Monday")
    assert (await of(clinic, reference)).state == "claimed"
    assert [message.text for message in (await sam.views(reference)).joined][-1] == "since Monday"


async def test_the_receipt_promises_what_the_ticket_does(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    for urgency, time in (("routine", "within 3 working days"), ("same_day", "today")):
        page = await Patient(patient.http).arrives()
        await sam.takes(await ticket(page, urgency=urgency))
        assert time in (await page.posts("hello")).json()["reply"]["text"]


async def test_a_doubt_is_asked_about_here_too(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    await sam.takes(await ticket(patient))
    assert (await patient.posts("a bit wheezy")).json()["reply"]["outcome"]["texts"] == ["replies/emergency#check", RECEIPT]


async def test_the_engine_knows_who_writes_and_whether_a_ticket_is_open(patient: Patient, clinic: Clinic, engine: FakeEngine) -> None:
    sam = await worker(clinic)
    await patient.posts("one")
    await signed_in(patient, clinic)
    await patient.posts("two")
    reference = await ticket(patient)
    await patient.posts("three")
    await sam.takes(reference)
    await sam.does(tickets.resolve, reference, "called_back")
    await patient.posts("four")
    assert [(body["metadata"]["signed_in"], body["metadata"]["ticket_open"]) for body in engine.seen] == [
        (False, False), (True, False), (True, True), (True, False)]


async def test_the_second_hand_off_works_like_the_first(patient: Patient, clinic: Clinic, engine: FakeEngine) -> None:
    """Question, ticket, claim, reply, close, and the same once more."""
    sam = await worker(clinic)
    await signed_in(patient, clinic)

    async def hands_over(body):  # type: ignore[no-untyped-def]
        made = await patient.http.post("/internal/handoffs", json=handed_over(body["sender"]), headers=SERVICE)
        handoff = {"kind": "my_dose", "reason": "own_dose", "urgency": "routine", "state": "sent", "reference": made.json()["reference"]}
        return httpx.Response(200, json=[{"text": "Sent."}, {"custom": engine.outcome(outcome="handoff", handoff=handoff, topics=[])}])

    engine.then = hands_over
    rounds = []
    for _ in range(2):
        began = len(await talk(patient, clinic))
        reference = (await patient.posts("please send it")).json()["reply"]["outcome"]["handoff"]["reference"]
        await sam.takes(reference)
        await patient.posts("are you there?")
        await sam.does(tickets.reply, reference, "Yes.")
        await sam.does(tickets.resolve, reference, "answered_here")
        rounds.append(((await talk(patient, clinic))[began:], await history(clinic, reference)))
    assert rounds[0] == rounds[1]


async def test_a_message_that_cannot_be_passed_on_is_not_said_to_be(patient: Patient, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    from ampoule_clinic import turns
    from ampoule_clinic.db import DatabaseDown

    sam = await worker(clinic)
    await sam.takes(await ticket(patient))

    def fails(*_: object) -> None:
        raise DatabaseDown("gone")

    monkeypatch.setattr(turns, "_settle", fails)
    answer = await patient.posts("are you there?")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unconfirmed")


async def test_joining_reopens(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    await signed_in(patient, clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    await sam.does(tickets.reply, reference, "Please come in.")
    clinic.now.later(minutes=31)  # type: ignore[attr-defined]
    await handback.sweep(clinic)
    assert (await of(clinic, reference)).state == "answered"
    assert await joins(patient, "and when?") == 200
    assert (await of(clinic, reference)).state == "claimed"
    await sam.does(tickets.resolve, reference, "answered_here")
    assert await joins(patient, "one more") == 404
