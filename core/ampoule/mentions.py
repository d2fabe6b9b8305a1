"""What else a message names: routes, forms, other medicines, words of the glossary."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ampoule.content import Content
from ampoule.lexicon import WordLists, plain

FORMS = ("cyano", "hydroxo", "methyl", "adeno")
MEDICINE_LISTS = ("medicine", "supplement", "vaccine", "gas")


@dataclass(frozen=True)
class Mentions:
    routes: tuple[str, ...]
    forms: tuple[str, ...]
    medicines: tuple[str, ...]
    b12: bool
    tablet: bool


class MentionReader:
    """Raises ContentError for broken word lists."""

    def __init__(self, folder: Path) -> None:
        self._terms, self._medicines = WordLists(folder / "terms.yml"), WordLists(folder / "medicines.yml")

    @property
    def names(self) -> set[str]:
        """Every name that spelling repair must leave alone."""
        return {w for lists in (self._terms.lists, self._medicines.lists) for words in lists.values() for w in words}

    def read(self, text: str) -> Mentions:
        """What a `plain` text names."""
        found = self._terms.found
        return Mentions(
            routes=tuple(r for r in ("im", "sc") if found(r, text)),
            forms=tuple(f for f in FORMS if found(f"form_{f}", text)),
            medicines=tuple(dict.fromkeys(m for name in MEDICINE_LISTS for m in self._medicines.found(name, text))),
            b12=bool(found("b12", text)),
            tablet=bool(found("tablet", text)),
        )


class GlossaryReader:
    """Finds "what is MMA?": a question about the meaning of one word of the glossary."""

    _ASKED = re.compile(
        r"^(?:(?:so |and |ok |sorry |but )*)(?:whats?|what is|what are|what does|whats? (?:an?|the)|define|meaning of|explain|what do you mean by)\b"
        r"(?P<rest>.*?)(?:mean|stand for|meaning)?\W*$"
    )

    def __init__(self, content: Content) -> None:
        self._terms = {}
        for term in content.glossary.values():
            for name in (term.term, *term.also):
                for part in re.split(r"[()/]", name):
                    if part.strip():
                        self._terms[plain(part)] = term.id

    def asked(self, text: str) -> str | None:
        """The id of the term whose meaning a `plain` text asks for, else None."""
        match = self._ASKED.match(text)
        if not match:
            return None
        rest = re.sub(r"\b(?:an?|the|is|are|does|do|that|this|word|it|in here)\b", " ", match["rest"])
        return self._terms.get(re.sub(r"[\s?.!\"']+", " ", rest).strip())
