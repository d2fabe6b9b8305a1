"""A message's way: stored as typed, read for red flags, checked, answered, stored, shown."""

from __future__ import annotations

import logging
from typing import TypeGuard

from ampoule import contacts
from ampoule.outcome import Turn
from ampoule.reader import Reading
from sqlalchemy.orm import Session

from ampoule_clinic import conversations, degraded, messages, sessions
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.db import DatabaseDown, Unconfirmed
from ampoule_clinic.desk import inbox, presence
from ampoule_clinic.engine import RED_FLAG_SECONDS, TURN_SECONDS, EngineDown
from ampoule_clinic.errors import Refusal
from ampoule_clinic.messages import Standing, Typed
from ampoule_clinic.models import Message

log = logging.getLogger(__name__)


async def store(clinic: Clinic, conversation_id: str, token: str, typed: Typed) -> Message:
    """Commit what was typed. Refusal: `ended`, `bad_choice`, `not_stored`, `unconfirmed`."""

    def work(session: Session) -> Message:
        sessions.touch(session, token, clinic.now())
        return messages.add(session, conversation_id, typed, clinic.now())

    try:
        message = await clinic.db.write(work)
    except Unconfirmed as error:
        raise Refusal("unconfirmed") from error
    except DatabaseDown as error:
        raise Refusal("not_stored") from error
    clinic.events.notify(conversation_id)
    return message


async def answer(clinic: Clinic, message: Message, reading: Reading | None) -> Message:
    """The reply to a stored message: the one that it already has, or a new one.

    Refusal: `ended` where the conversation was ended meanwhile, `unconfirmed` where the database went away.
    """
    if not is_emergency(reading):
        async with clinic.turn_of(message.conversation_id):
            return await _answer(clinic, message, reading)
    reply = await _emergency(clinic, message, reading)
    await _tell_the_clinic(clinic, message, reading)
    return reply


async def keep(clinic: Clinic, conversation_id: str, turn: Turn, to: int | None = None) -> Message:
    """Store a reply and show it on every open screen. One that cannot be stored is true all the same, and is shown."""
    try:
        reply = await clinic.db.write(messages.reply, conversation_id, turn, clinic.now(), to)
    except DatabaseDown as error:
        log.error("reply not stored: %s", error)
        return messages.unstored_reply(conversation_id, turn, clinic.now())
    clinic.events.notify(conversation_id)
    return reply


def is_emergency(reading: Reading | None) -> TypeGuard[Reading]:
    return reading is not None and reading.safety == "emergency"


async def _emergency(clinic: Clinic, message: Message, reading: Reading) -> Message:
    """The reply to someone in danger, who does not queue behind their own last question."""
    turn_of = clinic.turn_of(message.conversation_id)
    if turn_of.locked():
        return await keep(clinic, message.conversation_id, degraded.emergency(clinic.words, reading), message.seq)
    async with turn_of:
        standing = await _standing(clinic, message)
        if standing.reply:
            return standing.reply
        turn = None if message.refused or standing.person else await _engine_turn(clinic, message, standing, RED_FLAG_SECONDS)
        if turn is None or turn.custom["safety"] != "emergency":
            turn = degraded.emergency(clinic.words, reading)
        return await keep(clinic, message.conversation_id, turn, message.seq)


async def _tell_the_clinic(clinic: Clinic, message: Message, reading: Reading) -> None:
    try:
        if await clinic.db.write(inbox.red_flag, clinic, message.conversation_id, message, reading):
            clinic.events.notify("desk")
    except (DatabaseDown, Refusal) as error:
        log.error("emergency is in no ticket: %s", error)


async def _answer(clinic: Clinic, message: Message, reading: Reading | None) -> Message:
    """The assistant's reply, or the receipt for what goes to a person. Who answers may change while the engine thinks, so
    that is decided in the transaction that stores the reply."""
    while True:
        standing = await _standing(clinic, message)
        if standing.reply:
            return standing.reply
        silent = standing.person or message.choice == degraded.ASSISTANT
        turn = None if silent else await _assistant(clinic, message, reading, standing)
        try:
            reply = await clinic.db.write(_settle, clinic, message, reading, turn)
        except DatabaseDown as error:
            if turn is None:  # Nobody can say that it was passed on.
                raise Refusal("unconfirmed") from error
            log.error("reply not stored: %s", error)
            return messages.unstored_reply(message.conversation_id, turn, clinic.now())
        if reply:
            clinic.events.notify(message.conversation_id)
            if standing.ticket_open:
                clinic.events.notify("desk")
            return reply


def _settle(session: Session, clinic: Clinic, message: Message, reading: Reading | None, turn: Turn | None) -> Message | None:
    """Store the reply that is right now; None where the assistant has to be asked for it first."""
    conversation = conversations.hold(session, message.conversation_id)
    if known := messages.reply_to(session, conversation.id, message.seq):
        return known
    if message.choice == degraded.ASSISTANT:
        presence.leave(session, clinic, conversation)
        turn = degraded.assistant_again(clinic.words)
    elif conversation.mode == presence.PERSON:
        turn = _checked(clinic, inbox.receive(session, clinic, conversation, message, reading), reading)
    elif turn:
        inbox.answers_what_was_asked(session, clinic, conversation, message, reading)
    else:
        return None
    return messages.reply(session, conversation.id, turn, clinic.now(), message.seq)


async def _standing(clinic: Clinic, message: Message) -> Standing:
    try:
        return await clinic.db.read(messages.standing, message.conversation_id, message.seq)
    except DatabaseDown as error:
        raise Refusal("unconfirmed") from error


async def _assistant(clinic: Clinic, message: Message, reading: Reading | None, standing: Standing) -> Turn:
    turn = None if message.refused else await _engine_turn(clinic, message, standing, TURN_SECONDS)
    return turn or _checked(clinic, degraded.unavailable(clinic.words), reading)


def _checked(clinic: Clinic, turn: Turn, reading: Reading | None) -> Turn:
    """A doubt, or a reader that failed, puts the red-flag check in front."""
    return degraded.checked(clinic.words, turn) if reading is None or reading.safety == "check" else turn


async def _engine_turn(clinic: Clinic, message: Message, standing: Standing, seconds: float) -> Turn | None:
    """The engine's turn; None where it gives none in time. Contact details stay here."""
    text = contacts.mask(message.text).text
    try:
        return await clinic.engine.turn(message.conversation_id, text, message.id, message.choice, seconds,
                                        signed_in=standing.verified, ticket_open=standing.ticket_open)
    except EngineDown as error:
        log.warning("engine down: %s", error)
        return None
