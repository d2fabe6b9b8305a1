"""One action an outcome. Each takes the reading that the Reader attached to the message, moves the hand-off, and says
the texts that `ampoule.reply` picks. Whatever goes wrong becomes an honest reply of one outcome."""

from __future__ import annotations

import logging
from typing import Any

from ampoule import handoff, reply, signing
from ampoule.outcome import Turn
from ampoule.reader import Reading
from ampoule.state import SLOTS, State
from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import clinic_client
from pipeline.paths import CONTENT

logger = logging.getLogger(__name__)
CONTENT_LOADED = signing.load_for_patients(CONTENT)


class _Outcome:
    """The common way of every action; the classes below only carry the name that a rule leads to."""

    outcome: str

    def name(self) -> str:
        return f"action_{self.outcome}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict]:
        try:
            turn = await _turn(tracker)
        except Exception as error:
            # The type only: the message of an exception may hold a patient's words.
            logger.error("%s failed: %s", self.name(), type(error).__name__)
            turn = _after_failure(tracker)
        *texts, last = turn.texts
        for text in texts:
            dispatcher.utter_message(text=text)
        dispatcher.utter_message(text=last, json_message=turn.custom)
        return [SlotSet(name, value) for name, value in turn.slots.items()]


async def _turn(tracker: Tracker) -> Turn:
    message = tracker.latest_message
    metadata = message.get("metadata") or {}
    local = bool(metadata.get("local", True))
    reading = Reading.from_dict(message["reading"])
    question, signed_in = message.get("text") or "", bool(metadata.get("signed_in"))
    state = State.from_slots({name: tracker.slots.get(name) for name in SLOTS}, metadata.get("ticket_open") is not False)
    joins = state.handoff is not None and state.handoff.state == "sent" and reading.event == "offer" and not local
    joined = await clinic_client.join(tracker.sender_id, metadata.get("message_id", "")) if joins else None
    if joined in ("closed", "unconfirmed"):
        # What may not have joined the ticket needs a key of its own: the old one would only find the old ticket.
        state.end_handoff()
    draft = state.handoff = handoff.advance(state.handoff, reading, question, signed_in, state.known)
    reply_time = None
    if draft and draft.state == "asking" and draft.step is None:
        committed = await clinic_client.commit(draft, tracker.sender_id, local)
        draft.move(committed.event)
        draft.reference, reply_time = committed.reference, committed.reply_time
    elif joined == "unconfirmed":
        draft.state = "unknown"
    return reply.compose(CONTENT_LOADED, reading, state, reply_time, local)


def _after_failure(tracker: Tracker) -> Turn:
    """An emergency is still one; anything else is honestly not available."""
    reading = (tracker.latest_message or {}).get("reading") or {}
    if reading.get("outcome") == "emergency":
        try:
            return reply.emergency(CONTENT_LOADED, Reading.from_dict(reading))
        except Exception as error:
            logger.error("the emergency reply failed: %s", type(error).__name__)
    return reply.simple(CONTENT_LOADED, "errors", "unavailable")


class ActionAnswer(_Outcome, Action):
    outcome = "answer"


class ActionClarify(_Outcome, Action):
    outcome = "clarify"


class ActionConvert(_Outcome, Action):
    outcome = "convert"


class ActionEmergency(_Outcome, Action):
    outcome = "emergency"


class ActionHandoff(_Outcome, Action):
    outcome = "handoff"


class ActionLanguage(_Outcome, Action):
    outcome = "language"


class ActionOutOfScope(_Outcome, Action):
    outcome = "out_of_scope"


class ActionSmalltalk(_Outcome, Action):
    outcome = "smalltalk"
