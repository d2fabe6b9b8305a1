"""Refusals: what the service will not do, each with a status, a code for programs and a reviewed sentence for people."""

from __future__ import annotations

from ampoule_clinic.words import Words

# code -> (HTTP status, text)
_REFUSALS = {
    "empty": (422, "errors#empty"),
    "too_long": (413, "errors#too_long"),
    "bad_request": (422, "errors#bad_request"),
    "bad_choice": (409, "errors#bad_choice"),
    "bad_origin": (403, "errors#bad_request"),
    "rate_limited": (429, "errors#rate_limited"),
    "no_session": (401, "errors#not_found"),
    "session_expired": (401, "errors#session_expired"),
    "not_found": (404, "errors#not_found"),
    "ended": (410, "errors#ended"),
    "unavailable": (503, "errors#stopped"),
    "not_stored": (503, "errors#not_stored"),
    "unconfirmed": (503, "handoff#unknown"),
    "not_sent": (503, "handoff#failed"),
    "failed": (500, "handoff#unknown"),
    "invalid_name": (422, "handoff#invalid_name"),
    "invalid_birth_date": (422, "handoff#invalid_birth_date"),
    "invalid_contact": (422, "handoff#invalid_contact"),
    "no_consent": (422, "handoff#consent_declined"),
    "signed_out": (401, "errors#signed_out"),
    "not_allowed": (403, "errors#not_allowed"),
    "stale_form": (403, "errors#stale_form"),
}


class Refusal(Exception):
    """The request is refused. `code` is a key of the table above."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def status(self) -> int:
        return _REFUSALS[self.code][0]


def body(words: Words, code: str) -> dict[str, dict[str, str]]:
    """The JSON body of a refusal."""
    return {"error": {"code": code, "text": words(_REFUSALS[code][1])}}
