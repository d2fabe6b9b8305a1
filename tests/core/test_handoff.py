"""The hand-off: every move of its table, every move that is not in it, its steps, and what widens it."""

from __future__ import annotations

import json

import pytest
from ampoule.handoff import MOVES, OPEN, PERSON, STEPS, Draft, MoveError, advance
from ampoule.outcome import HANDOFF_STATES
from ampoule.reader import Reading
from ampoule.state import State

STATES = ("new", *HANDOFF_STATES)
EVENTS = ("offer", "accept", "detail", "decline", "committed", "refused", "unconfirmed", "join", "send", "")
# Written out once more on purpose: a move added to the table by accident fails here.
ALLOWED = {
    "new": {"offer": "offered"},
    "offered": {"offer": "offered", "accept": "asking", "detail": "asking", "decline": "cancelled"},
    "asking": {
        "offer": "asking",
        "accept": "asking",
        "detail": "asking",
        "decline": "cancelled",
        "committed": "sent",
        "refused": "failed",
        "unconfirmed": "unknown",
    },
    "failed": {"accept": "asking", "offer": "offered", "decline": "cancelled"},
    "unknown": {"accept": "asking", "offer": "offered", "decline": "cancelled"},
    "sent": {"join": "sent"},
    "cancelled": {},
}
ALL = {"patient": True, "name": "Jo Poe", "birth_date": "date", "contact": "phone …42", "about": "self", "consent": True}


def draft(state: str = "asking", **changes) -> Draft:
    return Draft(**{"kind": "my_dose", "reason": "dose_personal", "urgency": "routine", "question": "how much for me", "state": state, **changes})


def offer(kind: str = "my_dose", urgency: str = "routine", **changes) -> Reading:
    return Reading(kind, "handoff", kind=kind, reason=f"{kind}_reason", urgency=urgency, event="offer", **changes)


def detail(**details) -> Reading:
    return Reading("contact", "handoff", event="detail", details=details)


def event(name: str, **details) -> Reading:
    return Reading("affirm", "handoff", event=name, details=details)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", EVENTS)
def test_every_move(state: str, name: str) -> None:
    moved = draft(state)
    if name in ALLOWED[state]:
        assert moved.move(name) is moved
        assert moved.state == ALLOWED[state][name] == MOVES[state, name]
    else:
        with pytest.raises(MoveError, match=f"^{name} is not possible when {state}$"):
            moved.move(name)
        assert moved.state == state


def test_the_table_holds_nothing_else() -> None:
    assert MOVES == {(state, name): to for state, moves in ALLOWED.items() for name, to in moves.items()}
    assert OPEN == ("offered", "asking")


def test_only_what_is_needed_is_asked_for_in_order() -> None:
    asked, current = [], draft()
    while current.step:
        asked.append(current.step)
        current.details[current.step] = ALL[current.step]
    assert tuple(asked) == STEPS == ("patient", "name", "birth_date", "contact", "about", "consent")


def test_what_was_told_already_is_not_asked_for() -> None:
    assert draft(details={"patient": True, "contact": "phone …42", "name": "Jo"}).step == "birth_date"


def test_the_yes_of_a_signed_in_patient_is_the_consent() -> None:
    made = advance(None, offer(), "how much for me", True)
    assert advance(made, event("accept"), "yes", True).details == {"consent": True}
    assert (made.state, made.step) == ("asking", None)


def test_what_a_signed_in_patient_tells_beside_is_no_consent() -> None:
    made = advance(advance(None, offer(), "how much for me", True), detail(contact="phone …42"), "", True)
    assert (made.state, made.step) == ("asking", "consent")
    assert advance(made, event("accept"), "yes", True).details == {"contact": "phone …42", "consent": True} and made.step is None


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_a_signed_in_patient_tries_again_with_one_tap_and_the_same_key(state: str) -> None:
    old = draft(state, signed_in=True, details={"consent": True})
    made = advance(old, event("accept"), "yes", True)
    assert (made.id, made.state, made.step) == (old.id, "asking", None)


def test_who_is_asking_is_what_the_server_says_this_time() -> None:
    made = advance(draft("offered"), event("accept"), "yes", True)
    assert made.step is None
    made = advance(draft("offered", signed_in=True), event("accept"), "yes", False)
    assert made.step == "patient" and "consent" not in made.details


@pytest.mark.parametrize("state", [s for s in STATES if s != "asking"])
def test_nothing_is_asked_for_in_another_state(state: str) -> None:
    assert draft(state).step is None


def test_a_new_hand_off_is_offered_with_its_question() -> None:
    made = advance(None, offer(topics=["usual_dose"], details={"contact": "phone …42"}), "how much for me", True)
    assert (made.state, made.kind, made.reason, made.urgency, made.question, made.topics, made.signed_in) == (
        "offered",
        "my_dose",
        "my_dose_reason",
        "routine",
        "how much for me",
        ["usual_dose"],
        True,
    )
    assert made.details == {"contact": "phone …42"} and made.reference is None


def test_each_hand_off_has_its_own_key_that_no_move_changes() -> None:
    first, second = advance(None, offer(), "a", False), advance(None, offer(), "a", False)
    assert first.id != second.id and len(first.id) == 36
    key = first.id
    for reading in (event("accept"), detail(**{k: v for k, v in ALL.items()})):
        first = advance(first, reading, "", False)
    first.move("refused")
    assert advance(first, event("accept"), "", False).id == key


def test_from_the_offer_to_the_last_step() -> None:
    made = advance(None, offer(), "how much for me", False)
    made = advance(made, event("accept"), "yes", False)
    assert (made.state, made.step) == ("asking", "patient")
    for step, following in zip(STEPS, [*STEPS[1:], None], strict=True):
        made = advance(made, detail(**{step: ALL[step]}), "", False)
        assert (made.state, made.step) == ("asking", following)
    assert made.move("committed").state == "sent"


@pytest.mark.parametrize("step", ["patient", "consent"])
def test_a_no_to_being_a_patient_or_to_consent_ends_it(step: str) -> None:
    made = advance(draft(), detail(**{step: False}), "no", False)
    assert made.state == "cancelled" and made.details[step] is False


def test_details_may_come_before_the_yes() -> None:
    made = advance(draft("offered"), detail(contact="phone …42"), "", False)
    assert (made.state, made.details) == ("asking", {"contact": "phone …42"})


@pytest.mark.parametrize("state", ["offered", "asking", "failed", "unknown"])
def test_a_decline_cancels(state: str) -> None:
    assert advance(draft(state), event("decline"), "no", False).state == "cancelled"


@pytest.mark.parametrize("state", ["sent", "cancelled"])
@pytest.mark.parametrize("reading", [event("accept"), event("decline"), detail(consent=True), detail(patient=False), detail(consent=False)])
def test_an_old_button_changes_nothing_of_what_is_sent_or_cancelled(state: str, reading: Reading) -> None:
    made = draft(state, details=dict(ALL), reference="AB-1" if state == "sent" else None)
    before = made.as_slot() | {"details": dict(ALL)}
    assert advance(made, reading, "", False).as_slot() == before


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_what_was_not_sent_is_tried_again_with_new_consent(state: str) -> None:
    made = advance(draft(state, details=dict(ALL)), event("accept"), "yes", False)
    assert (made.state, made.step) == ("asking", "consent")
    made = advance(made, detail(consent=True), "", False)
    assert made.step is None


def test_another_question_joins_the_open_hand_off() -> None:
    made = draft("offered")
    made = advance(made, offer("my_labs"), "and my level is high", False)
    assert (made.state, made.kind, made.question) == ("offered", "my_dose", "how much for me\nand my level is high")
    made = advance(made, offer("dosing_error", "same_day"), "I took two", False)
    assert (made.kind, made.reason, made.urgency) == ("dosing_error", "dosing_error_reason", "same_day")
    assert made.question.count("\n") == 2


@pytest.mark.parametrize("state", ["offered", "asking", "failed", "unknown", "sent"])
def test_the_higher_urgency_decides_in_every_state(state: str) -> None:
    made = advance(draft(state, kind="my_symptoms", reference="AB-1"), offer("my_symptoms", "same_day"), "it got worse today", False)
    assert made.urgency == "same_day" and "it got worse today" in made.question
    assert advance(made, offer("admin", "routine"), "and my bill", False).urgency == "same_day"


def test_after_it_was_sent_another_question_joins_it() -> None:
    made = advance(draft("sent", reference="AB-1"), offer("my_labs"), "my level", False)
    assert (made.state, made.reference) == ("sent", "AB-1") and made.question.endswith("my level")


def test_the_same_question_is_not_taken_twice() -> None:
    made = draft("offered")
    made.widen(offer(), "how much for me")
    assert made.question == "how much for me"


def test_why_is_what_was_read_from_the_message_that_opened_or_raised_it() -> None:
    read = {"ranking": [("my_dose", 0.8), ("usual_dose", 0.1)], "because": [("dose_due_today", "how much do I take")], "quantities": ["1000 mcg"]}
    made = advance(None, offer(**read, routes=["im"], forms=["cyano"], medicines=["warfarin"], flags=["nerves"]), "how much for me", False)
    opened = {
        "labels": [["my_dose", 0.8], ["usual_dose", 0.1]],
        "because": [["dose_due_today", "how much do I take"]],
        "quantities": ["1000 mcg"],
        "routes": ["im"],
        "forms": ["cyano"],
        "medicines": ["warfarin"],
        "flags": ["nerves"],
        "language": None,
    }
    assert made.why == opened
    assert advance(made, offer("my_labs", ranking=[("my_labs", 0.9)]), "and my level", False).why == opened
    assert advance(made, event("accept"), "yes", False).why == opened
    raised = advance(made, offer("dosing_error", "same_day", ranking=[("dosing_error", 0.9)]), "I took two", False)
    assert raised.why["labels"] == [["dosing_error", 0.9]] and raised.why["because"] == []


def test_a_new_hand_off_knows_the_person_of_the_one_before() -> None:
    known = draft("sent", details=dict(ALL), reference="AB-1").person
    assert set(known) == set(PERSON) == set(STEPS) - {"about", "consent"}
    made = advance(None, offer(details={"contact": "e-mail j…"}), "another", False, known)
    assert made.details == {**known, "contact": "e-mail j…"}
    assert advance(made, event("accept"), "yes", False).step == "about"


def test_after_a_cancelled_one_a_new_one_begins() -> None:
    old = draft("cancelled", details=dict(ALL))
    made = advance(old, offer(), "again please", False)
    assert made.id != old.id and (made.state, made.question, made.details) == ("offered", "again please", {})


def test_what_has_nothing_to_do_with_it_leaves_it_alone() -> None:
    made = draft()
    assert advance(made, Reading("usual_dose", "answer", topics=["usual_dose"]), "usual dose?", False) is made
    assert advance(None, Reading("thanks", "smalltalk"), "ta", False) is None
    assert advance(None, event("accept"), "yes", False) is None
    assert advance(made, event("again"), "what", False).state == "asking"


def test_what_the_outcome_shows_holds_nothing_that_identifies() -> None:
    made = draft("sent", details=dict(ALL), reference="AB-1")
    assert made.public() == {"kind": "my_dose", "reason": "dose_personal", "urgency": "routine", "state": "sent", "reference": "AB-1"}


def test_it_goes_through_a_slot_unchanged() -> None:
    made = advance(None, offer(ranking=[("my_dose", 0.8)], because=[("dose_due_today", "how much")], details=dict(ALL)), "how much for me", False)
    assert Draft.from_slot(json.loads(json.dumps(made.as_slot()))) == made
    assert Draft.from_slot(None) is None
    before = {name: value for name, value in made.as_slot().items() if name != "why"}
    assert Draft.from_slot(before).why == {}, "kept before there was a why"
    state = State(handoff=made, emergency="open", topics=["forms"], quantity={"amount": "1", "unit": "mg"}, checking=True, greeted=True, known={"name": "Jo"})
    assert State.from_slots(json.loads(json.dumps(state.as_slots()))) == state
    assert State.from_slots({}) == State()


@pytest.mark.parametrize("state", STATES)
def test_when_a_hand_off_is_open(state: str) -> None:
    assert State(handoff=draft(state)).handoff_open == (state in OPEN)
    assert not State().handoff_open


@pytest.mark.parametrize("state", STATES)
def test_once_its_ticket_is_closed_what_was_sent_is_over(state: str) -> None:
    slots = State(handoff=draft(state, details=dict(ALL), reference="AB-1"), topics=["forms"]).as_slots()
    found = State.from_slots(slots, ticket_open=False)
    if state == "sent":
        assert found.handoff is None and found.topics == ["forms"] and set(found.known) == set(PERSON)
        assert State.from_slots(found.as_slots(), ticket_open=False) == found
    else:
        assert found == State.from_slots(slots)
    assert State.from_slots(slots, ticket_open=True) == State.from_slots(slots)
