"""The body of a message, and the order in which it is taken: a red flag in it beats everything that is wrong with it."""

from __future__ import annotations

import logging
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ampoule.reader import Reading
from fastapi import Request

from ampoule_clinic import degraded, messages, turns
from ampoule_clinic.access import any_visit, bearer, clinic_of, open_visit
from ampoule_clinic.bodies import TooLong, read_json
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.errors import Refusal
from ampoule_clinic.messages import Typed
from ampoule_clinic.models import Message

log = logging.getLogger(__name__)

_NOT_AGAIN = ("not_stored", "unconfirmed")  # The database was just tried: nobody waits for it again.


@dataclass(frozen=True)
class Post:
    """A message's body as far as it could be read: words or a button, and what is wrong with it."""

    id: str = ""
    text: str = ""
    choice: str | None = None
    refused: str | None = None

    @property
    def typed(self) -> Typed | None:
        """What there is to store; None where nothing was typed, or where the page gave no id for it."""
        if not self.id or not (self.choice or self.text.strip()):
            return None
        return Typed(self.id, self.text, self.choice, self.refused)


async def read(request: Request) -> Post:
    """Never raises for what was sent: what is wrong stands in `refused`."""
    try:
        data = await read_json(request)
    except TooLong as error:
        return Post(text=error.beginning, refused=error.code)
    except Refusal as error:
        return Post(refused=error.code)
    return post_of(clinic_of(request), data)


def post_of(clinic: Clinic, data: Mapping[str, Any]) -> Post:
    """What was sent as `id` and `text` or `choice`. Never raises."""
    try:
        id = str(uuid.UUID(data.get("id")))
    except (ValueError, TypeError, AttributeError):
        id = ""
    text, choice = data.get("text"), data.get("choice")
    if isinstance(choice, str) and text is None:
        return Post(id, choice=choice[:200], refused=None if id else "bad_request")
    if not isinstance(text, str):
        return Post(id, refused="bad_request")
    refused = "bad_request" if not id or choice is not None else _wrong(text, clinic.content.clinic["max_message_length"])
    # What no database can hold is replaced; everything else is kept as typed.
    return Post(id, text.replace("\0", "\ufffd").encode(errors="replace").decode(), refused=refused)


async def take(request: Request, post: Post) -> tuple[Message | None, Message]:
    """The message as stored, and its reply. Whatever is refused or fails, a red flag is answered: the exception
    (Refusal, or that of the fault) is raised only where there is none."""
    clinic = clinic_of(request)
    try:
        return await _take(request, post)
    except Exception as error:
        reading = await clinic.red_flags.read(post.text, post.choice)
        if not turns.is_emergency(reading):
            raise
        code = error.code if isinstance(error, Refusal) else "failed"
    try:
        return await _keep_refused(request, post, code, reading)
    except Exception as error:
        log.warning("emergency reply not stored: %s", type(error).__name__)
        return None, messages.unstored_reply("", degraded.emergency(clinic.words, reading), clinic.now())


async def _keep_refused(request: Request, post: Post, code: str, reading: Reading) -> tuple[Message, Message]:
    """The emergency in a message that was refused, stored where its conversation is known."""
    if not post.id or code in _NOT_AGAIN:
        raise Refusal(code)
    visit = await any_visit(request, down=code)
    return await keep_refused(clinic_of(request), visit.conversation_id, bearer(request), post, code, reading)


async def keep_refused(clinic: Clinic, conversation_id: str, token: str, post: Post, code: str, reading: Reading) -> tuple[Message, Message]:
    """The emergency in a message that was refused with `code`, stored and answered. Raises Refusal."""
    if not post.id or code in _NOT_AGAIN:
        raise Refusal(code)
    message = await turns.store(clinic, conversation_id, token, Typed(post.id, post.text, refused=code))
    return message, await turns.answer(clinic, message, reading)


async def _take(request: Request, post: Post) -> tuple[Message, Message]:
    if post.typed is None:
        raise Refusal(post.refused or "empty")
    visit = await open_visit(request, down="not_stored")
    return await accept(clinic_of(request), visit.conversation_id, bearer(request), post)


async def accept(clinic: Clinic, conversation_id: str, token: str, post: Post) -> tuple[Message, Message]:
    """Stored as typed, read for red flags, checked, answered, in a conversation that is the writer's. Raises Refusal."""
    if post.typed is None:
        raise Refusal(post.refused or "empty")
    if not clinic.message_limit.allow(conversation_id):
        raise Refusal("rate_limited")
    message = await turns.store(clinic, conversation_id, token, post.typed)
    reading = await clinic.red_flags.read(message.text, message.choice)
    if message.refused and not turns.is_emergency(reading):
        raise Refusal(message.refused)
    return message, await turns.answer(clinic, message, reading)


def _wrong(text: str, longest: int) -> str | None:
    """The code for a text that cannot be taken."""
    if not text.strip():
        return "empty"
    if len(text) > longest:
        return "too_long"
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\r\t" for char in text):
        return "bad_request"
    return None
