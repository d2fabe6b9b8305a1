"""Phone intake: what a caller's words ask for, and the approved words to read out. Nothing is stored or logged."""

from __future__ import annotations

from dataclasses import dataclass

from ampoule import handoff, reply
from ampoule.labels import FIRST_REASON, UNREADABLE
from ampoule.outcome import Turn
from ampoule.reader import Reading
from ampoule.state import State

from ampoule_clinic import degraded
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.models import PRIORITIES
from ampoule_clinic.words import Words


@dataclass(frozen=True)
class Heard:
    """What was read from the caller's words. `said` are the words to read out; `choices` what to offer with them.
    `outcome` is None and `reading` too where nothing could be read, which counts as a doubt."""

    outcome: str | None
    safety: str
    kind: str
    reason: str
    urgency: str
    said: list[str]
    choices: list[str]
    topics: list[str]
    reading: Reading | None


async def hear(clinic: Clinic, text: str) -> Heard:
    """The caller's words as they are read now, by themselves: no conversation leads up to them."""
    reading = await clinic.red_flags.read(text)
    if reading is None or reading.label in UNREADABLE or reading.outcome == "smalltalk" and not any(map(str.isalnum, text)):
        return Heard(None, "check", degraded.KIND, degraded.REASON, degraded.URGENCY, [clinic.words("emergency#check")], [], [], None)
    state = State()
    state.handoff = handoff.advance(None, reading, text, signed_in=False)
    turn = reply.compose(clinic.content, reading, state)
    emergency = reading.outcome == "emergency"
    return Heard(
        reading.outcome, reading.safety,
        kind="emergency" if emergency else reading.kind or degraded.KIND,
        reason=next(iter(reading.flags), "general") if emergency else reading.reason or FIRST_REASON[degraded.KIND],
        urgency=_urgency(reading), said=_said(clinic.words, turn), choices=_choices(turn), topics=reading.topics, reading=reading,
    )


def higher(urgency: str, other: str) -> str:
    """The more pressing of the two."""
    return min(urgency, other, key=PRIORITIES.index)


def _urgency(reading: Reading) -> str:
    if reading.safety == "emergency":
        return "emergency"
    return higher("same_day", reading.urgency) if reading.safety == "check" else reading.urgency


def _said(words: Words, turn: Turn) -> list[str]:
    """The turn's texts as they are said on the phone: `intake.yml` has its own for those that speak as the assistant."""
    said = []
    for id, text in zip(turn.custom["texts"], turn.texts, strict=True):
        own = f"intake#{id.partition('#')[2]}" if id.startswith("replies/") else ""
        said.append(words(own) if f"replies/{own}" in words.content.texts else text)
    return said


def _choices(turn: Turn) -> list[str]:
    """What to offer where the words were not clear."""
    offered = turn.custom["choices"] if turn.custom["outcome"] == "clarify" else []
    return [choice["title"] for choice in offered if choice["choice"].startswith("topic:")]
