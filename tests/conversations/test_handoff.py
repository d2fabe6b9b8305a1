"""The hand-off in conversation: offered, asked for what is needed, cancelled, interrupted, overtaken, sent once."""

import pytest
from ampoule.check import AMOUNT

from tests.talk import Talk


def accept_all(talk):
    """From the offer to the question about consent."""
    talk.say("yes please")
    talk.say("yes I am")
    talk.say("Morgan Vale")
    talk.say("born 4 May 1961")
    talk.say("555 010 4477")
    return talk.say("it's for me")


def test_offered_then_asked_then_sent_once(talk):
    turn = talk.say("should I be having my shots closer together, what do you say")
    assert turn.custom["outcome"] == "handoff" and turn.custom["handoff"]["state"] == "offered"
    assert "replies/handoff#offer" in turn.custom["texts"]
    steps = [talk.say(text).custom["texts"][-1] for text in ("yes please", "yes I am", "Morgan Vale", "born 4 May 1961", "555 010 4477", "it's for me")]
    assert steps == [f"replies/handoff#ask_{step}" for step in ("patient", "name", "birth_date", "contact", "about", "consent")]
    turn = talk.say("yes")
    assert turn.custom["handoff"]["state"] == "sent" and turn.custom["handoff"]["reference"] == "B12-TEST77"
    assert "B12-TEST77" in turn.texts[0]
    assert len(talk.sent) == 1
    talk.say("yes")
    assert len(talk.sent) == 1


def test_consent_shows_the_contact_masked(talk):
    talk.say("can I skip my next injection")
    turn = accept_all(talk)
    assert turn.custom["texts"][-1] == "replies/handoff#ask_consent"
    assert "…77" in turn.texts[-1] and "4477" not in turn.texts[-1]


@pytest.mark.parametrize("said", ["cancel", "never mind", "actually don't send it", "forget it please"])
def test_cancelled_at_any_step_sends_nothing(content, reader, said):
    for steps in (0, 1, 2, 4):
        talk = Talk(content, reader)
        talk.say("can I skip my next injection")
        for text in ("yes please", "yes I am", "Morgan Vale", "born 4 May 1961")[:steps]:
            talk.say(text)
        turn = talk.say(said)
        assert turn.custom["outcome"] == "smalltalk" and turn.custom["handoff"]["state"] == "cancelled", (said, steps)
        assert not talk.sent


def test_no_consent_means_not_sent(talk):
    talk.say("can I skip my next injection")
    accept_all(talk)
    turn = talk.say("no")
    assert turn.custom["texts"] == ["replies/handoff#consent_declined"] and not talk.sent


def test_someone_elses_patient_has_no_ticket(talk):
    talk.say("can I skip my next injection")
    talk.say("yes please")
    turn = talk.say("no, I go somewhere else")
    assert turn.custom["texts"] == ["replies/handoff#not_patient"] and not talk.sent


def test_a_question_in_the_middle_is_answered_and_the_handoff_kept(talk):
    talk.say("I missed my jab last week, when should I have it")
    talk.say("yes please")
    turn = talk.say("quick question, what are the common side effects of the shots?")
    assert turn.custom["outcome"] == "answer" and turn.custom["topics"] == ["side_effects"]
    assert turn.custom["reminder"] == "handoff" and turn.custom["handoff"]["state"] == "asking"
    assert not AMOUNT.search("\n".join(turn.texts))
    assert talk.say("yes I am a patient").custom["texts"][-1] == "replies/handoff#ask_name"


def test_an_emergency_overtakes_it(talk):
    talk.say("I want to ask about my bill")
    talk.say("yes please")
    turn = talk.say("my tongue is swelling up and I can't breathe")
    assert turn.custom["outcome"] == "emergency" and not talk.sent
    assert turn.texts[0].splitlines()[0].startswith("Call 911")


@pytest.mark.parametrize(("sending", "state", "text"), [("refused", "failed", "failed"), ("unconfirmed", "unknown", "unknown")])
def test_what_was_not_sent_is_not_called_sent(content, reader, sending, state, text):
    talk = Talk(content, reader, sending=sending)
    talk.say("can I skip my next injection")
    accept_all(talk)
    turn = talk.say("yes")
    assert turn.custom["handoff"] == {**turn.custom["handoff"], "state": state, "reference": None}
    assert f"replies/handoff#{text}" in turn.custom["texts"] and "replies/handoff#sent" not in turn.custom["texts"]
    assert "(555) 555-0142" in "\n".join(turn.texts)


def test_a_failed_one_can_be_tried_again_with_the_same_key(content, reader):
    talk = Talk(content, reader, sending="refused")
    talk.say("can I skip my next injection")
    accept_all(talk)
    talk.say("yes")
    key = talk.state.handoff.id
    talk.sending = "committed"
    talk.say("yes please")
    talk.say("yes")
    assert [draft.id for draft in talk.sent] == [key]


def test_later_questions_join_the_open_ticket(talk):
    talk.say("can I skip my next injection")
    accept_all(talk)
    talk.say("yes")
    turn = talk.say("and should I double the one after that")
    assert turn.custom["outcome"] == "handoff" and turn.custom["handoff"]["state"] == "sent"
    assert "replies/handoff#joined" in turn.custom["texts"]


def test_once_the_ticket_is_closed_the_next_question_is_handed_over_like_the_first(talk):
    talk.say("can I skip my next injection")
    accept_all(talk)
    talk.say("yes")
    talk.ticket_open = False
    turn = talk.say("what are the common side effects of the shots?")
    assert turn.custom["outcome"] == "answer" and turn.custom["handoff"] is None
    turn = talk.say("my B12 came back at 140 what do I do")
    assert turn.custom["handoff"]["state"] == "offered" and turn.custom["handoff"]["reference"] is None
    assert "replies/handoff#offer" in turn.custom["texts"] and "replies/handoff#joined" not in turn.custom["texts"]
    # Who the person is was told before; whom it is about and whether to send it is asked each time.
    assert talk.say("yes please").custom["texts"] == ["replies/handoff#ask_about"]
    turn = talk.say("it's for me")
    assert turn.custom["texts"] == ["replies/handoff#ask_consent"] and "…77" in turn.texts[0]
    assert talk.say("yes").custom["handoff"]["state"] == "sent"
    first, second = talk.sent
    assert first.id != second.id and first.details == second.details
    assert (first.question, second.question) == ("can I skip my next injection", "my B12 came back at 140 what do I do")
    assert "replies/handoff#joined" in talk.say("and should I double the one after that").custom["texts"]


def test_an_old_yes_sends_nothing_once_the_ticket_is_closed(talk):
    talk.say("can I skip my next injection")
    accept_all(talk)
    talk.say("yes")
    talk.ticket_open = False
    assert talk.say("yes").custom["handoff"] is None and len(talk.sent) == 1


def test_signed_in_needs_one_tap_each_time(content, reader):
    talk = Talk(content, reader, signed_in=True)
    for question in ("can I skip my next injection", "my B12 came back at 140 what do I do"):
        turn = talk.say(question)
        assert turn.custom["texts"][-1] == "replies/handoff#offer_signed_in" and "staff there will read" in turn.texts[-1]
        turn = talk.say("Yes, pass it on", choice="handoff:accept")
        assert turn.custom["texts"] == ["replies/handoff#sent"] and turn.custom["handoff"]["state"] == "sent"
        talk.ticket_open = False
    assert [draft.question for draft in talk.sent] == ["can I skip my next injection", "my B12 came back at 140 what do I do"]
    assert all(draft.details == {"consent": True} for draft in talk.sent)


def test_signed_in_is_never_asked_who_they_are(content, reader):
    talk = Talk(content, reader, signed_in=True)
    talk.say("can I skip my next injection")
    turn = talk.say("you can call me on 555 010 4477")
    assert turn.custom["texts"] == ["replies/handoff#offer_signed_in"] and not talk.sent
    assert talk.say("yes").custom["handoff"]["state"] == "sent"
    assert talk.sent[0].details["contact"] == "[phone …77]"


@pytest.mark.parametrize("said", ["no", "no thanks", "cancel", "never mind"])
def test_signed_in_and_a_no_sends_nothing(content, reader, said):
    talk = Talk(content, reader, signed_in=True)
    talk.say("can I skip my next injection")
    assert talk.say(said).custom["handoff"]["state"] == "cancelled" and not talk.sent


@pytest.mark.parametrize(
    "text",
    [
        "how many ml do I draw from my vial for 500",
        "I am pregnant, how much B12 should I have",
        "my B12 came back at 140 what do I do",
        "I took two shots on the same day by accident",
        "can I change to every six weeks",
        "I'm on warfarin, is my jab ok",
    ],
)
def test_no_amount_stands_beside_a_handoff(content, reader, text):
    talk = Talk(content, reader)
    turn = talk.say(text)
    assert turn.custom["outcome"] == "handoff", turn.custom
    assert turn.custom["conversion"] or not AMOUNT.search("\n".join(turn.texts))
