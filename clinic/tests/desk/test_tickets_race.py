"""Two claim the same ticket at once, 200 times over: exactly one has it each time."""

from __future__ import annotations

import asyncio
import threading

import pytest
from conftest import Patient
from sqlalchemy import delete, func, select, update

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import tickets
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Handoff, HandoffEvent
from desk.work import Worker, by_phone, history, of, ticket, worker

ROUNDS = 200


def race(clinic: Clinic, reference: str, pair: list[Worker]) -> list[str]:
    """Both claim at the same moment, each in a thread and a transaction of their own; who won, or why not."""
    gate, ends = threading.Barrier(2), {}

    def run(person: Worker) -> None:
        gate.wait()
        try:
            clinic.db.run(clinic.db._writer, tickets.claim, clinic, reference, person.actor)
            ends[person.actor.name] = "claimed"
        except Refusal as refusal:
            ends[person.actor.name] = refusal.code

    threads = [threading.Thread(target=run, args=(person,)) for person in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends.values())


@pytest.mark.parametrize("channel", ["widget", "phone"])
async def test_two_at_once(patient: Patient, clinic: Clinic, channel: str) -> None:
    """With a chat, whose lock both wait for, and without, where only the ticket's own version stands between them."""
    pair = [await worker(clinic, name="Sam Clinician"), await worker(clinic, "front_desk", "Lee Desk")]
    if channel == "widget":
        reference = await ticket(patient)
    else:
        made = await clinic.db.write(lambda session: tickets.create_from_phone(session, clinic, pair[1].actor, **by_phone()))
        reference = made.reference

    def back(session) -> None:  # type: ignore[no-untyped-def]
        session.execute(update(Handoff).values(state="new", claimed_by=None, claimed_at=None))
        session.execute(delete(HandoffEvent).where(HandoffEvent.what == "claimed"))

    winners: dict[int, int] = {}
    for _ in range(ROUNDS):
        assert await asyncio.to_thread(race, clinic, reference, pair) == ["claimed", "taken"]
        assert (await history(clinic, reference)) == ["created", "claimed"]
        winner = (await of(clinic, reference)).claimed_by
        winners[winner] = winners.get(winner, 0) + 1
        await clinic.db.write(back)
    assert sum(winners.values()) == ROUNDS


async def test_events_are_numbered_in_the_order_of_the_commits(patient: Patient, clinic: Clinic) -> None:
    """A screen that has read up to one never misses one: each reading sees all with a smaller number."""
    sam = await worker(clinic)
    references = [await ticket(patient) for _ in range(6)]
    seen: list[set[int]] = []

    async def look() -> None:
        for _ in range(30):
            seen.append(set(await clinic.db.read(lambda session: list(session.scalars(select(HandoffEvent.id))))))
            await asyncio.sleep(0)

    await asyncio.gather(look(), *(sam.does(tickets.note, reference, f"note {n}") for n in range(3) for reference in references))
    everything = await clinic.db.read(lambda session: set(session.scalars(select(HandoffEvent.id))))
    assert len(everything) == 24
    for ids in seen:
        assert ids == {id for id in everything if id <= max(ids, default=0)}


async def test_a_patient_who_writes_while_staff_works_loses_nothing(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    await asyncio.gather(*(patient.posts(f"message {n}") for n in range(8)), *(sam.does(tickets.note, reference, f"note {n}") for n in range(4)))
    what = await history(clinic, reference)
    assert what.count("patient_wrote") == 8 and what.count("note") == 4
    assert await clinic.db.read(lambda session: session.scalar(select(func.count()).select_from(tickets.HandoffMessage))) == 8
