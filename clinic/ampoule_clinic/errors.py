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
    "taken": (409, "errors#taken"),
    "changed": (409, "errors#changed"),
    "patient_wrote": (409, "errors#patient_wrote"),
    "not_possible": (409, "errors#not_possible"),
    "claim_first": (409, "errors#claim_first"),
    "clinical_only": (403, "errors#clinical_only"),
    "unverified": (403, "errors#unverified"),
    "no_conversation": (409, "errors#no_conversation"),
    "no_reason": (422, "errors#no_reason"),
    "nobody_chosen": (422, "errors#nobody_chosen"),
    "no_outcome": (422, "errors#no_outcome"),
    "no_text": (422, "errors#no_text"),
    "text_long": (422, "errors#text_long"),
    "wrong_sign_in": (401, "errors#wrong_sign_in"),
    "wrong_code": (401, "errors#wrong_code"),
    "too_many_tries": (429, "errors#too_many_tries"),
    "link_over": (410, "errors#link_over"),
    "invalid_email": (422, "errors#invalid_email"),
    "invalid_staff_name": (422, "errors#invalid_staff_name"),
    "email_taken": (409, "errors#email_taken"),
    "last_admin": (409, "errors#last_admin"),
    "password_short": (422, "errors#password_short"),
    "password_long": (422, "errors#password_long"),
    "password_own": (422, "errors#password_own"),
    "password_common": (422, "errors#password_common"),
    "wrong_password": (401, "errors#wrong_password"),
    "wrong_login_code": (401, "portal#code_wrong"),
    "invalid_phone": (422, "portal#invalid_phone"),
    "phone_needed": (422, "portal#phone_needed"),
    "empty_question": (422, "portal#empty_question"),
    "long_question": (422, "portal#long_question"),
    "list_full": (409, "portal#list_full"),
    "nothing_chosen": (422, "portal#nothing_chosen"),
    "not_sure": (422, "portal#not_sure"),
    "invalid_patient_name": (422, "portal#invalid_patient_name"),
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
