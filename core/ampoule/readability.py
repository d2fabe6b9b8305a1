"""How hard a text is to read: Flesch-Kincaid grade with drug names and units left out (CLINICAL G)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import textstat

# Long names that explain a difference stay in the text, and out of the count.
_NAMES = re.compile(r"\b(?:hydroxocobalamin|cyanocobalamin|methylcobalamin|adenosylcobalamin|cobalamin|homocysteine|methylmalonic acid|metformin|omeprazole|adrenaline|"
                    r"epinephrine|nitrous oxide|mcg/mL|mg/mL|mcg|mg|mL|MMA|MCV|CBC|IM|SC|IU)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d[\d,.]*")
MAX_GRADE, MAX_WORDS, MAX_SENTENCE_WORDS = 6.0, 120, 12.0


@dataclass(frozen=True)
class Readability:
    grade: float
    words: int
    words_a_sentence: float
    hardest: tuple[str, ...]


def measure(text: str) -> Readability:
    """`hardest` are the words of three syllables and more, the longest first."""
    bare = _NUMBER.sub("ten", _NAMES.sub("it", re.sub(r"^- ", "", text, flags=re.MULTILINE)))
    bare = re.sub(r"(?<![.!?:])\n", ". ", bare)
    words = re.findall(r"[\w'’-]+", text)
    sentences = max(1, textstat.sentence_count(bare))
    hard = sorted({w.lower() for w in re.findall(r"[A-Za-z'’]+", bare) if textstat.syllable_count(w) >= 3}, key=lambda w: -textstat.syllable_count(w))
    return Readability(float(textstat.flesch_kincaid_grade(bare)), len(words), len(words) / sentences, tuple(hard))
