"""The hand-off's action against a clinic that answers as it is told: what is sent, and what is said of it."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from ampoule.handoff import Draft
from ampoule.reader import Reading
from ampoule.state import State

SENDER = "conversation-1"
WHO = {"patient": True, "name": "Jo Poe", "birth_date": "[date]", "contact": "[phone …42]", "about": "self"}
COMMITTED = (201, {"reference": "B12-NEW1", "reply_time": "by Monday"})


def draft(state, **changes):
    return Draft(**{"kind": "my_dose", "reason": "dose_personal", "urgency": "routine", "question": "how much for me", "state": state, **changes})


def offer():
    ranking, because = [("my_labs", 0.9), ("human", 0.05)], [("low_level", "140")]
    return Reading("my_labs", "handoff", kind="my_labs", reason="lab_value", event="offer", ranking=ranking, because=because)


ACCEPT = Reading("affirm", "handoff", event="accept")
CONSENT = Reading("contact", "handoff", event="detail", details={"consent": True})


@pytest.fixture
def say(monkeypatch):
    """A turn of the action with the clinic's answers by path; gives the outcome, the draft then, and what the clinic got."""
    # Here, because Sanic changes the filter of warnings where it is imported.
    from rasa_sdk import Tracker
    from rasa_sdk.executor import CollectingDispatcher

    from actions import clinic_client
    from actions.actions import ActionHandoff

    async def turn(reading, before, answers, metadata):
        seen = []

        async def clinic(request):
            seen.append((request.path, await request.json()))
            status, body = answers[request.path]
            return web.json_response(body, status=status)

        app = web.Application()
        app.router.add_post("/{path:.*}", clinic)
        server = TestServer(app)
        async with server:
            monkeypatch.setattr(clinic_client, "URL", f"http://127.0.0.1:{server.port}")
            message = {"text": "my level is 140", "reading": reading.as_dict(), "metadata": {"local": False, "message_id": "m-1", **metadata}}
            tracker = Tracker(SENDER, State(handoff=before).as_slots(), message, [], False, None, {}, "action_listen")
            dispatcher = CollectingDispatcher()
            events = await ActionHandoff().run(dispatcher, tracker, {})
        (custom,) = (m["custom"] for m in dispatcher.messages if m["custom"])
        return custom, State.from_slots({e["name"]: e["value"] for e in events}), seen

    return lambda reading, before=None, answers=None, **metadata: asyncio.run(turn(reading, before, answers or {}, metadata))


def test_what_is_sent_says_why_it_came(say):
    why = {"labels": [["my_dose", 0.8]], "because": [["dose_due_today", "how much"]]}
    custom, state, seen = say(CONSENT, draft("asking", details=dict(WHO), why=why), {"/internal/handoffs": COMMITTED})
    assert custom["texts"] == ["replies/handoff#sent"] and custom["handoff"]["reference"] == "B12-NEW1"
    ((path, body),) = seen
    assert body["reading"] == why and body["key"] == state.handoff.id and body["question"] == "how much for me"
    assert body["details"] == {"is_patient": True, "consent": True, **{k: v for k, v in WHO.items() if k != "patient"}}


def test_one_tap_of_a_signed_in_patient_commits(say):
    custom, state, seen = say(ACCEPT, draft("offered", signed_in=True), {"/internal/handoffs": COMMITTED}, signed_in=True)
    assert custom["texts"] == ["replies/handoff#sent"] and state.handoff.state == "sent"
    details = {name: value for name, value in seen[0][1]["details"].items() if value is not None}
    assert details == {"about": "self", "is_patient": True, "consent": True}


@pytest.mark.parametrize("signed_in", [True, False])
def test_nothing_is_sent_before_the_yes(say, signed_in):
    custom, state, seen = say(offer(), None, signed_in=signed_in)
    assert custom["handoff"]["state"] == "offered" and seen == []
    assert state.handoff.why["labels"] == [["my_labs", 0.9], ["human", 0.05]] and state.handoff.why["because"] == [["low_level", "140"]]


@pytest.mark.parametrize("metadata", [{}, {"ticket_open": True}])
def test_a_later_question_joins_the_open_ticket(say, metadata):
    sent = draft("sent", details=dict(WHO), reference="B12-OLD1")
    custom, state, seen = say(offer(), sent, {"/internal/handoffs/join": (200, {"reference": "B12-OLD1"})}, **metadata)
    assert "replies/handoff#joined" in custom["texts"] and state.handoff.id == sent.id
    assert seen == [("/internal/handoffs/join", {"conversation": SENDER, "message_id": "m-1"})]


def test_once_the_ticket_is_closed_a_new_hand_off_begins(say):
    sent = draft("sent", details={**WHO, "consent": True}, reference="B12-OLD1")
    custom, state, seen = say(offer(), sent, ticket_open=False)
    assert custom["handoff"] == {"kind": "my_labs", "reason": "lab_value", "urgency": "routine", "state": "offered", "reference": None}
    assert seen == [] and state.handoff.id != sent.id and state.handoff.question == "my level is 140"
    assert state.handoff.details == {name: WHO[name] for name in ("patient", "name", "birth_date", "contact")}


def test_a_ticket_closed_in_the_meantime_begins_a_new_hand_off_too(say):
    sent = draft("sent", details=dict(WHO), reference="B12-OLD1")
    custom, state, seen = say(offer(), sent, {"/internal/handoffs/join": (404, {"error": {"code": "not_found"}})}, ticket_open=True)
    assert custom["handoff"]["state"] == "offered" and custom["texts"][-1] == "replies/handoff#offer"
    assert state.handoff.id != sent.id and state.handoff.question == "my level is 140"


def test_what_may_not_have_joined_is_sent_under_a_key_of_its_own(say):
    sent = draft("sent", signed_in=True, details={"consent": True}, reference="B12-OLD1")
    custom, state, _ = say(offer(), sent, {"/internal/handoffs/join": (503, {"error": {"code": "unconfirmed"}})}, signed_in=True)
    assert custom["handoff"]["state"] == "unknown" and "replies/handoff#unknown" in custom["texts"]
    custom, state, seen = say(ACCEPT, state.handoff, {"/internal/handoffs": COMMITTED}, signed_in=True)
    assert custom["handoff"]["reference"] == "B12-NEW1" and seen[0][1]["key"] != sent.id and seen[0][1]["question"] == "my level is 140"
