"""Threads: asked, read, handed over, answered; and what is not one's own."""

import asyncio
import re
import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest
from conftest import BASE, RED_FLAG, SERVICE, Clock, FakeEngine, handed_over, served
from fastapi import FastAPI
from people import Browser, add_staff
from sqlalchemy import delete
from sqlalchemy.orm import Session

from ampoule_clinic import conversations, messages
from ampoule_clinic.accounts.policy import Actor
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import tickets
from ampoule_clinic.limits import Limit
from ampoule_clinic.models import ChatSession, Conversation, Handoff, Message
from ampoule_clinic.portal import threads
from portal.conftest import all_of, begins, change, hidden, words


async def said(clinic: Clinic, id: str) -> list[tuple[str, str]]:
    return [(message.author, message.text) for message in await clinic.db.read(messages.after, id, 0)]


async def token_of(browser: Browser, id: str) -> dict[str, str]:
    """What the page gives to the chat's element, as headers."""
    found = re.search(r'token="([\w-]+)"', (await browser.get(f"/portal/threads/{id}")).text)
    assert found
    return {"Authorization": f"Bearer {found[1]}", "Origin": BASE}


async def handed(browser: Browser, id: str, **changes: Any) -> str:
    answer = await browser.http.post("/internal/handoffs", json=handed_over(id, **changes), headers=SERVICE)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["reference"])


@pytest.fixture
async def sam(clinic: Clinic) -> Actor:
    return Actor(await add_staff(clinic, "clinician", "Sam Clinician"), "Sam Clinician", "clinician")


async def test_a_question_goes_to_the_assistant_first(jo: Browser, clinic: Clinic, engine: FakeEngine) -> None:
    id = await begins(jo, "how much is usual?\n\nI would like to know")
    assert engine.seen[0]["metadata"]["signed_in"] is True
    assert await said(clinic, id) == [("patient", "how much is usual?\n\nI would like to know"), ("assistant", "First.\n\nSecond 1.")]
    page = await jo.get(f"/portal/threads/{id}")
    assert "<h1 dir=\"auto\">how much is usual? I would like to know</h1>" in page.text
    assert "First." in words(page) and "The assistant answered. The clinic has not read this." in words(page)
    assert "Tell me more" in words(page)


async def test_a_subject_of_ones_own(jo: Browser, clinic: Clinic) -> None:
    await begins(jo, subject="My  next\tshot")
    await begins(jo, "word " * 40)
    await begins(jo, "x" * 100)
    subjects = [row.subject for row in await all_of(clinic, Conversation)]
    assert sorted(subjects, key=len) == ["My next shot", "word " * 11 + "word…", "x" * 60 + "…"]


async def test_the_same_form_twice_is_one_question(jo: Browser, clinic: Clinic) -> None:
    key = threads.new_key()
    await asyncio.gather(*(begins(jo, key=key) for _ in range(3)))
    assert len(await said(clinic, key)) == 2
    await begins(jo, "and changed", key=key)
    assert len(await said(clinic, key)) == 4


async def test_what_cannot_be_asked(jo: Browser, other: Browser, clinic: Clinic) -> None:
    theirs = await begins(other)
    for fields, status in (({"text": " "}, 422), ({"text": "x" * 2001}, 413), ({"text": "hi", "key": theirs}, 404), ({"text": "hi", "key": "short"}, 404)):
        answer = await jo.post("/portal/new", **{"key": threads.new_key()} | fields)
        assert answer.status_code == status and 'role="alert"' in answer.text, fields
        assert hidden(answer, "key") == fields.get("key", hidden(answer, "key")) and fields["text"] in answer.text
    assert [row.id for row in await all_of(clinic, Conversation)] == [theirs] and len(await said(clinic, theirs)) == 2


async def test_too_many_questions(jo: Browser, clinic: Clinic) -> None:
    clinic.message_limit = Limit(2, 1000)
    for _ in range(2):
        await begins(jo)
    answer = await jo.post("/portal/new", key=threads.new_key(), text="one more")
    assert answer.status_code == 429 and "too many messages" in words(answer)
    assert "Call 911 now" in words(await jo.post("/portal/new", key=threads.new_key(), text=RED_FLAG))


async def test_writing_on_without_script(jo: Browser, clinic: Clinic, engine: FakeEngine) -> None:
    id = await begins(jo)
    page = await jo.get(f"/portal/threads/{id}")
    answer = await jo.post(f"/portal/threads/{id}/messages", key=hidden(page, "key"), text="and then?")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/portal/threads/{id}")
    page = await jo.get(f"/portal/threads/{id}")
    await jo.post(f"/portal/threads/{id}/messages", key=hidden(page, "key"), choice="more:usual_dose")
    assert engine.seen[-1]["metadata"]["choice"] == "more:usual_dose" and len(await said(clinic, id)) == 6
    answer = await jo.post(f"/portal/threads/{id}/messages", key=str(uuid.uuid4()), choice="handoff:accept")
    assert answer.status_code == 409 and "no longer in use" in words(answer)
    answer = await jo.post(f"/portal/threads/{id}/messages", key=str(uuid.uuid4()), text="x" * 2001)
    assert answer.status_code == 413 and "x" * 2001 in answer.text


async def test_the_chats_element_has_a_token_for_this_thread(jo: Browser, clinic: Clinic) -> None:
    id = await begins(jo)
    headers = await token_of(jo, id)
    shown = (await jo.http.get("/api/conversation", headers=headers)).json()
    assert [message["author"] for message in shown["messages"]] == ["patient", "assistant"]
    assert (shown["mode"], shown["staff_seen"]) == ("assistant", 0)
    answer = await jo.http.post("/api/messages", json={"id": str(uuid.uuid4()), "text": "from the element"}, headers=headers)
    assert answer.status_code == 200 and len(await said(clinic, id)) == 4


async def test_the_token_ends_with_the_sign_in(jo: Browser, clinic: Clinic) -> None:
    id = await begins(jo)
    headers = await token_of(jo, id)
    await jo.post("/portal/sign-out")
    answer = await jo.http.get("/api/conversation", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_session")
    assert await all_of(clinic, ChatSession) == []


async def test_the_token_idles_with_the_sign_in(jo: Browser, clock: Clock) -> None:
    id = await begins(jo)
    headers = await token_of(jo, id)
    clock.later(minutes=29)
    assert (await jo.http.get("/api/conversation", headers=headers)).status_code == 200  # Looking keeps nothing alive,
    clock.later(minutes=2)
    assert (await jo.http.get("/api/conversation", headers=headers)).status_code == 401
    await jo.enters("patient", 1)
    headers = await token_of(jo, id)
    clock.later(minutes=29)
    await jo.http.post("/api/messages", json={"id": str(uuid.uuid4()), "text": "still here"}, headers=headers)  # writing does.
    clock.later(minutes=29)
    assert (await jo.get("/portal")).status_code == 200


async def test_an_emergency_with_a_token_that_has_ended(jo: Browser, clock: Clock, clinic: Clinic) -> None:
    id = await begins(jo)
    headers = await token_of(jo, id)
    clock.later(minutes=31)
    answer = await jo.http.post("/api/messages", json={"id": str(uuid.uuid4()), "text": RED_FLAG}, headers=headers)
    assert answer.status_code == 200 and answer.json()["reply"]["text"].startswith("Call 911 now")
    assert (await said(clinic, id))[-2] == ("patient", RED_FLAG)


async def test_unread_counts_clear(jo: Browser, clinic: Clinic) -> None:
    id = await begins(jo)
    assert "2 new" not in words(await jo.get("/portal")) and "1 new" in words(await jo.get("/portal"))
    await jo.get(f"/portal/threads/{id}")
    assert "new" not in words(await jo.get("/portal/rows"))
    await change(clinic, lambda session: messages.from_staff(session, id, "Sam Clinician", "Hello", clinic.now()))
    await change(clinic, lambda session: messages.from_staff(session, id, "Sam Clinician", "Hello again", clinic.now()))
    page = words(await jo.get("/portal/rows"))
    assert "2 new" in page and "Sam Clinician replied." in page and "Hello again" in page
    headers = await token_of(jo, id)
    await change(clinic, lambda session: messages.from_staff(session, id, "Sam Clinician", "One more", clinic.now()))
    assert "1 new" in words(await jo.get("/portal/rows"))
    await jo.http.post("/api/seen", json={"seq": 5}, headers=headers)
    assert "new" not in words(await jo.get("/portal/rows"))


async def test_where_a_thread_stands(jo: Browser, clinic: Clinic, sam: Actor, clock: Clock) -> None:
    id = await begins(jo, "what about my dose")

    async def state() -> str:
        return words(await jo.get(f"/portal/threads/{id}/state"))

    reference = await handed(jo, id)
    assert await state() == "The clinic has this. Expect a reply by Monday, March 9."
    await change(clinic, lambda session: tickets.change_urgency(session, clinic, reference, sam, "same_day", "asked to"))
    assert await state() == "The clinic has this. Expect a reply today."
    clock.later(hours=9)
    await jo.enters("patient", 1)
    assert await state() == "The clinic has this. The reply is late, and we are sorry. Please phone (555) 555-0142."
    await change(clinic, lambda session: tickets.claim(session, clinic, reference, sam))
    await change(clinic, lambda session: tickets.reply(session, clinic, reference, sam, "Which arm was it?", ask=True))
    assert await state() == "Sam Clinician asked you something."
    await change(clinic, lambda session: tickets.reply(session, clinic, reference, sam, "Please keep to your plan."))
    assert await state() == "Sam Clinician replied."
    await change(clinic, lambda session: tickets.resolve(session, clinic, reference, sam, "answered_here"))
    assert await state() in ("The clinic has closed this. You can still write here.", "Sam Clinician replied.")
    page = words(await jo.get(f"/portal/threads/{id}"))
    assert "Sam Clinician, Maple Lane Clinic" in page and "Please keep to your plan." in page


async def test_an_emergency_promises_no_reply(jo: Browser, clinic: Clinic) -> None:
    id = await begins(jo)
    await handed(jo, id, urgency="emergency", kind="emergency")
    assert words(await jo.get(f"/portal/threads/{id}/state")) == "If this is an emergency, do not wait for us. Call 911 now."


@pytest.mark.parametrize("how", ["signed in", "signed out", "idle", "forged", "too long", "not urlencoded"])
async def test_an_emergency_beats_everything(jo: Browser, stranger: Browser, clinic: Clinic, clock: Clock, how: str) -> None:
    browser, csrf, text = jo, None, RED_FLAG
    if how == "signed out":
        browser, csrf = stranger, "x"
    elif how == "idle":
        clock.later(minutes=31)
    elif how == "forged":
        csrf = "x"
    elif how == "too long":
        text = "I had a question. " * 500 + RED_FLAG
    for path in ("/portal/new", "/portal/threads/AAAAAAAAAAAAAAAAAAAAAA/messages", "/portal/visit"):
        fields = {"text": text, "question": text, "key": threads.new_key()}
        if how == "not urlencoded":
            answer = await browser.http.post(path, json=fields)
        else:
            answer = await browser.post(path, csrf, **fields)
        assert answer.status_code == 200, (path, words(answer))
        shown = words(answer)
        assert re.search(r'<main[^>]*>\s*<div [^>]*role="alert">\s*<h1><a class="call" href="tel:911">Call 911 now</a></h1>', answer.text)
        stored = how in ("signed in", "too long") and path == "/portal/new"
        assert ("Nobody has read what you just typed." in shown) == (not stored), (path, shown)
    rows = await all_of(clinic, Conversation)
    assert len(rows) == (1 if how in ("signed in", "too long") else 0)


async def test_yes_to_the_red_flag_check_beats_everything(jo: Browser, stranger: Browser) -> None:
    for browser, csrf in ((jo, "forged"), (stranger, "")):
        answer = await browser.post("/portal/threads/AAAAAAAAAAAAAAAAAAAAAA/messages", csrf, choice="check:yes", key=str(uuid.uuid4()))
        assert answer.status_code == 200 and "Call 911 now" in words(answer)


async def test_only_what_was_typed_is_read(stranger: Browser) -> None:
    """Not the form's own fields, which say nothing and would only blur the words."""
    answer = await stranger.post("/portal/new", RED_FLAG, text="how much is usual?", key=RED_FLAG)
    assert answer.status_code == 401


async def test_no_emergency_is_refused_as_ever(stranger: Browser) -> None:
    for path in ("/portal/new", "/portal/visit"):
        answer = await stranger.post(path, text="how much is usual?", key=threads.new_key())
        assert answer.status_code == 401 and "sign in again" in words(answer)


async def test_an_emergency_reaches_the_clinic_as_a_ticket(jo: Browser, clinic: Clinic) -> None:
    await jo.post("/portal/new", key=threads.new_key(), text=RED_FLAG)
    (ticket,) = await all_of(clinic, Handoff)
    assert (ticket.urgency, ticket.channel, ticket.patient_id) == ("emergency", "portal", 1)


async def test_other_peoples_threads_are_not_there(jo: Browser, other: Browser, clinic: Clinic, patient: Any) -> None:
    theirs = await begins(other)
    anonymous = patient.conversation
    for id in (theirs, anonymous, "AAAAAAAAAAAAAAAAAAAAAA", "%00", "' OR 1=1 --"):
        for path in ("", "/state", "/keep"):
            assert (await jo.get(f"/portal/threads/{id}{path}")).status_code == 404, (id, path)
        for path in ("/messages", "/keep", "/pass-on"):
            answer = await jo.post(f"/portal/threads/{id}{path}", text="hi", key=str(uuid.uuid4()), **{"2": "yes"})
            assert answer.status_code == 404, (id, path)
    assert len(await said(clinic, theirs)) == 2 and len(await said(clinic, anonymous)) == 1
    assert "how much is usual" not in words(await jo.get("/portal"))


async def test_what_was_typed_is_text(jo: Browser, clinic: Clinic) -> None:
    script = '<script>alert(1)</script><img src=x onerror=alert(1)>"\' {{ 7*7 }}'
    id = await begins(jo, script, subject=script)
    await change(clinic, lambda session: messages.from_staff(session, id, script, script, clinic.now()))
    for path in ("", f"/threads/{id}", f"/threads/{id}/keep", "/rows"):
        page = (await jo.get(f"/portal{path}")).text
        assert "&lt;script&gt;alert" in page and "<script>alert" not in page and "<img" not in page and "{{ 7*7 }}" in page


async def test_the_assistant_is_away(jo: Browser, clinic: Clinic, engine: FakeEngine) -> None:
    """A signed-in patient passes a question on with one tap then, too, with script or without."""
    engine.then = engine.fails
    id = await begins(jo, "how much is usual?")
    assert "The assistant is not available right now." in words(await jo.get(f"/portal/threads/{id}"))
    answer = await jo.post(f"/portal/threads/{id}/pass-on")
    assert answer.status_code == 303
    (ticket,) = await all_of(clinic, Handoff)
    assert (ticket.details["name"], ticket.details["contact"], ticket.question) == ("Jo Field", "555-555-0199", "how much is usual?")
    assert ticket.reference in words(await jo.get(f"/portal/threads/{id}"))
    await jo.post(f"/portal/threads/{id}/pass-on")
    assert len(await all_of(clinic, Handoff)) == 1
    id = await begins(jo, "another one")
    headers = await token_of(jo, id)
    assert (await jo.http.post("/api/handoff", json={"patient": True}, headers=headers)).status_code == 422
    answer = await jo.http.post("/api/handoff", json={"patient": True, "consent": True}, headers=headers)
    assert answer.json()["reply"]["outcome"]["handoff"]["state"] == "sent"


async def test_the_list_of_many_threads(jo: Browser, clinic: Clinic) -> None:
    def many(session: Session) -> None:
        for place in range(300):
            at = clinic.now() - timedelta(minutes=place)
            session.add(Conversation(id=f"many-{place}", patient_id=1, subject=f"Number {place}.", created_at=at, active_at=at, last_seq=1))
            session.flush()
            session.add(Message(conversation_id=f"many-{place}", seq=1, id=str(uuid.uuid4()), author="assistant", text="An answer", at=at))

    await change(clinic, many)
    shown = words(await jo.get("/portal"))
    assert shown.index("Number 0.") < shown.index("Number 1.") < shown.index("Number 299.")


async def test_a_thread_that_is_gone_while_its_page_is_open(jo: Browser, app: FastAPI, clinic: Clinic) -> None:
    id = await begins(jo)
    headers = await token_of(jo, id)
    await change(clinic, lambda session: session.execute(delete(Conversation)))
    assert (await jo.http.get("/api/conversation", headers=headers)).status_code == 401
    assert (await jo.get(f"/portal/threads/{id}")).status_code == 404


async def test_a_staff_reply_arrives_live_and_being_read_is_told(jo: Browser, app: FastAPI, clinic: Clinic, sam: Actor) -> None:
    id = await begins(jo, "what about my dose")
    headers, reference = await token_of(jo, id), await handed(jo, id)
    lines: list[str] = []

    async def listens(base: str) -> None:
        async with httpx.AsyncClient(timeout=10) as http, http.stream("GET", f"{base}/api/events", headers={**headers, "Last-Event-ID": "0"}) as stream:
            async for line in stream.aiter_lines():
                lines.append(line)
                if "Please keep to your plan." in line:
                    return

    async with served(app) as base:
        task = asyncio.create_task(listens(base))
        await asyncio.sleep(0.2)
        await change(clinic, lambda session: tickets.claim(session, clinic, reference, sam))
        await change(clinic, lambda session: tickets.view(session, clinic, reference, sam))
        await change(clinic, lambda session: tickets.reply(session, clinic, reference, sam, "Please keep to your plan."))
        clinic.events.notify(id)
        await asyncio.wait_for(task, 5)
    last = (await clinic.db.read(conversations.get, id)).last_seq
    await jo.http.post("/api/seen", json={"seq": last}, headers=headers)
    row = await clinic.db.read(conversations.get, id)
    assert row.patient_seen == last and row.patient_seen_at == clinic.now() and row.staff_seen > 0
