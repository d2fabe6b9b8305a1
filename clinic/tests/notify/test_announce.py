"""What is announced: to whom, once, and never why."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ampoule.content import Content
from conftest import Clock

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.models import Conversation, Handoff
from ampoule_clinic.notify import announce, outbox
from ampoule_clinic.portal.models import Patient

from .conftest import Inbox, Receiver, invited, put, rows

PLANTED = "does my cyanocobalamin shot explain the tingling in my hands"
# Words of titles that a mail about anything may hold.
EVERYDAY = {"what", "when", "your", "help", "seek", "need", "before", "read", "time", "sign", "patient", "from", "have", "with", "does", "this", "that",
            "them", "after", "more", "than"}


async def conversation(clinic: Clinic, patient: Patient | None, **changes: Any) -> str:
    row = {"id": "c1", "patient_id": patient.id if patient else None, "created_at": clinic.now(), "active_at": clinic.now()} | changes
    await clinic.db.write(lambda session: session.add(Conversation(**row)))
    return str(row["id"])


def ticket(clinic: Clinic, patient: Patient | None = None, **changes: Any) -> Handoff:
    now = clinic.now()
    return Handoff(**{
        "key": "k", "reference": "B12-7K4M2Q", "conversation_id": "c1", "origin": "clinic", "kind": "my_labs", "reason": "lab_value", "urgency": "same_day",
        "state": "new", "details": {"name": "Jo Field", "contact": "555-555-0199"}, "question": PLANTED, "topics": ["monitoring_labs"],
        "patient_id": patient.id if patient else None, "reply_by": now, "due_at": now, "created_at": now, "activity_at": now} | changes)


async def test_a_reply_is_announced_once_until_it_is_read(clinic: Clinic, inbox: Inbox) -> None:
    id = await conversation(clinic, await invited(clinic))
    for _ in range(3):
        await put(clinic, announce.staff_replied, id)
    await outbox.deliver(clinic)
    assert len(inbox.mails) == 1 and inbox.recipients == ["jo@home.example"]

    def reads(session: Any) -> None:
        session.get(Conversation, id).patient_seen = 7

    await clinic.db.write(reads)
    await put(clinic, announce.staff_replied, id)
    await outbox.deliver(clinic)
    assert len(inbox.mails) == 2


@pytest.mark.parametrize("change", [{"active": False}, {"email": None}, {"notify_email": False}])
async def test_only_patients_who_want_it_are_told(clinic: Clinic, change: dict[str, Any]) -> None:
    patient = await invited(clinic, **change)
    await put(clinic, announce.staff_replied, await conversation(clinic, patient))
    await put(clinic, announce.overdue, ticket(clinic, patient))
    assert await rows(clinic) == []
    # Whoever asks for a code, or is invited, gets that mail whatever they want to be told otherwise.
    await put(clinic, announce.sign_in_code, patient, "123456", 10)
    await put(clinic, announce.invitation, patient)
    assert len(await rows(clinic)) == (2 if "notify_email" in change else 0)


async def test_nobody_is_told_about_a_conversation_that_is_not_verified(clinic: Clinic) -> None:
    await put(clinic, announce.staff_replied, await conversation(clinic, None))
    await put(clinic, announce.staff_replied, "gone")
    await put(clinic, announce.overdue, ticket(clinic))
    assert await rows(clinic) == []


async def test_the_newest_code_replaces_one_that_was_not_sent(clinic: Clinic, inbox: Inbox, clock: Clock) -> None:
    patient, other = await invited(clinic), await invited(clinic, email="sam@home.example")
    await put(clinic, announce.sign_in_code, other, "999999", 10)
    await put(clinic, announce.sign_in_code, patient, "111111", 10)
    clock.later(seconds=1)
    await put(clinic, announce.sign_in_code, patient, "222222", 10)
    await outbox.deliver(clinic)
    assert [re.findall(r"\b\d{6}\b", inbox.text(i)) for i in range(len(inbox.mails))] == [["999999"], ["222222"]]
    assert "10 minutes" in inbox.text() and "http://127.0.0.1:8000/portal/sign-in" in inbox.text()


async def test_a_code_that_came_too_late_is_not_sent(clinic: Clinic, inbox: Inbox, clock: Clock) -> None:
    await put(clinic, announce.sign_in_code, await invited(clinic), "123456", 10)
    clock.later(minutes=10)
    await outbox.deliver(clinic)
    assert inbox.mails == []


async def test_an_urgent_ticket_calls_once_for_each_thing_that_happened(clinic: Clinic, receiver: Receiver, clock: Clock) -> None:
    urgent = ticket(clinic)
    for _ in range(2):
        await put(clinic, announce.urgent_ticket, urgent)
    await put(clinic, announce.urgent_ticket, ticket(clinic, urgency="routine"))
    await put(clinic, announce.urgent_ticket, ticket(clinic, origin="local", reference="B12-TTTTTT"))
    clock.later(minutes=5)
    await put(clinic, announce.urgent_ticket, ticket(clinic, urgency="emergency"))
    await outbox.deliver(clinic)
    assert [receiver.body(i)["urgency"] for i in range(len(receiver.calls))] == ["same_day", "emergency"]


async def test_putting_the_same_in_again_keeps_what_the_caller_did(clinic: Clinic) -> None:
    id = await conversation(clinic, await invited(clinic))

    def work(session: Any) -> None:
        session.get(Conversation, id).subject = "kept"
        announce.staff_replied(session, clinic, id)
        announce.staff_replied(session, clinic, id)

    await clinic.db.write(work)
    assert await clinic.db.read(lambda session: session.get(Conversation, id).subject) == "kept" and len(await rows(clinic)) == 1


async def test_nothing_says_what_it_is_about(clinic: Clinic, content: Content, inbox: Inbox, receiver: Receiver) -> None:
    patient = await invited(clinic, name="Jo Field\r\nBcc: all@home.example", birth_date="1961-05-12", phone="555-555-0199")
    await conversation(clinic, patient, subject=PLANTED)
    urgent = ticket(clinic, patient)
    await put(clinic, announce.staff_replied, "c1")
    await put(clinic, announce.overdue, urgent)
    await put(clinic, announce.invitation, patient)
    await put(clinic, announce.sign_in_code, patient, "123456", 10)
    await put(clinic, announce.urgent_ticket, urgent)
    await outbox.deliver(clinic)
    assert len(inbox.mails) == 4 and len(receiver.calls) == 1 and set(inbox.recipients) == {"jo@home.example"}

    titles = " ".join([*(topic.title for topic in content.topics.values()), *content.topics, *(term.term for term in content.glossary.values())])
    forbidden = set(re.findall(r"[a-z]{4,}|b12", f"{titles} {PLANTED} my labs lab_value injection blood vitamin shot dose".lower())) - EVERYDAY
    for mail, text in zip(inbox.mails, map(inbox.text, range(4)), strict=True):
        said = set(re.findall(r"[a-z0-9]+", f"{mail['subject']} {text}".lower()))
        assert not said & forbidden, said & forbidden
        assert "Field" not in text and "1961" not in text and "0199" not in text and "B12" not in mail.as_string()
        assert "call 911 now" in text
        assert mail["bcc"] is None and "\n" not in mail["subject"]
    assert receiver.body() == {"event": "ticket.urgent", "reference": "B12-7K4M2Q", "urgency": "same_day", "created_at": urgent.created_at.isoformat(),
                               "link": "http://127.0.0.1:8000/desk/tickets/B12-7K4M2Q"}
    # What was sent is gone from the outbox.
    assert [json.dumps(row.payload) for row in await rows(clinic)] == ["{}"] * 5


async def test_what_is_said_does_not_depend_on_what_was_asked(clinic: Clinic, inbox: Inbox) -> None:
    """Two patients, two questions, the same mails but for the recipient."""
    for place, (kind, question) in enumerate((("my_labs", PLANTED), ("admin", "which bus goes to you"))):
        patient = await invited(clinic, email=f"p{place}@home.example", name=f"Name {kind}")
        id = await conversation(clinic, patient, id=f"c{place}", subject=question)
        await put(clinic, announce.staff_replied, id)
        await put(clinic, announce.overdue, ticket(clinic, patient, kind=kind, question=question, reference=f"B12-{place}"))
    await outbox.deliver(clinic)
    said = [(mail["subject"], mail["from"], inbox.text(place)) for place, mail in enumerate(inbox.mails)]
    assert len(said) == 4 and said[:2] == said[2:]
