"""The table of moves, written down a second time, and taken step by step by every role."""

from __future__ import annotations

import pytest
from conftest import Patient
from sqlalchemy import update

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import moves, tickets
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Conversation, Handoff
from desk.work import joins, of, signed_in, ticket, worker

STATES = ("new", "claimed", "waiting_for_patient", "answered", "closed", "reopened")
#               new           claimed                waiting_for_patient    answered               closed      reopened
TABLE = {
    "claim":       ("claimed", "claimed",             "waiting_for_patient", "answered",            None,       "claimed"),
    "release":     (None,      "new",                 "new",                 "answered",            None,       None),
    "reassign":    ("claimed", "claimed",             "waiting_for_patient", "answered",            None,       "claimed"),
    "reply":       (None,      "answered",            "answered",            "answered",            None,       None),
    "ask":         (None,      "waiting_for_patient", "waiting_for_patient", "waiting_for_patient", None,       None),
    "approved":    (None,      "claimed",             "waiting_for_patient", "answered",            None,       None),
    "note":        ("new",     "claimed",             "waiting_for_patient", "answered",            "closed",   "reopened"),
    "urgency":     ("new",     "claimed",             "waiting_for_patient", "answered",            None,       "reopened"),
    "acknowledge": ("new",     "claimed",             "waiting_for_patient", "answered",            None,       "reopened"),
    "resolve":     (None,      "closed",              "closed",              "closed",              None,       None),
    "reopen":      (None,      None,                  None,                  None,                  "reopened", None),
    "patient_wrote": ("new",   "claimed",             "claimed",             "claimed",             None,       "reopened"),
    "idle_return": (None,      "new",                 None,                  None,                  None,       None),
}
ARGUMENTS = {
    "release": (), "claim": (), "reply": ("Hello.",), "ask": ("Since when?",), "approved": ("call_today",), "note": ("A note.",),
    "urgency": ("routine", "less pressing"), "acknowledge": (), "resolve": ("called_back",), "reopen": ("they called again",),
}
STEPS = {
    "claim": tickets.claim, "release": tickets.release, "reassign": tickets.reassign, "reply": tickets.reply, "ask": tickets.reply,
    "approved": tickets.send_approved, "note": tickets.note, "urgency": tickets.change_urgency, "acknowledge": tickets.acknowledge,
    "resolve": tickets.resolve, "reopen": tickets.reopen,
}


@pytest.mark.parametrize("action", TABLE)
@pytest.mark.parametrize("state", STATES)
def test_the_table(state: str, action: str) -> None:
    after = TABLE[action][STATES.index(state)]
    found = moves.MOVES.get((state, action))
    assert found == after or (found in (moves.QUEUE, moves.TAKEN) and after in ("new", "claimed"))


def test_nothing_else_is_in_it() -> None:
    assert {action for _, action in moves.MOVES} == set(TABLE) and {state for state, _ in moves.MOVES} == set(STATES) == set(moves.STATES)


@pytest.mark.parametrize("role", ["front_desk", "clinician", "admin"])
@pytest.mark.parametrize("action", STEPS)
async def test_every_state_for_every_role(patient: Patient, clinic: Clinic, action: str, role: str) -> None:
    """A signed-in patient's question that is not clinical: here only the role and the state decide."""
    person = await worker(clinic, role, "Front Desk")
    await signed_in(patient, clinic)
    reference = await ticket(patient, kind="admin", reason="appointment", urgency="emergency")
    to = (person if role != "admin" else await worker(clinic)).actor.id
    given = (to, "they know them") if action == "reassign" else ARGUMENTS[action]
    for state in STATES:
        held = person.actor.id if state in ("claimed", "waiting_for_patient", "answered", "closed") else None
        await clinic.db.write(lambda session: session.execute(update(Conversation).values(mode="assistant")) and None)
        values = {"state": state, "open": state != "closed", "claimed_by": held, "urgency": "emergency", "priority": 0, "acknowledged_at": None}
        await clinic.db.write(lambda session, values=values: session.execute(update(Handoff).values(**values)) and None)
        after = TABLE[action][STATES.index(state)]
        code = "claim_first" if state in ("new", "reopened") and action != "reopen" else "not_possible"
        expected = "not_allowed" if role == "admin" and action != "reassign" else None if after else code
        assert (await person.views(reference)).may[action] == expected
        options = {"ask": True} if action == "ask" else {}
        if expected:
            with pytest.raises(Refusal, match=f"^{expected}$"):
                await person.does(STEPS[action], reference, *given, **options)
            assert (await of(clinic, reference)).state == state
        else:
            if action == "urgency" and role != "clinician":
                continue  # Only a clinician ends an emergency: another test.
            await person.does(STEPS[action], reference, *given, **options)
            assert (await of(clinic, reference)).state == after


async def test_a_ticket_from_question_to_close_and_back(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    await signed_in(patient, clinic)
    reference = await ticket(patient)
    states = []
    for step, *args in ((tickets.claim,), (tickets.reply, "Since when?", True), ("patient",), (tickets.reply, "Please come in."), (tickets.resolve, "booked"),
                        (tickets.reopen, "they called"), (tickets.claim,), (tickets.release,)):
        if step == "patient":
            await patient.posts("since Monday")
        else:
            await sam.does(step, reference, *args)
        states.append((await of(clinic, reference)).state)
    assert states == ["claimed", "waiting_for_patient", "claimed", "answered", "closed", "reopened", "claimed", "reopened"]


async def test_what_is_answered_wants_attention_when_the_patient_writes_again(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    await signed_in(patient, clinic)
    reference = await ticket(patient)
    promised = (await of(clinic, reference)).due_at
    await sam.takes(reference)
    await sam.does(tickets.reply, reference, "Please come in.")
    found = await of(clinic, reference)
    assert found.due_at == moves.NEVER and found.reply_by == promised
    clinic.now.later(minutes=31)  # type: ignore[attr-defined]
    await sam.does(tickets.release, reference)
    assert await joins(patient, "and when?") == 200
    found = await of(clinic, reference)
    assert (found.state, found.claimed_by) == ("reopened", None) and promised < found.due_at < moves.NEVER and found.reply_by == promised
