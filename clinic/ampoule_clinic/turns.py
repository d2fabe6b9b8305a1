"""A message's way: stored as typed, read for red flags, checked, answered, stored, shown."""

from __future__ import annotations

import logging
from typing import TypeGuard

from ampoule import contacts
from ampoule.outcome import Turn
from ampoule.reader import Reading
from sqlalchemy.orm import Session

from ampoule_clinic import degraded, messages, sessions
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.db import DatabaseDown, Unconfirmed
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
    turn_of = clinic.turn_of(message.conversation_id)
    if is_emergency(reading) and turn_of.locked():
        # Someone in danger does not queue behind their own last question.
        return await keep(clinic, message.conversation_id, degraded.emergency(clinic.words, reading), message.seq)
    async with turn_of:
        try:
            standing = await clinic.db.read(messages.standing, message.conversation_id, message.seq)
        except DatabaseDown as error:
            raise Refusal("unconfirmed") from error
        if standing.reply:
            return standing.reply
        return await keep(clinic, message.conversation_id, await _turn(clinic, message, reading, standing), message.seq)


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


async def _turn(clinic: Clinic, message: Message, reading: Reading | None, standing: Standing) -> Turn:
    person = standing.mode == "person"
    turn = None if message.refused or person else await _engine_turn(clinic, message, reading)
    if is_emergency(reading):
        return turn if turn and turn.custom["safety"] == "emergency" else degraded.emergency(clinic.words, reading)
    if turn:
        return turn
    own = degraded.receipt(clinic.words, clinic.hours, standing.staff_name, clinic.now()) if person else degraded.unavailable(clinic.words)
    # A doubt, or a reader that failed, puts the red-flag check in front.
    return degraded.checked(clinic.words, own) if reading is None or reading.safety == "check" else own


async def _engine_turn(clinic: Clinic, message: Message, reading: Reading | None) -> Turn | None:
    """The engine's turn; None where it gives none in time. Contact details stay here."""
    seconds = RED_FLAG_SECONDS if is_emergency(reading) else TURN_SECONDS
    try:
        return await clinic.engine.turn(message.conversation_id, contacts.mask(message.text).text, message.id, message.choice, seconds)
    except EngineDown as error:
        log.warning("engine down: %s", error)
        return None
