"""What a ticket's page shows, in words: why the question came here, whom to reach and how, what may be done."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from ampoule import signing
from ampoule.content import Content
from sqlalchemy.orm import Session

from ampoule_clinic.accounts.policy import Actor
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import people, tickets
from ampoule_clinic.desk.moves import NEEDS_STAFF
from ampoule_clinic.desk.tickets import TicketView
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Conversation, Handoff, HandoffEvent
from ampoule_clinic.portal.models import Patient

# What can be done to the ticket besides answering.
CHANGES = ("resolve", "reassign", "urgency", "release", "reopen")
URGENCIES = {"emergency": "Emergency", "same_day": "Today", "routine": "Routine"}
EVENTS = {
    "created": "Came in", "joined": "The patient added a message", "patient_wrote": "The patient wrote", "red_flag": "The patient wrote a red flag",
    "claimed": "Claimed", "released": "Given back to the queue", "reassigned": "Assigned", "urgency": "Urgency changed", "note": "Note",
    "acknowledged": "Emergency acknowledged", "replied": "Replied", "asked": "Asked the patient", "approved": "Sent an approved text",
    "resolved": "Closed", "reopened": "Opened again", "idle_return": "Given back to the queue after 30 quiet minutes",
    "overdue": "The patient was told that the reply is late",
}
_ROUTES = {"im": "into a muscle", "sc": "under the skin"}
_FORMS = {"cyano": "cyanocobalamin", "hydroxo": "hydroxocobalamin", "methyl": "methylcobalamin", "adeno": "adenosylcobalamin"}
_FACTS = (("quantities", "Amounts"), ("routes", "Routes"), ("forms", "Forms"), ("medicines", "Medicines"), ("flags", "Red flags"))
_WORDS = _ROUTES | _FORMS


def build(session: Session, clinic: Clinic, view: TicketView, actor: Actor) -> dict[str, Any]:
    """What `desk/ticket.html` calls `page`."""
    ticket, reading, desk = view.ticket, view.ticket.reading or {}, clinic.content.desk
    script = desk.script(view.clinical, ticket.urgency)
    said = script.text.fill(clinic.content.clinic_values() | {"staff_name": actor.name})
    return {
        "ticket": ticket, "token": _token(ticket, view.conversation), "seq": view.last_seq, "kind": title(clinic.content, ticket.kind),
        "clinical": view.clinical, "verified": view.verified, "gone": view.gone, "claimed_by": view.claimed_by, "acknowledged_by": view.acknowledged_by,
        "minutes_left": minutes_left(ticket, clinic.now()), "unacknowledged": view.may["acknowledge"] is None,
        "resolution": desk.outcomes[ticket.resolution].title if ticket.resolution in desk.outcomes else "",
        "reason": _plain(ticket.reason), "because": [(_plain(rule), words) for rule, words in reading.get("because", ())],
        "labels": [(title(clinic.content, label), round(100 * p)) for label, p in reading.get("labels", ())],
        "facts": [(name, [_WORDS.get(word, word) for word in reading[key]]) for key, name in _FACTS if reading.get(key)],
        "messages": view.messages, "joined": view.joined, "contact": _contact(session, ticket), "receipt": _read_by_patient(view),
        "events": [(event, _told(clinic.content, event, view.conversation is not None)) for event in reversed(view.events)],
        "may": view.may, "may_token": " ".join(f"{action}:{code or 'yes'}" for action, code in view.may.items()),
        "can_change": any(view.may[action] is None for action in CHANGES),
        "outcomes": [(id, outcome.title) for id, outcome in view.outcomes.items()],
        "canned": [{"id": text.id, "title": text.title, "tags": text.tags, "text": tickets.fill(clinic, text, actor)} for text in view.canned],
        "script": said.splitlines() if signing.may_say(clinic.content, script.text) else [],
        "people": [(person.id, f"{person.name} ({_plain(person.role)})") for person in people.assignable(session) if person.id != ticket.claimed_by],
    }


def token(session: Session, reference: str) -> str:
    """Something that is another once the page would be; empty where there is no such ticket."""
    try:
        ticket = tickets.get(session, reference)
    except Refusal:
        return ""
    return _token(ticket, session.get(Conversation, ticket.conversation_id))


def _token(ticket: Handoff, conversation: Conversation | None) -> str:
    return f"{ticket.version}.{conversation.last_seq}.{conversation.patient_seen}" if conversation else str(ticket.version)


def minutes_left(ticket: Handoff, now: datetime) -> int | None:
    """Minutes to when the ticket wants attention, negative once that is over; None where it is not the staff's turn."""
    return int((ticket.due_at - now).total_seconds() // 60) if ticket.state in NEEDS_STAFF else None


def title(content: Content, label: str) -> str:
    """A kind of ticket, or another label of the classifier, in words."""
    if label in content.topics:
        return content.topics[label].title
    kind = content.desk.kinds.get(label)
    return kind.title if kind else _plain(label).capitalize()


def _plain(code: str) -> str:
    return code.replace("_", " ")


def _contact(session: Session, ticket: Handoff) -> dict[str, Any]:
    """Who asks, with links to phone and mail program."""
    patient = session.get(Patient, ticket.patient_id) if ticket.patient_id else None
    ways = [ticket.details.get("contact"), *((patient.phone, patient.email) if patient else ())]
    return {
        "name": ticket.details.get("name"), "birth_date": ticket.details.get("birth_date"), "about": ticket.details.get("about"),
        "links": [(link, way) for way in dict.fromkeys(filter(None, ways)) if (link := _link(way))],
    }


def _link(way: str) -> str | None:
    if "@" in way:
        return f"mailto:{way}"
    number = re.sub(r"[^\d+]", "", way)
    return f"tel:{number}" if number else None


def _read_by_patient(view: TicketView) -> str | None:
    """Whether the patient has had the last thing on screen that staff wrote."""
    said = [message.seq for message in view.messages if message.author == "staff"]
    if not said or view.conversation is None:
        return None
    read = view.conversation.patient_seen >= said[-1]
    return "The patient has read the clinic’s last message." if read else "The patient has not read the clinic’s last message yet."


def _told(content: Content, event: HandoffEvent, talk_is_shown: bool) -> str | None:
    """What the history says besides. What was sent stands in the conversation as long as there is one."""
    if event.text is None or (talk_is_shown and event.what in ("replied", "asked", "approved")):
        return None
    if event.what == "resolved":
        outcome, _, note = event.text.partition(": ")
        return ": ".join(filter(None, (content.desk.outcomes[outcome].title if outcome in content.desk.outcomes else outcome, note)))
    if event.what == "urgency":
        change, _, reason = event.text.partition(": ")
        return f"{' → '.join(URGENCIES.get(code, code) for code in change.split(' → '))}: {reason}"
    return event.text
