"""A chat that was left goes back to the assistant, its ticket to the queue, and a late reply is said to be late."""

from __future__ import annotations

from datetime import timedelta

from conftest import Clock, Patient
from sqlalchemy import func, select

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import handback, tickets
from ampoule_clinic.notify.models import Outgoing
from desk.work import by_phone, history, of, returns, signed_in, talk, ticket, worker

LATE = "replies/handoff#person_overdue"


async def test_a_ticket_claimed_and_left(patient: Patient, clinic: Clinic, clock: Clock) -> None:
    sam = await worker(clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    clock.later(minutes=29, seconds=59)
    await handback.sweep(clinic)
    assert (await of(clinic, reference)).state == "claimed"
    clock.later(seconds=1)
    await handback.sweep(clinic)
    await handback.sweep(clinic)
    found = await of(clinic, reference)
    assert (found.state, found.claimed_by, found.claimed_at) == ("new", None, None) and found.first_claimed_at
    assert await history(clinic, reference) == ["created", "claimed", "idle_return"]
    assert [author for author, _ in await talk(patient, clinic)] == ["notice", "notice"]
    assert (await patient.posts("what is b12")).json()["reply"]["text"].startswith("First.")


async def test_writing_begins_the_time_anew(patient: Patient, clinic: Clinic, clock: Clock) -> None:
    sam = await worker(clinic)
    await signed_in(patient, clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    clock.later(minutes=20)
    await patient.posts("are you there?")
    clock.later(minutes=20)
    await handback.sweep(clinic)
    await sam.does(tickets.reply, reference, "Yes.")
    clock.later(minutes=20)
    await handback.sweep(clinic)
    assert (await sam.views(reference)).conversation.mode == "person"  # type: ignore[union-attr]
    clock.later(minutes=10)
    await handback.sweep(clinic)
    view = await sam.views(reference)
    assert view.conversation and view.conversation.mode == "assistant"
    assert (view.ticket.state, view.ticket.claimed_by) == ("answered", sam.actor.id)


async def test_whoever_waits_for_the_patient_keeps_the_chat(patient: Patient, clinic: Clinic, clock: Clock) -> None:
    sam = await worker(clinic)
    await signed_in(patient, clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    await sam.does(tickets.reply, reference, "Since when?", True)
    clock.later(days=2)
    await handback.sweep(clinic)
    view = await sam.views(reference)
    assert view.conversation and view.conversation.mode == "person" and view.ticket.state == "waiting_for_patient"


async def test_a_reply_that_is_late_is_said_to_be(patient: Patient, clinic: Clinic, clock: Clock) -> None:
    sam = await worker(clinic)
    await signed_in(patient, clinic)
    reference = await ticket(patient, urgency="same_day")
    clock.now = (await of(clinic, reference)).due_at
    clock.later(seconds=-1)
    await handback.sweep(clinic)
    assert await talk(patient, clinic) == []
    await sam.takes(reference)
    clock.later(seconds=1)
    await handback.sweep(clinic)
    await handback.sweep(clinic)
    assert [text for author, text in await talk(patient, clinic) if author == "assistant"] == [LATE]
    assert await history(clinic, reference) == ["created", "claimed", "overdue"]
    assert (await of(clinic, reference)).claimed_by == sam.actor.id and (await sam.views(reference)).conversation.mode == "assistant"  # type: ignore[union-attr]
    assert await clinic.db.read(lambda session: session.scalar(select(func.count()).select_from(Outgoing))) == 1
    await sam.does(tickets.reply, reference, "Sorry. Please come in.")
    assert (await of(clinic, reference)).first_reply_at == clinic.now()


async def test_a_late_ticket_that_was_claimed_and_left_goes_back_too(patient: Patient, clinic: Clinic, clock: Clock) -> None:
    sam = await worker(clinic)
    reference = await ticket(patient, urgency="same_day")
    clock.now = (await of(clinic, reference)).due_at - timedelta(minutes=1)
    await sam.takes(reference)
    clock.later(minutes=1)
    await handback.sweep(clinic)
    clock.later(minutes=29)
    await handback.sweep(clinic)
    assert (await of(clinic, reference)).claimed_by == sam.actor.id
    clock.later(minutes=1)
    await handback.sweep(clinic)
    await handback.sweep(clinic)
    assert (await of(clinic, reference)).claimed_by is None
    assert await history(clinic, reference) == ["created", "claimed", "overdue", "idle_return"]


async def test_a_new_promise_can_be_broken_too(patient: Patient, clinic: Clinic, clock: Clock) -> None:
    sam = await worker(clinic)
    await signed_in(patient, clinic)
    reference = await ticket(patient, urgency="same_day")
    await sam.takes(reference)
    await sam.does(tickets.reply, reference, "Please come in.")
    clock.later(hours=3, minutes=30)
    await handback.sweep(clinic)
    await returns(patient, clinic)
    await sam.does(tickets.send_approved, reference, "anything_else")
    await patient.posts("and when?")
    await handback.sweep(clinic)
    assert LATE not in [text for _, text in await talk(patient, clinic)]
    clock.now = (await of(clinic, reference)).due_at
    await handback.sweep(clinic)
    assert [text for _, text in await talk(patient, clinic)].count(LATE) == 1


async def test_what_is_answered_or_an_emergency_or_a_call_is_never_late(patient: Patient, clinic: Clinic, clock: Clock) -> None:
    sam = await worker(clinic)
    await signed_in(patient, clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    await sam.does(tickets.reply, reference, "Please come in.")
    await ticket(patient, urgency="emergency")
    await clinic.db.write(lambda session: tickets.create_from_phone(session, clinic, sam.actor, **by_phone()))
    clock.later(days=14)
    await handback.sweep(clinic)
    assert LATE not in [text for _, text in await talk(patient, clinic)]


async def test_a_conversation_that_was_deleted_stops_nothing(patient: Patient, clinic: Clinic, clock: Clock) -> None:
    sam = await worker(clinic)
    first, second = await ticket(patient), await ticket(await Patient(patient.http).arrives())
    await sam.takes(first)
    await sam.takes(second)
    await patient.http.delete("/api/sessions", headers=patient.headers)
    clock.later(days=14)
    await handback.sweep(clinic)
    assert (await of(clinic, first)).claimed_by == sam.actor.id and (await of(clinic, second)).claimed_by is None
