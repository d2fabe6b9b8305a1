"""What a conversation remembers between two turns: kept by the engine as slots, read by the Reader."""

from __future__ import annotations

from dataclasses import dataclass, field

from ampoule.handoff import OPEN, Draft

SLOTS = ("handoff", "emergency", "context")


@dataclass
class State:
    """`emergency` is `open` from a red flag until the person says that help was called (`called`), else None.
    `quantity` is the last mass the person typed, {"amount": "1000", "unit": "mcg"}; `topics` those last answered, or
    chosen from; `choices` the buttons last offered; `checking` whether the red-flag check waits for its yes or no."""

    handoff: Draft | None = None
    emergency: str | None = None
    topics: list[str] = field(default_factory=list)
    choices: list[dict] = field(default_factory=list)
    quantity: dict | None = None
    checking: bool = False
    greeted: bool = False

    @classmethod
    def from_slots(cls, slots: dict) -> State:
        context = slots.get("context") or {}
        return cls(Draft.from_slot(slots.get("handoff")), slots.get("emergency"), **context)

    def as_slots(self) -> dict:
        return {
            "handoff": self.handoff.as_slot() if self.handoff else None,
            "emergency": self.emergency,
            "context": {"topics": self.topics, "choices": self.choices, "quantity": self.quantity, "checking": self.checking, "greeted": self.greeted},
        }

    @property
    def handoff_open(self) -> bool:
        return self.handoff is not None and self.handoff.state in OPEN
