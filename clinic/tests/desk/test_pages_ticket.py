"""The ticket's page: what it shows, and what it offers to whom."""

from __future__ import annotations

import re

import pytest
from conftest import Patient
from fastapi import FastAPI
from sqlalchemy.orm import Session

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.models import Conversation
from ampoule_clinic.portal.models import Patient as Person
from desk.kit import Desk, ticket

READING = {
    "labels": [["my_dose", 0.81], ["missed_dose", 0.09], ["usual_dose", 0.04]], "because": [["dose_due_today", "due today"], ["quantity", "1000 mcg"]],
    "quantities": ["1000 mcg"], "routes": ["im"], "forms": ["cyano"], "medicines": ["metformin"], "flags": [], "language": None,
}
SCRIPT = "<script>alert(1)</script>"


async def verify(clinic: Clinic, conversation_id: str) -> None:
    """As if the patient had been signed in when the conversation began."""

    def work(session: Session) -> None:
        person = Person(name="Jo Field", email="jo@mail.example", phone="555-555-0100", birth_date="1961-05-12", created_at=clinic.now())
        session.add(person)
        session.flush()
        conversation = session.get(Conversation, conversation_id)
        assert conversation
        conversation.patient_id = person.id

    await clinic.db.write(work)


async def test_what_was_asked_and_why_it_came_here(app: FastAPI, clinic: Clinic, patient: Patient) -> None:
    await patient.posts("how much is usual")
    reference = await ticket(patient.http, patient.conversation, reading=READING)
    async with Desk(app, clinic, "clinician") as desk:
        shown = await desk.sees(f"/desk/tickets/{reference}")
    for words in ("how much should I take", "Own dose", "“due today”", "“1000 mcg”", "Own dose 81 %", "The usual B12 shot dose 4 %", "metformin",
                  "into a muscle", "cyanocobalamin", "topics/usual_dose#answer", clinic.content.version, "Not verified", "Nobody works on it yet"):
        assert words in shown, words


async def test_stored_script_is_text(app: FastAPI, clinic: Clinic, patient: Patient) -> None:
    await patient.posts(f"hello {SCRIPT}")
    reference = await ticket(patient.http, patient.conversation, question=SCRIPT, details={"name": SCRIPT, "consent": True}, reading={
        "because": [["rule", SCRIPT]], "labels": [[SCRIPT, 0.5]], "quantities": [SCRIPT]})
    async with Desk(app, clinic, "clinician") as desk:
        assert "<script>alert" not in await desk.sees(f"/desk/tickets/{reference}")


async def test_a_way_to_reach_the_patient(app: FastAPI, clinic: Clinic, patient: Patient) -> None:
    await verify(clinic, patient.conversation)
    reference = await ticket(patient.http, patient.conversation)
    async with Desk(app, clinic, "front_desk") as desk:
        shown = await desk.sees(f"/desk/tickets/{reference}")
    assert 'href="tel:5555550100"' in shown and 'href="mailto:jo@mail.example"' in shown and "Signed in" in shown


@pytest.mark.parametrize("role, kind, verified, writes, says", [
    ("clinician", "my_dose", True, True, ""),
    ("front_desk", "admin", True, True, ""),
    ("front_desk", "my_dose", True, False, "A clinician has to answer this."),
    ("clinician", "my_dose", False, False, "We cannot be sure who is writing here."),
    ("front_desk", "admin", False, False, "We cannot be sure who is writing here."),
    ("front_desk", "my_dose", False, False, "A clinician has to answer this."),
])
async def test_who_may_write(app: FastAPI, clinic: Clinic, patient: Patient, role: str, kind: str, verified: bool, writes: bool, says: str) -> None:
    """Where somebody may not, the page says why, and has the approved texts and the words for a call."""
    if verified:
        await verify(clinic, patient.conversation)
    reference = await ticket(patient.http, patient.conversation, kind=kind)
    async with Desk(app, clinic, role) as desk:
        await desk.does(reference, "claim")
        shown = await desk.sees(f"/desk/tickets/{reference}")
    assert ('id="reply-text"' in shown) is writes and says in shown and "Call: what to say" in shown
    assert ('id="approved"' in shown) is not writes
    assert ("Keep to your written plan" in shown) is verified  # not among the texts for those whom nobody knows


async def test_a_refused_reply_keeps_what_was_written(app: FastAPI, clinic: Clinic, patient: Patient) -> None:
    await verify(clinic, patient.conversation)
    reference = await ticket(patient.http, patient.conversation)
    async with Desk(app, clinic, "clinician") as desk:
        await desk.does(reference, "claim")
        await patient.posts("one more thing")
        answer = await desk.posts(f"/desk/tickets/{reference}/reply", text="Please <come> in.", seen_seq="1")
        assert answer.status_code == 409 and 'role="alert"' in answer.text and "Please &lt;come&gt; in.</textarea>" in answer.text
        assert "one more thing" in answer.text
        seen = re.search(r'data-seq="(\d+)"', answer.text)
        assert seen
        answer = await desk.posts(f"/desk/tickets/{reference}/reply", text="Please <come> in.", seen_seq=seen[1])
        assert answer.headers["location"] == f"/desk/tickets/{reference}?done=reply"
        assert "Your reply was sent." in await desk.sees(answer.headers["location"])
        assert "has not read the clinic’s last message yet" in await desk.sees(f"/desk/tickets/{reference}")
    assert (await patient.sees())[-1]["text"] == "Please <come> in."


async def test_an_approved_text(app: FastAPI, clinic: Clinic, patient: Patient) -> None:
    """To somebody whom nobody knows for certain: as it stands, and only those that give nothing away."""
    reference = await ticket(patient.http, patient.conversation)
    async with Desk(app, clinic, "front_desk") as desk:
        await desk.does(reference, "claim")
        for canned, status in (("keep_to_plan", 403), ("nothing", 422), ("", 422), ("call_today", 303)):
            answer = await desk.posts(f"/desk/tickets/{reference}/approved", canned=canned)
            assert answer.status_code == status, (canned, answer.text)
        answer = await desk.posts(f"/desk/tickets/{reference}/reply", text="Take two.", seen_seq="9")
        assert answer.status_code == 403 and "Take two." in answer.text
    sent = [message for message in await patient.sees() if message["author"] == "staff"]
    assert [(message["staff_name"], message["text"][:40]) for message in sent] == [("Front Desk", "Thank you for your message. We will call")]


@pytest.mark.parametrize("action, fields, code", [
    ("reassign", {"to": "", "reason": "x"}, 422), ("reassign", {"to": "999", "reason": "x"}, 422), ("urgency", {"urgency": "same_day", "reason": ""}, 422),
    ("resolve", {"outcome": ""}, 422), ("note", {"text": " "}, 422), ("reply", {"text": "x", "seen_seq": "many"}, 422), ("reopen", {"reason": "x"}, 409),
])
async def test_what_is_wrong_is_said_on_the_page(app: FastAPI, clinic: Clinic, patient: Patient, action: str, fields: dict[str, str], code: int) -> None:
    await verify(clinic, patient.conversation)
    reference = await ticket(patient.http, patient.conversation)
    async with Desk(app, clinic, "clinician") as desk:
        await desk.does(reference, "claim")
        answer = await desk.posts(f"/desk/tickets/{reference}/{action}", **fields)
    assert answer.status_code == code and 'id="problem"' in answer.text and "What was asked" in answer.text


async def test_what_does_not_exist(app: FastAPI, clinic: Clinic, patient: Patient) -> None:
    reference = await ticket(patient.http, patient.conversation)
    local = await ticket(patient.http, "local:somebody", origin="local")
    async with Desk(app, clinic, "clinician") as desk:
        for path in ("/desk/tickets/B12-333333", f"/desk/tickets/{local}"):
            await desk.sees(path, 404)
            assert (await desk.posts(f"{path}/claim")).status_code == 404
        assert (await desk.posts(f"/desk/tickets/{reference}/explode")).status_code == 404


async def test_the_whole_way_of_a_ticket(app: FastAPI, clinic: Clinic, patient: Patient) -> None:
    await verify(clinic, patient.conversation)
    reference = await ticket(patient.http, patient.conversation, kind="admin")
    path = f"/desk/tickets/{reference}"
    async with Desk(app, clinic, "front_desk") as front, Desk(app, clinic, "clinician") as clinician, Desk(app, clinic, "admin") as admin:
        assert "Claim this ticket" in await front.sees(path)
        await front.does(reference, "claim")
        assert "Front Desk</strong> works on this ticket" in await clinician.sees(path)
        assert (await clinician.posts(f"{path}/claim")).status_code == 409
        assert "Admins see tickets" in await admin.sees(path)
        await front.does(reference, "note", text="Rang twice.")
        await front.does(reference, "reassign", to=str(clinician.id), reason="asks about a dose")
        await clinician.does(reference, "urgency", urgency="same_day", reason="leaves tomorrow")
        await clinician.does(reference, "ask", text="Which day?")
        assert "Waiting for the patient" in await clinician.sees(path)
        await clinician.does(reference, "reply", text="Tuesday then.")
        await clinician.does(reference, "resolve", outcome="booked", note="Tue")
        shown = await front.sees(path)
        for words in ("Closed", "Appointment booked: Tue", "Rang twice.", "Sam Clinician: asks about a dose", "Routine → Today: leaves tomorrow"):
            assert words in shown, words
        await front.does(reference, "reopen", reason="called again")
        assert "Open again" in await front.sees(path)


async def test_the_chat_may_be_gone(app: FastAPI, clinic: Clinic, patient: Patient) -> None:
    """Tickets are kept for longer than chats; what was asked and what was sent is still there."""
    await verify(clinic, patient.conversation)
    reference = await ticket(patient.http, patient.conversation)
    async with Desk(app, clinic, "clinician") as desk:
        await desk.does(reference, "claim")
        await desk.does(reference, "reply", text="Please come in.")
        assert (await patient.http.delete("/api/sessions", headers=patient.headers)).status_code == 200
        shown = await desk.sees(f"/desk/tickets/{reference}")
    assert "The chat was deleted" in shown and "how much should I take" in shown and "Please come in." in shown and 'id="reply-text"' not in shown


async def test_an_emergency_is_on_every_page_until_acknowledged(app: FastAPI, clinic: Clinic, patient: Patient) -> None:
    reference = await ticket(patient.http, patient.conversation, kind="emergency", urgency="emergency")
    async with Desk(app, clinic, "front_desk") as desk:
        for path in ("/desk/intake", f"/desk/tickets/{reference}"):
            assert f'1 emergency not acknowledged:</strong>\n<a href="/desk/tickets/{reference}">' in await desk.sees(path)
        await desk.does(reference, "acknowledge")
        shown = await desk.sees(f"/desk/tickets/{reference}")
    assert "not acknowledged" not in shown and "Acknowledged by Front Desk" in shown


async def test_the_page_that_refreshes_itself_leaves_no_trace(app: FastAPI, clinic: Clinic, patient: Patient) -> None:
    """Neither in the audit log nor in the session's idle time."""
    reference = await ticket(patient.http, patient.conversation)
    async with Desk(app, clinic, "clinician") as desk:
        await desk.sees(f"/desk/tickets/{reference}")
        before = await _audited(clinic)
        await desk.sees(f"/desk/tickets/{reference}/now")
        assert await _audited(clinic) == before


async def _audited(clinic: Clinic) -> int:
    from sqlalchemy import func, select

    from ampoule_clinic.accounts.models import AuditEntry

    return await clinic.db.read(lambda session: session.scalar(select(func.count()).select_from(AuditEntry)) or 0)
