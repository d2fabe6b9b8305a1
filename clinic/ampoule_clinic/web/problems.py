"""What a person sees where a page of the clinic cannot do what was asked."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

from ampoule_clinic.access import clinic_of
from ampoule_clinic.errors import Refusal, body
from ampoule_clinic.web import render

_SIGN_IN = {"/desk": "/desk/sign-in", "/portal": "/portal/sign-in"}


def wants_page(request: Request) -> bool:
    """Whether a person asked with a browser, for one of the clinic's own pages; scripts get JSON."""
    return request.url.path.startswith(tuple(_SIGN_IN)) and "text/html" in request.headers.get("accept", "")


def page(request: Request, refusal: Refusal) -> Response:
    """The way to the sign-in page where nobody is signed in, and otherwise a page that says what is wrong."""
    room = next(room for room in _SIGN_IN if request.url.path.startswith(room))
    if refusal.code == "signed_out" and request.method == "GET":
        return render.go(f"{_SIGN_IN[room]}?next={quote(request.url.path)}")
    if refusal.code == "signed_out" and request.url.path == f"{room}/sign-out":
        return render.go(_SIGN_IN[room])  # What was wanted has happened already.
    text = body(clinic_of(request).words, refusal.code)["error"]["text"]
    template = "portal/problem.html" if room == "/portal" else "problem.html"
    return render.page(request, template, refusal.status, text=text, back=room, sign_in=_SIGN_IN[room] if refusal.code == "signed_out" else None)
