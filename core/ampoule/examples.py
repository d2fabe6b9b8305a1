"""The labelled sentences that the classifiers learn from."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from ampoule.content import Content
from ampoule.yamlfile import YamlFile

_FILE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["nlu"],
    "properties": {
        "version": {"type": "string"},
        "nlu": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["intent", "examples"],
                "properties": {"intent": {"type": "string", "pattern": "^[a-z][a-z0-9_]+$"}, "examples": {"type": "string", "minLength": 3}},
            },
        },
    },
}


@dataclass(frozen=True)
class Example:
    """A sentence, its label, and the hand that wrote it (folds are made by hand: one hand flatters itself)."""

    text: str
    label: str
    hand: str


def load(data: Path, content: Content) -> list[Example]:
    """The topics' own questions, then every file below `data/nlu` and `data/red_flags`, whose folder names the hand.

    Raises ContentError for a file of another shape. A sentence that stands twice counts once, with its first label.
    """
    found = [Example(q, topic.id, "topics") for topic in content.topics.values() for q in topic.questions]
    for path in sorted([*(data / "nlu").rglob("*.yml"), *(data / "red_flags").rglob("*.yml")]):
        file = YamlFile(path)
        for i, row in enumerate(file.require(_FILE)["nlu"]):
            for line in row["examples"].splitlines():
                if not line.startswith("- "):
                    raise file.error(("nlu", i, "examples"), f"'{line[:40]}' does not begin with '- '", "one example a line, each after '- '")
                found.append(Example(line[2:].strip(), row["intent"], path.parent.name))
    unique: dict[str, Example] = {}
    for example in found:
        unique.setdefault(example.text.lower(), example)
    return list(unique.values())


_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def with_typos(text: str, rng: random.Random) -> str:
    """The text with one slip of the finger for about every 25 letters: a letter lost, doubled, wrong or swapped."""
    letters = list(text)
    for _ in range(max(1, len(letters) // 25)):
        if len(letters) < 6:
            break
        i, slip = rng.randrange(len(letters) - 1), rng.random()
        if slip < 0.3:
            del letters[i]
        elif slip < 0.6:
            letters[i], letters[i + 1] = letters[i + 1], letters[i]
        elif slip < 0.8:
            letters[i] = rng.choice(_LETTERS)
        else:
            letters.insert(i, letters[i])
    return "".join(letters)
