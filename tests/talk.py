"""A conversation in one process: the Reader, the hand-off and the replies, without Rasa. Sending always succeeds,
unless the conversation is told otherwise."""

from __future__ import annotations

import json

from ampoule import handoff, reply
from ampoule.content import Content
from ampoule.outcome import Turn
from ampoule.reader import Reader
from ampoule.state import State


class Talk:
    def __init__(self, content: Content, reader: Reader, sending: str = "committed", signed_in: bool = False) -> None:
        self.content, self.reader, self.sending, self.signed_in = content, reader, sending, signed_in
        self.state, self.sent = State(), []
        # Whether the clinic still works on what was sent.
        self.ticket_open = True

    def say(self, text: str, choice: str | None = None) -> Turn:
        # What the engine keeps between turns goes through JSON.
        state = self.state = State.from_slots(json.loads(json.dumps(self.state.as_slots())), self.ticket_open)
        reading = self.reader.read(text, state, choice)
        state.handoff = handoff.advance(state.handoff, reading, text, self.signed_in, state.known)
        draft = state.handoff
        if draft and draft.state == "asking" and draft.step is None:
            draft.move(self.sending)
            if self.sending == "committed":
                draft.reference = "B12-TEST77"
                self.sent.append(draft)
                self.ticket_open = True
        turn = reply.compose(self.content, reading, state)
        assert turn.slots == state.as_slots()
        return turn

    def outcome(self, text: str, choice: str | None = None) -> str:
        return self.say(text, choice).custom["outcome"]
