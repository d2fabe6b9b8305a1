"""A conversation in one process: the Reader, the hand-off and the replies, without Rasa. Sending always succeeds,
unless the conversation is told otherwise."""

from __future__ import annotations

from ampoule import handoff, reply
from ampoule.content import Content
from ampoule.outcome import Turn
from ampoule.reader import Reader
from ampoule.state import State


class Talk:
    def __init__(self, content: Content, reader: Reader, sending: str = "committed", signed_in: bool = False) -> None:
        self.content, self.reader, self.sending, self.signed_in = content, reader, sending, signed_in
        self.state, self.sent = State(), []

    def say(self, text: str, choice: str | None = None) -> Turn:
        reading = self.reader.read(text, self.state, choice)
        self.state.handoff = handoff.advance(self.state.handoff, reading, text, self.signed_in)
        draft = self.state.handoff
        if draft and draft.state == "asking" and draft.step is None:
            draft.move(self.sending)
            if self.sending == "committed":
                draft.reference = "B12-TEST77"
                self.sent.append(draft)
        turn = reply.compose(self.content, reading, self.state)
        # What the engine keeps between turns goes through JSON-like slots.
        self.state = State.from_slots(turn.slots)
        return turn

    def outcome(self, text: str, choice: str | None = None) -> str:
        return self.say(text, choice).custom["outcome"]
