"""Questions of two topics that are the same, or as good as the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process

from ampoule.content import Content

# Words that change nothing about what is asked.
_FILLER = frozenset(
    "a an the of for to in on at is are was be do does did what i me my you your we it its that this so and or ok please pls hi hello hey "
    "just can could would should tell explain about some any there get got have has s".split()
)
ALIKE, SAME_WORD, LONG_WORD = 80, 80, 5  # rapidfuzz ratios, 0 to 100; letters


@dataclass(frozen=True)
class Pair:
    """A question, its place in its topic, and the question of another topic that it repeats."""

    topic: str
    place: int
    question: str
    other_topic: str
    other: str

    @property
    def identical(self) -> bool:
        return _plain(self.question) == _plain(self.other)


def repeated(content: Content) -> list[Pair]:
    """Every pair of questions of two topics that ask the same in nearly the same words."""
    rows = [(topic.id, place, question) for topic in content.topics.values() for place, question in enumerate(topic.questions)]
    asked = [_asked(question) for _, _, question in rows]
    in_order = [" ".join(sorted(words)) for words in asked]
    alike = process.cdist(in_order, in_order, scorer=fuzz.ratio, score_cutoff=ALIKE, dtype=np.uint8)
    owner = np.array([topic for topic, _, _ in rows])
    alike[owner[:, None] == owner[None, :]] = 0
    return [Pair(*rows[j], rows[i][0], rows[i][2]) for i, j in np.argwhere(np.triu(alike)).tolist() if _same(asked[i], asked[j])]


def _plain(question: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", re.sub(r"['’]|(?<=\d),(?=\d)", "", question.lower())))


def _asked(question: str) -> frozenset[str]:
    """The words that say what is asked; all of them where there are only fillers."""
    words = _plain(re.sub(r"\b(what|how|when|where|who)(?:['’]?s|['’]re)\b", r"\1", question, flags=re.IGNORECASE)).split()
    return frozenset(word for word in words if word not in _FILLER) or frozenset(words)


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the two differ in slips only: "mg" and "mcg", or two numbers, are another question."""
    return _covers(one - other, other) and _covers(other - one, one)


def _covers(words: frozenset[str], others: frozenset[str]) -> bool:
    return all(any(min(len(w), len(o)) >= LONG_WORD and fuzz.ratio(w, o) >= SAME_WORD for o in others) for w in words)
