"""Every sentence that the service itself says: a reviewed text from `content/`, with its blanks filled."""

from __future__ import annotations

from ampoule.content import Content

PAGE = (
    "title", "emergency_bar", "call_emergency", "input_label", "send", "sending", "thinking", "failed", "retry", "sources_label", "you_label",
    "assistant_label", "person_label", "offline", "reconnecting", "unreachable", "new_conversation", "end_and_clear", "end_question", "end_yes", "end_no",
    "log_label", "draft_note", "no_script", "form_title", "form_birth_date", "form_born", "form_consent", "form_choose", "open_chat", "close_chat",
    "new_message", "menu", "copy_chat", "print_chat", "copied", "copy_failed", "copy_reference", "privacy_button", "related_label",
    "quick_topics_label", "helpful_question", "helpful_yes", "helpful_no", "helpful_thanks", "keys_hint",
    "answers_assistant", "answers_person", "read_by_clinic", "sign_in_again",
)
FORM = ("ask_patient", "patient_yes", "patient_no", "ask_name", "ask_contact", "ask_about", "about_me", "about_other", "consent_yes", "invalid_name",
        "invalid_birth_date", "invalid_contact")
ELSEWHERE = {"unconfirmed": "handoff#unknown", "privacy": "smalltalk#privacy", "ended": "errors#ended", "signed_out": "errors#signed_out"}
LATER = {"staff_name": "{staff_name}"}  # Blanks that only the page can fill.


class Words:
    def __init__(self, content: Content) -> None:
        self.content = content
        self._clinic = content.clinic_values()

    def __call__(self, id: str, **blanks: str) -> str:
        """The reply with this id, such as `errors#too_long`. KeyError for an unknown id or an empty blank."""
        return self.content.text(f"replies/{id}").fill({**self._clinic, **blanks})

    def page(self) -> dict[str, str]:
        """The words of the chat, by name."""
        names = {name: f"page#{name}" for name in PAGE} | {name: f"handoff#{name}" for name in FORM} | ELSEWHERE
        return {name: self(id, **LATER) for name, id in names.items()}
