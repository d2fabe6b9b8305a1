"""Routes that take a patient's own words from a form: a red flag in them beats everything that is wrong with it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.types import Message

from ampoule_clinic import degraded, posts, turns
from ampoule_clinic.access import clinic_of
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Message as Said
from ampoule_clinic.posts import Post
from ampoule_clinic.web import render
from ampoule_clinic.web.forms import MAX_BYTES

log = logging.getLogger(__name__)

TYPED = ("text", "question", "subject")  # the fields that hold a patient's own words


class EmergencyFirst(APIRoute):
    """Whatever is refused or fails on this route (the session too, which is checked before the form is read), an emergency
    in the form is answered with a page of its own; the exception goes on its way only where there is none."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def first(request: Request) -> Response:
            body = await _beginning(request)

            async def again() -> Message:
                return {"type": "http.request", "body": body, "more_body": False}

            try:
                return await handle(Request(request.scope, again))
            except Exception as error:
                answer = await answered(request, *_words(body))
                if answer is None:
                    raise
                log.warning("emergency in a form that was not taken: %s", type(error).__name__)
                return answer

        return first


async def answered(request: Request, text: str, choice: str | None = None) -> Response | None:
    """The page for an emergency in words, or a button, that no one at the clinic gets; None where there is none."""
    clinic = clinic_of(request)
    reading = await clinic.red_flags.read(text, choice)
    return page(request, "\n\n".join(degraded.emergency(clinic.words, reading).texts), stored=False) if turns.is_emergency(reading) else None


def page(request: Request, text: str, stored: bool, thread: str | None = None) -> Response:
    """The words to somebody in danger, and nothing beside them that could wait."""
    return render.page(request, "portal/emergency.html", text=text, stored=stored, thread=thread)


async def write(clinic: Clinic, conversation_id: str, post: Post) -> tuple[Said, Said]:
    """The patient's message as stored, and its reply: as `posts.take` does it for the chat. Raises Refusal where there is no
    red flag; where a refused one cannot be stored, the route has the words for it."""
    try:
        return await posts.accept(clinic, conversation_id, "", post)
    except Refusal as refusal:
        reading = await clinic.red_flags.read(post.text, post.choice)
        if not turns.is_emergency(reading):
            raise
        return await posts.keep_refused(clinic, conversation_id, "", post, refusal.code, reading)


async def _beginning(request: Request) -> bytes:
    """The body, up to a little more than a form may have."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            break
    return bytes(body)


def _words(body: bytes) -> tuple[str, str | None]:
    """What somebody may have typed, and the button that they pressed, in whatever kind of form it came."""
    whole = body.decode(errors="replace")
    fields = dict(parse_qsl(whole, keep_blank_values=True, errors="replace"))
    typed = [fields[name] for name in TYPED if name in fields]
    return ("\n".join(typed) if typed else whole), fields.get("choice")
