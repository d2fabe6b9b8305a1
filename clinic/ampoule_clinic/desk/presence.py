"""Who answers in a conversation: the assistant, or a person at the clinic. Every change is said in the conversation."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ampoule_clinic import messages
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.models import Conversation

PERSON, ASSISTANT = "person", "assistant"


def join(session: Session, clinic: Clinic, conversation: Conversation, name: str) -> None:
    """A member of staff is there; from now on the assistant is silent."""
    if (conversation.mode, conversation.staff_name) != (PERSON, name):
        conversation.mode, conversation.staff_name = PERSON, name
        messages.notice(session, conversation.id, clinic.words("person#joined", staff_name=name), clinic.now())


def pass_on(session: Session, clinic: Clinic, conversation: Conversation, name: str) -> None:
    """Somebody else goes on. Where nobody was there, the assistant stays until they are."""
    if conversation.mode == PERSON and conversation.staff_name != name:
        conversation.staff_name = name
        messages.notice(session, conversation.id, clinic.words("person#passed_on", staff_name=name), clinic.now())


def leave(session: Session, clinic: Clinic, conversation: Conversation) -> None:
    """The assistant answers again."""
    if conversation.mode == PERSON:
        conversation.mode, conversation.staff_name = ASSISTANT, None
        messages.notice(session, conversation.id, clinic.words("person#left"), clinic.now())
