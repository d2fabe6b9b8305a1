"""What would be said to a message and why, with no conversation and nothing stored."""

from __future__ import annotations

from ampoule import handoff, reply, signing
from ampoule.reader import Evidence, Reader, Reading
from ampoule.state import State


def answer(reader: Reader, message: str) -> tuple[Reading, reply.Turn]:
    """The reading of a first message, and the turn that it gets."""
    state = State()
    reading = reader.read(message, state)
    state.handoff = handoff.advance(None, reading, message, False)
    return reading, reply.compose(reader.content, reading, state)


def why(reader: Reader, message: str, reading: Reading, turn: reply.Turn) -> list[tuple[str, str]]:
    """(name, value) rows that explain the turn: labels, red-flag lanes, patterns, gate, texts."""
    evidence = reader.evidence(message, State())
    rows = [
        ("outcome", f"{reading.outcome}, safety {reading.safety}"),
        ("labels", ", ".join(f"{label} {p:.2f}" for label, p in list(evidence.labels.items())[:5])),
        ("red-flag lane", f"message {evidence.flag:.3f}, surest sentence {evidence.sentence_flag:.3f}, loudest voice {evidence.loudest:.3f}"),
        ("patterns", _patterns(evidence)),
        ("gate", ", ".join(reading.decided_by)),
        ("because of", ", ".join(f"{rule} '{words}'" for rule, words in reading.because)),
        ("read from it", _read(reading)),
        ("hand-off", f"{reading.kind}, reason {reading.reason}, {reading.urgency}" if reading.kind else ""),
        ("texts", ", ".join(f"{id} ({'signed' if _signed(reader, id) else 'draft'})" for id in turn.custom["texts"])),
        ("sources", ", ".join(row["id"] for row in turn.custom["sources"])),
        ("buttons", ", ".join(choice["title"] for choice in turn.custom["choices"])),
    ]
    return [(name, value) for name, value in rows if value]


def _patterns(evidence: Evidence) -> str:
    flags = [f"{flag.rule} ({flag.group}, {flag.status})" for flag in evidence.flags]
    return ", ".join(dict.fromkeys([*flags, *(f"reason {hit.rule.group} ({hit.rule.urgency or 'no urgency'})" for hit in evidence.reasons)])) or "none"


def _read(reading: Reading) -> str:
    found = {
        "amounts": reading.quantities,
        "routes": reading.routes,
        "forms": reading.forms,
        "medicines": reading.medicines,
        "language": [reading.language] if reading.language else [],
        "term": [reading.term] if reading.term else [],
    }
    return "; ".join(f"{name} {', '.join(values)}" for name, values in found.items() if values)


def _signed(reader: Reader, text_id: str) -> bool:
    file, _, _ = text_id.partition("#")
    if file.startswith("topics/"):
        return signing.topic_signed(reader.content, file.removeprefix("topics/"))
    return signing.reply_signed(reader.content, reader.content.text(text_id))
