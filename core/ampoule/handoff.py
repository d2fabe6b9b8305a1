"""The hand-off of a question to the clinic: its draft, its steps, and the table of moves between states."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from ampoule.outcome import URGENCIES

if TYPE_CHECKING:  # It needs the draft itself.
    from ampoule.reader import Reading

# (state, event) -> state. What is not here is not allowed.
MOVES: dict[tuple[str, str], str] = {
    ("new", "offer"): "offered",
    ("offered", "offer"): "offered",
    ("offered", "accept"): "asking",
    ("offered", "detail"): "asking",
    ("offered", "decline"): "cancelled",
    ("asking", "offer"): "asking",
    ("asking", "accept"): "asking",
    ("asking", "detail"): "asking",
    ("asking", "decline"): "cancelled",
    ("asking", "committed"): "sent",
    ("asking", "refused"): "failed",
    ("asking", "unconfirmed"): "unknown",
    # The person may try again what was not sent, or not known to be sent: the key stays the same.
    ("failed", "accept"): "asking",
    ("unknown", "accept"): "asking",
    ("failed", "offer"): "offered",
    ("unknown", "offer"): "offered",
    ("failed", "decline"): "cancelled",
    ("unknown", "decline"): "cancelled",
    ("sent", "join"): "sent",
}
OPEN = ("offered", "asking")
# What is asked for, in this order, and no more. A signed-in patient is known: their yes to the offer is the consent.
STEPS = ("patient", "name", "birth_date", "contact", "about", "consent")
# Who the person is stays known when their hand-off is over. Whom the next is about and consent are asked anew.
PERSON = ("patient", "name", "birth_date", "contact")


class MoveError(Exception):
    """This event is not allowed in this state."""


@dataclass
class Draft:
    """A hand-off from when it is first offered. `id` is its idempotency key as far as the clinic's database; `why` is
    what was read from the message that opened it, or that raised its urgency last."""

    kind: str
    reason: str
    urgency: str
    question: str
    topics: list[str] = field(default_factory=list)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: str = "new"
    details: dict = field(default_factory=dict)
    reference: str | None = None
    signed_in: bool = False
    why: dict = field(default_factory=dict)

    def move(self, event: str) -> Draft:
        """This draft after the event. MoveError where the table has no such move."""
        try:
            self.state = MOVES[self.state, event]
        except KeyError:
            raise MoveError(f"{event} is not possible when {self.state}") from None
        return self

    @property
    def step(self) -> str | None:
        """The next thing to ask for; None once everything is there."""
        if self.state != "asking":
            return None
        return next((s for s in (("consent",) if self.signed_in else STEPS) if s not in self.details), None)

    @property
    def person(self) -> dict:
        """What it knows of who asks."""
        return {name: self.details[name] for name in PERSON if name in self.details}

    def widen(self, reading: Reading, question: str) -> None:
        """Take another question of the same person into the open hand-off; the higher urgency decides its kind."""
        if URGENCIES.index(reading.urgency) > URGENCIES.index(self.urgency):
            self.kind, self.reason, self.urgency, self.why = reading.kind, reading.reason, reading.urgency, why(reading)
        if question not in self.question:
            self.question = f"{self.question}\n{question}"

    def public(self) -> dict:
        """The part of it that the turn's outcome shows."""
        return {"kind": self.kind, "reason": self.reason, "urgency": self.urgency, "state": self.state, "reference": self.reference}

    def as_slot(self) -> dict:
        return asdict(self)

    @classmethod
    def from_slot(cls, value: dict | None) -> Draft | None:
        return cls(**value) if value else None


def why(reading: Reading) -> dict:
    """What the clinic is shown of how a question was read, as it goes through JSON."""
    return {
        "labels": [list(row) for row in reading.ranking[:3]],
        "because": [list(row) for row in reading.because],
        **{name: list(getattr(reading, name)) for name in ("quantities", "routes", "forms", "medicines", "flags")},
        "language": reading.language,
    }


def advance(draft: Draft | None, reading: Reading, question: str, signed_in: bool, known: dict | None = None) -> Draft | None:
    """The draft after a reading. `question` is the message as the engine has it (contact details masked); it becomes the
    hand-off's question where the reading opens or widens one. `known` is what an earlier hand-off told of the person."""
    event = reading.event
    if event is None:
        return draft
    if draft is not None and draft.state != "sent":
        draft.signed_in = signed_in
    if event == "offer":
        if draft is None or draft.state == "cancelled":
            draft = Draft(
                reading.kind, reading.reason, reading.urgency, question, list(reading.topics), details=dict(known or {}), signed_in=signed_in, why=why(reading)
            )
        elif draft.state == "sent":
            draft.widen(reading, question)
            return draft.move("join")
        else:
            draft.widen(reading, question)
        draft.move("offer")
        draft.details.update(reading.details)
        return draft
    if draft is None:
        return None
    if event == "again" or (draft.state, "decline") not in MOVES:
        return draft  # nothing to move: asked again, or a button of a hand-off that is sent or cancelled
    if event == "decline":
        draft.details.update(reading.details)
        return draft.move("decline")
    if draft.state in ("failed", "unknown"):
        draft.details.pop("consent", None)
        draft.move("accept")
    else:
        draft.move(event)
    draft.details.update(reading.details)
    if event == "accept" and draft.signed_in:
        draft.details["consent"] = True
    if draft.details.get("patient") is False or draft.details.get("consent") is False:
        draft.move("decline")
    return draft
