"""What the service answers by itself: greetings and receipts, and everything while the engine is down."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from ampoule import reply
from ampoule.outcome import Turn, validate
from ampoule.reader import Reading
from ampoule.state import State

from ampoule_clinic.hours import Hours
from ampoule_clinic.words import Words

CHECK_YES, CHECK_NO = "check:yes", "check:no"
ASSISTANT = "assistant"  # The button that leaves the person at the clinic for the assistant.
# The hand-off that the service offers while the engine is down. Nobody has judged its urgency: the higher one.
KIND, REASON = "human", "engine_down"
URGENCY: Final = "same_day"


def greeting(words: Words) -> Turn:
    return reply.compose(words.content, Reading("greet", "smalltalk"), State())


def emergency(words: Words, reading: Reading) -> Turn:
    return reply.emergency(words.content, reading)


def unavailable(words: Words) -> Turn:
    """The engine is down: says so, and offers to pass the message on (the page shows the form)."""
    return _say(words, "errors#unavailable", handoff=_handoff("offered"))


def receipt(words: Words, hours: Hours, urgency: str, staff_name: str | None, now: datetime) -> Turn:
    """The answer to a message that went to a person at the clinic, about something of this urgency."""
    name = staff_name or words.content.clinic["name"]
    if urgency == "emergency":
        return _say(words, "handoff#person_emergency", staff_name=name)
    if not hours.is_open(now):
        turn = _say(words, "handoff#person_closed")
        button = {"title": words("person#ask_assistant"), "choice": ASSISTANT}
        return Turn(turn.texts, validate(turn.custom | {"choices": [button]}))
    return _say(words, "handoff#person_receipt", staff_name=name, reply_time=words(hours.promise(urgency, now).text))


def overdue(words: Words) -> Turn:
    """The clinic has not replied by the time it promised."""
    return _say(words, "handoff#person_overdue")


def assistant_again(words: Words) -> Turn:
    """The patient would rather ask the assistant."""
    return _say(words, "person#assistant_here")


def not_patient(words: Words) -> Turn:
    return _say(words, "handoff#not_patient", handoff=_handoff("cancelled"))


def sent(words: Words, reference: str, reply_time: str) -> Turn:
    """Only for a hand-off that is being committed together with this reply."""
    return _say(words, "handoff#sent", handoff=_handoff("sent", reference), reference=reference, reply_time=reply_time)


def checked(words: Words, turn: Turn) -> Turn:
    """The turn with the short red-flag check in front of it."""
    check = words("emergency#check")
    buttons = [{"title": words("emergency#check_yes"), "choice": CHECK_YES}, {"title": words("emergency#check_no"), "choice": CHECK_NO}]
    custom = {**turn.custom, "safety": "check", "texts": ["replies/emergency#check", *turn.custom["texts"]],
              "choices": [*buttons, *turn.custom["choices"]]}
    return Turn([check, *turn.texts], validate(custom))


def offers_form(outcome: dict[str, Any] | None) -> bool:
    """Whether the form belongs to the reply with this outcome."""
    return bool(outcome and outcome["handoff"] and outcome["handoff"]["reason"] == REASON)


def _handoff(state: str, reference: str | None = None) -> dict[str, Any]:
    return {"kind": KIND, "reason": REASON, "urgency": URGENCY, "state": state, "reference": reference}


def _say(words: Words, id: str, handoff: dict[str, Any] | None = None, **blanks: str) -> Turn:
    file, name = id.split("#")
    turn = reply.simple(words.content, file, name, "smalltalk", **blanks)
    return Turn(turn.texts, validate(turn.custom | {"outcome": "handoff", "handoff": handoff})) if handoff else turn
