"""My details: contact, download, delete."""

import json

import pytest
from conftest import SERVICE, FakeEngine, handed_over
from people import Browser, add_staff
from sqlalchemy.orm import Session

from ampoule_clinic import messages
from ampoule_clinic.accounts.models import WebSession
from ampoule_clinic.accounts.policy import Actor
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import tickets
from ampoule_clinic.models import ChatSession, Conversation, Handoff, Message
from ampoule_clinic.portal.models import LoginCode, Patient, VisitItem
from portal.conftest import all_of, audited, begins, change, words


async def test_how_the_clinic_may_reach_me(jo: Browser, clinic: Clinic) -> None:
    page = words(await jo.get("/portal/preferences"))
    assert "Jo Field" in page and "1961-05-12" in page and "jo@example.com" in page
    answer = await jo.post("/portal/preferences", contact_by="phone", phone=" (555) 555-0188 ")
    assert answer.headers["location"] == "/portal/preferences?saved=true"
    assert "Your changes are saved." in words(await jo.get("/portal/preferences?saved=true"))
    (me,) = await all_of(clinic, Patient)
    assert (me.contact_by, me.phone, me.notify_email) == ("phone", "(555) 555-0188", False)
    await jo.post("/portal/preferences", contact_by="portal", phone="", notify_email="yes")
    (me,) = await all_of(clinic, Patient)
    assert (me.contact_by, me.phone, me.notify_email) == ("portal", None, True)


@pytest.mark.parametrize(("fields", "problem"), [
    ({"contact_by": "phone", "phone": ""}, "Please give a phone number"), ({"contact_by": "phone", "phone": "call me"}, "could not read that phone number"),
    ({"contact_by": "fax", "phone": ""}, "Something was wrong"), ({"contact_by": "portal", "phone": "1" * 60}, "could not read that phone number")])
async def test_what_cannot_be_saved(jo: Browser, clinic: Clinic, fields: dict[str, str], problem: str) -> None:
    answer = await jo.post("/portal/preferences", **fields)
    assert answer.status_code == 422 and problem in words(answer)
    assert (await all_of(clinic, Patient))[0].phone == "555-555-0199"


async def test_everything_to_take_away(jo: Browser, other: Browser, clinic: Clinic) -> None:
    id = await begins(jo, "what about my <dose>")
    await begins(other, "not mine")
    answer = await jo.http.post("/internal/handoffs", json=handed_over(id), headers=SERVICE)
    reference = answer.json()["reference"]
    sam = Actor(await add_staff(clinic, "clinician", "Sam Clinician"), "Sam Clinician", "clinician")

    def work(session: Session) -> None:
        tickets.claim(session, clinic, reference, sam)
        tickets.note(session, clinic, reference, sam, "a note of the staff's own")
        tickets.reply(session, clinic, reference, sam, "Keep to your plan.")

    await change(clinic, work)
    await jo.post("/portal/visit", question="Which arm?")
    assert (await jo.http.get("/portal/data/download")).status_code == 404
    assert (await jo.post("/portal/data/download", csrf="forged")).status_code == 403
    answer = await jo.post("/portal/data/download")
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data-2026-03-04.json"' and answer.headers["x-content-type-options"] == "nosniff"
    data = json.loads(answer.content)
    assert data["profile"]["name"] == "Jo Field"
    shown = [(said["author"], said["text"]) for said in data["threads"][0]["messages"]]
    assert shown == [(m.author, m.text) for m in await clinic.db.read(messages.after, id, 0)] and ("staff", "Keep to your plan.") in shown
    assert [ticket["reference"] for ticket in data["questions_sent_to_the_clinic"]] == [reference]
    assert [item["question"] for item in data["visit_list"]] == ["Which arm?"]
    assert "a note of the staff" not in answer.text and "not mine" not in answer.text
    assert await audited(clinic, "patient_export") == [("patient:1", "patient:1", None)]


async def test_deleting_it_all(jo: Browser, other: Browser, clinic: Clinic, engine: FakeEngine) -> None:
    id = await begins(jo)
    theirs = await begins(other)
    await jo.http.post("/internal/handoffs", json=handed_over(id), headers=SERVICE)
    await jo.get(f"/portal/threads/{id}")
    await jo.post("/portal/visit", question="Which arm?")
    await change(clinic, lambda session: clinic.codes.new(session, 1, clinic.now()))
    unsure = await jo.post("/portal/data/delete")
    assert unsure.status_code == 422 and "Please tick the box first" in words(unsure) and len(await all_of(clinic, Patient)) == 2
    answer = await jo.post("/portal/data/delete", sure="yes")
    assert answer.headers["location"] == "/portal/deleted"
    assert "gone from here" in words(await jo.get("/portal/deleted"))
    assert engine.erased == [id]
    assert [row.id for row in await all_of(clinic, Conversation)] == [theirs] == list({row.conversation_id for row in await all_of(clinic, Message)})
    assert [patient.name for patient in await all_of(clinic, Patient)] == ["Al Meadow"]
    for table in (VisitItem, LoginCode, ChatSession):
        assert await all_of(clinic, table) == []
    assert [row.subject_id for row in await all_of(clinic, WebSession)] == [2]
    assert len(await all_of(clinic, Handoff)) == 1  # The clinic's record, for as long as it keeps them.
    assert await audited(clinic, "patient_delete") == [("patient:1", "patient:1", None)]
    assert (await jo.get("/portal")).status_code == 303


async def test_deleting_while_the_engine_is_away(jo: Browser, clinic: Clinic, engine: FakeEngine) -> None:
    await begins(jo)
    engine.then = engine.fails
    assert (await jo.post("/portal/data/delete", sure="yes")).status_code == 303
    assert await all_of(clinic, Patient) == [] and await all_of(clinic, Conversation) == []
