"""How the desk's reports name what is counted, and write times. Staff read this."""

from __future__ import annotations

from ampoule.content import Content

OUTCOMES = {
    "answer": "Answered", "convert": "Converted mcg and mg", "handoff": "Passed on, or offered to", "person": "Went to a person", "emergency": "Emergency",
    "clarify": "Asked what was meant", "out_of_scope": "Out of scope", "language": "Not in English", "unavailable": "Assistant not available",
    "smalltalk": "Greetings and the like",
}
GAPS = {
    "clarify": "Not sure what was meant", "oos_medicine": "Another medicine or vitamin", "oos_unreviewed": "Nothing reviewed about it",
    "oos_general": "Something else altogether", "oos_instruction": "Tried to instruct the assistant", "withheld": "Text not signed yet",
    "out_of_scope": "Out of scope, other", "language": "Not in English", "unavailable": "Assistant not available",
}
URGENCIES = {"emergency": "Emergency", "same_day": "Same day", "routine": "Routine", "all": "All"}
_UNITS = (("d", 86_400), ("h", 3600), ("min", 60))


def name(content: Content, of: str, key: str) -> str:
    """What this key of a figure is called; keys that nobody knows any more stand for themselves."""
    if of == "outcome":
        return OUTCOMES.get(key, key)
    if of == "gap":
        return GAPS.get(key, key)
    if of == "handoff":
        return kind(content, key)
    return "Other replies" if key == "other" else content.topics[key].title if key in content.topics else key


def kind(content: Content, id: str) -> str:
    """The title of a kind of hand-off."""
    known = content.desk.kinds.get(id)
    return known.title if known else id


def duration(seconds: float | None) -> str:
    """In the two largest units, such as `2 h 10 min`; seconds only under a minute."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{int(seconds)} s"
    left, parts = int(seconds), list[tuple[int, str]]()
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        parts.append((count, unit))
    while not parts[0][0]:
        del parts[0]
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count)
