"""Forms: read up to a limit, each field a text, and only with the session's own CSRF token."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request

from ampoule_clinic.access import clinic_of
from ampoule_clinic.errors import Refusal

MAX_BYTES = 64 * 1024
MAX_FIELDS = 50


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a urlencoded form. Refusal `too_long`, `bad_request` (another kind of body, a field twice, what
    is not UTF-8, control characters)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise Refusal("bad_request")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise Refusal("too_long")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict", strict_parsing=bool(body))
    except ValueError:
        raise Refusal("bad_request") from None
    fields = dict(pairs)
    if len(fields) != len(pairs) or any(ord(c) < 32 and c not in "\r\n\t" for value in fields.values() for c in value):
        raise Refusal("bad_request")
    return {name: value.replace("\r\n", "\n") for name, value in fields.items()}


async def read_checked_form(request: Request) -> Mapping[str, str]:
    """The form of somebody signed in. Refusal `stale_form` where its `csrf` is not that of the session, and as above."""
    fields = await read_form(request)
    expected = request.state.visit.csrf
    if not hmac.compare_digest(fields.get("csrf", "").encode(), expected.encode()):
        raise Refusal("stale_form")
    return fields


def same_site(request: Request) -> None:
    """A form that nobody has to be signed in for must come from a page of this service. Refusal `bad_origin`."""
    own = clinic_of(request).settings.own_origins
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    # Because of `Referrer-Policy: no-referrer` a browser names no origin for a form of its own either, but says that it is one.
    unnamed = origin == "null" and site == "same-origin" and request.headers.get("host") in {urlsplit(url).netloc for url in own}
    if not (origin in own or unnamed) or site not in (None, "same-origin"):
        raise Refusal("bad_origin")
