"""What a conversation remembers between two turns: kept by the engine as slots, read by the Reader."""

from __future__ import annotations

from dataclasses import dataclass, field

from ampoule.handoff import OPEN, Draft

SLOTS = ("handoff", "emergency", "context")


@dataclass
class State:
    """`emergency` is `open` from a red flag until the person says that help was called (`called`), else None.
    `quantity` is the last mass the person typed, {"amount": "1000", "unit": "mcg"}; `topics` those last answered, or
    chosen from; `choices` the buttons last offered; `checking` whether the red-flag check waits for its yes or no;
    `known` what a hand-off that is over told of the person."""

    handoff: Draft | None = None
    emergency: str | None = None
    topics: list[str] = field(default_factory=list)
    choices: list[dict] = field(default_factory=list)
    quantity: dict | None = None
    checking: bool = False
    greeted: bool = False
    known: dict = field(default_factory=dict)

    @classmethod
    def from_slots(cls, slots: dict, ticket_open: bool = True) -> State:
        """`ticket_open`: whether the clinic still works on what was sent. Once it does not, the next question is handed
        over like the first."""
        state = cls(Draft.from_slot(slots.get("handoff")), slots.get("emergency"), **(slots.get("context") or {}))
        if state.handoff and state.handoff.state == "sent" and not ticket_open:
            state.end_handoff()
        return state

    def as_slots(self) -> dict:
        return {
            "handoff": self.handoff.as_slot() if self.handoff else None,
            "emergency": self.emergency,
            "context": {name: getattr(self, name) for name in ("topics", "choices", "quantity", "checking", "greeted", "known")},
        }

    def end_handoff(self) -> None:
        """Forget the hand-off but for who the person is."""
        self.known, self.handoff = self.handoff.person, None

    @property
    def handoff_open(self) -> bool:
        return self.handoff is not None and self.handoff.state in OPEN
