"""The queue: its order, its pages, filters, search, and counts that clear."""

from __future__ import annotations

import pytest
from conftest import Clock, Patient
from people import add_staff
from sqlalchemy import insert

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import queue, tickets
from ampoule_clinic.desk.queue import Filters
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Handoff
from desk.work import Worker, by_phone, joins, of, signed_in, ticket, worker


async def page(person: Worker, after: str | None = None, size: int = 50, **filters: str) -> queue.QueuePage:
    return await person.clinic.db.read(queue.page, Filters(**filters), person.actor, person.clinic.now(), after, size)


async def listed(person: Worker, **filters: str) -> list[str]:
    return [row.reference for row in (await page(person, **filters)).rows]


async def counts(person: Worker) -> queue.Counts:
    return await person.clinic.db.read(queue.counts, person.actor, person.clinic.now())


async def test_urgency_then_time_left(patient: Patient, clinic: Clinic, clock: Clock) -> None:
    sam = await worker(clinic)
    made = {}
    for name, urgency in (("routine", "routine"), ("same_day", "same_day"), ("late", "same_day"), ("emergency", "emergency")):
        made[name] = await ticket(patient, urgency=urgency)
        clock.later(minutes=5)
    await ticket(patient, origin="local")
    assert await listed(sam) == [made["emergency"], made["same_day"], made["late"], made["routine"]]
    rows = (await page(sam)).rows
    assert [row.minutes_left for row in rows[:2]] == [-5, 240 - 15] and rows[0].needs_acknowledgement and not rows[1].needs_acknowledgement
    assert rows[1].words == "how much should I take" and rows[1].kind == "my_dose" and rows[1].claimable and not rows[1].verified


async def test_what_is_answered_comes_after_what_is_not(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    await signed_in(patient, clinic)
    first, second = await ticket(patient), await ticket(patient)
    await sam.takes(first)
    await sam.does(tickets.reply, first, "Please come in.")
    assert await listed(sam) == [second, first]
    assert (await page(sam)).rows[1].minutes_left is None


@pytest.mark.parametrize("status", ["open", "any"])
async def test_page_by_page(patient: Patient, clinic: Clinic, clock: Clock, status: str) -> None:
    sam = await worker(clinic)
    for n in range(11):
        await ticket(patient, urgency=("routine", "same_day", "emergency")[n % 3])
        clock.later(seconds=n % 2)
    everything, seen, after = await listed(sam, status=status), [], None
    while True:
        found = await page(sam, after=after, size=4, status=status)
        seen += [row.reference for row in found.rows]
        if (after := found.next) is None:
            break
    assert seen == everything and len(seen) == 11


@pytest.mark.parametrize("after", ["x", "1", "1.2", "1.2.3.4", "1.2.x", "-1.2.3", f"1.{'9' * 30}.3", "1.2.²"])
async def test_a_broken_place_to_go_on_from(clinic: Clinic, after: str) -> None:
    sam = await worker(clinic)
    with pytest.raises(Refusal, match="bad_request"):
        await page(sam, after=after)


async def test_filters(patient: Patient, clinic: Clinic) -> None:
    sam, lee = await worker(clinic), await worker(clinic, "front_desk", "Lee Desk")
    mine, other, nobodys = await ticket(patient), await ticket(patient, kind="admin", urgency="same_day"), await ticket(patient, reading={"language": "es"})
    closed = await ticket(patient)
    for person, reference in ((sam, mine), (lee, other), (lee, closed)):
        await person.takes(reference)
    await lee.does(tickets.resolve, closed, "duplicate")
    assert await listed(sam, whose="mine") == [mine] and await listed(lee, whose="mine") == [other]
    assert await listed(sam, whose="unassigned") == [nobodys] == await listed(sam, language="es")
    assert await listed(sam, urgency="same_day") == [other] == await listed(sam, kind="admin")
    assert await listed(sam, status="closed") == [closed] and set(await listed(sam, status="any")) == {mine, other, nobodys, closed}
    assert set(await listed(sam, status="claimed")) == {mine, other} and await listed(sam, status="new") == [nobodys]
    assert (await page(sam, whose="mine")).rows[0].claimed_by == "Sam Clinician"
    assert await listed(sam, whose="mine", urgency="same_day") == []


@pytest.mark.parametrize(("term", "found"), [
    ("jo fie", True), ("JO FIELD", True), ("PER CENT: 100%", True), ("100%", True), ("%", True), ("10_%", False), ("_", False), ("\\", False), ("'", False),
    ("nobody", False), ("  ", True),
])
async def test_search(patient: Patient, clinic: Clinic, term: str, found: bool) -> None:
    sam = await worker(clinic)
    reference = await ticket(patient, question="per cent: 100% <b>")
    assert await listed(sam, search=term) == ([reference] if found else [])
    assert await listed(sam, search=reference.lower()[2:]) == [reference]


async def test_unread_clears_when_it_is_seen(patient: Patient, clinic: Clinic) -> None:
    sam, lee = await worker(clinic), await worker(clinic, "front_desk", "Lee Desk")
    reference = await ticket(patient)
    assert (await counts(sam)).unread == 1 == (await counts(lee)).unread
    await sam.views(reference)
    assert (await counts(sam)).unread == 0 and (await counts(lee)).unread == 1 and not (await page(sam)).rows[0].unread
    await joins(patient, "and one more thing")
    assert (await counts(sam)).unread == 1 and (await page(sam)).rows[0].unread
    await sam.views(reference)
    await sam.takes(reference)
    await sam.does(tickets.note, reference, "called")
    assert (await counts(sam)).unread == 0  # One's own doing is no news.
    assert (await counts(lee)).unread == 0  # Nor is what somebody else has.
    await lee.does(tickets.note, reference, "they called here too")
    assert (await counts(sam)).unread == 1
    await patient.posts("hello?")
    await sam.does(tickets.note, reference, "without looking")
    assert (await counts(sam)).unread == 1
    await sam.views(reference)
    await sam.does(tickets.resolve, reference, "called_back")
    assert (await counts(sam)).unread == 0


async def test_counts(patient: Patient, clinic: Clinic, clock: Clock) -> None:
    sam = await worker(clinic)
    await ticket(patient, urgency="same_day")
    emergency = await ticket(patient, urgency="emergency")
    assert await counts(sam) == queue.Counts(unread=2, unassigned=2, late=0, emergencies=1)
    clock.later(minutes=1)
    await sam.does(tickets.acknowledge, emergency)
    assert await counts(sam) == queue.Counts(unread=2, unassigned=2, late=1, emergencies=0)
    clock.later(days=1)
    await sam.takes(emergency)
    assert await counts(sam) == queue.Counts(unread=2, unassigned=1, late=2, emergencies=0)


async def test_counts_end_at_ninety_nine(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)

    row = {"origin": "clinic", "channel": "widget", "conversation_id": "x", "kind": "my_dose", "reason": "", "urgency": "routine", "priority": 2,
           "state": "new", "open": True, "language": "en", "details": {}, "question": "q", "topics": [], "version": 1}
    moments = dict.fromkeys(("created_at", "activity_at", "due_at"), clinic.now())
    rows = [row | moments | {"key": f"k{n}", "reference": f"R{n}"} for n in range(105)]
    await clinic.db.write(lambda session: session.execute(insert(Handoff), rows) and None)
    found = await counts(sam)
    assert found.unread == found.unassigned == 100 and found.shown(found.unread) == "99+" and found.shown(99) == "99"


async def test_the_newest_event_tells_that_something_changed(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    assert await clinic.db.read(queue.newest) == 0
    reference = await ticket(patient, urgency="emergency")
    first = await clinic.db.read(queue.newest)
    await sam.views(reference)
    assert await clinic.db.read(queue.newest) == first > 0
    await sam.does(tickets.acknowledge, reference)
    assert await clinic.db.read(queue.newest) == first + 1


async def test_a_call_and_its_taker(clinic: Clinic) -> None:
    lee = await worker(clinic, "front_desk", "Lee Desk")
    await add_staff(clinic, "clinician", "Sam Clinician")
    made = await clinic.db.write(lambda session: tickets.create_from_phone(session, clinic, lee.actor, **by_phone()))
    (row,) = (await page(lee)).rows
    assert (row.reference, row.channel, row.unread) == (made.reference, "phone", False)
    assert (await of(clinic, made.reference)).open
