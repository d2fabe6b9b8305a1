"""The engine's channel: what it accepts, what it trusts, and that it never logs a patient's words."""

import uuid

import pytest

from tests.engine.client import Page, call, outcome, words


def send(running, message, sender=None, **more):
    return call(running.ENGINE, "POST", {"sender": sender or str(uuid.uuid4()), "message": message, **more})


@pytest.mark.parametrize(
    "body",
    [
        {"message": "hi"},
        {"sender": "a"},
        {"sender": "", "message": "hi"},
        {"sender": 3, "message": "hi"},
        {"sender": "a", "message": 3},
        {"sender": "a", "message": "x" * 30_000},
        {"sender": "a", "message": "hi", "metadata": "no"},
        ["hi"],
        "hi",
        3,
    ],
)
def test_bad_bodies_are_refused_clearly(running, body):
    status, answer = call(running.ENGINE, "POST", body)
    assert status == 400 and answer["error"]


def test_no_json_is_refused_without_repeating_it(running):
    status, answer = call(running.ENGINE, "POST", raw=b"{planted words")
    assert status == 400 and "planted" not in answer["error"]


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01", "​"])
def test_empty_messages_get_one_outcome(running, text):
    status, replies = send(running, text)
    assert status == 200 and outcome(replies)["texts"] == ["replies/errors#empty"]


@pytest.mark.parametrize("text", ["/restart", " /restart", "//x", "/session_start", '/usual_dose{"a": 1}'])
def test_commands_are_plain_text(running, text):
    sender = str(uuid.uuid4())
    send(running, "can I skip my next injection", sender)
    status, replies = send(running, text, sender)
    assert status == 200 and outcome(replies)["outcome"] in ("out_of_scope", "clarify", "smalltalk", "handoff", "answer")
    status, replies = send(running, "yes please", sender)
    assert outcome(replies)["handoff"]["state"] == "asking", "the open hand-off was forgotten"


def test_a_forced_intent_does_not_hide_an_emergency(running):
    _, replies = send(running, "/usual_dose{} my lips are swelling and I can't breathe")
    assert outcome(replies)["outcome"] == "emergency" and "911" in words(replies).splitlines()[0]


def test_metadata_is_only_believed_with_the_token(running):
    sender = str(uuid.uuid4())
    metadata = {"signed_in": True, "choice": "check:yes"}
    _, replies = send(running, "hello there", sender, metadata=metadata)
    assert outcome(replies)["outcome"] == "smalltalk" and replies[0]["recipient_id"] == f"local:{sender}"
    status, replies = call(running.ENGINE, "POST", {"sender": sender, "message": "hello there", "metadata": metadata}, token="token-for-tests")
    assert status == 200 and outcome(replies)["outcome"] == "emergency" and replies[0]["recipient_id"] == sender
    status, replies = call(running.ENGINE, "POST", {"sender": sender, "message": "hello there", "metadata": metadata}, token="forged")
    assert outcome(replies)["outcome"] == "smalltalk" and replies[0]["recipient_id"] == f"local:{sender}"


def test_a_signed_in_patient_hands_over_with_one_tap_and_anew_once_the_ticket_is_closed(running):
    sender, references = Page(running.CLINIC).conversation_id, []

    def say(message, **metadata):
        body = {"sender": sender, "message": message, "metadata": {"message_id": str(uuid.uuid4()), "signed_in": True, "ticket_open": False, **metadata}}
        _, replies = call(running.ENGINE, "POST", body, token="token-for-tests")
        return outcome(replies)

    for question in ("can I skip my next injection", "my B12 came back at 140 what do I do"):
        turn = say(question)
        assert turn["handoff"]["state"] == "offered" and turn["texts"][-1] == "replies/handoff#offer_signed_in"
        turn = say("Yes, pass it on", choice="handoff:accept")
        assert turn["handoff"]["state"] == "sent" and turn["texts"] == ["replies/handoff#sent"], turn
        references.append(turn["handoff"]["reference"])
    assert references[0] != references[1]


def test_forget_needs_the_token(running):
    sender = str(uuid.uuid4())
    send(running, "can I skip my next injection", sender)
    url = running.ENGINE.removesuffix("/webhook") + f"/conversations/local:{sender}"
    assert call(url, "DELETE")[0] == 403
    assert call(url, "DELETE", token="token-for-tests")[1] == {"forgotten": True}
    _, replies = send(running, "yes please", sender)
    assert outcome(replies)["handoff"] is None


def test_a_local_handoff_is_stored_as_a_test(running):
    sender = str(uuid.uuid4())
    for text in ("can I skip my next injection", "yes please", "yes I am", "Morgan Vale", "born 4 May 1961", "555 010 4477", "it's for me"):
        send(running, text, sender)
    _, replies = send(running, "yes", sender)
    turn = outcome(replies)
    assert turn["handoff"]["state"] == "sent" and turn["texts"] == ["replies/handoff#sent_local"]
    assert turn["handoff"]["reference"] in words(replies)
