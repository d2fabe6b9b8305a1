"""How hard a text is to read: Flesch-Kincaid grade with drug names and units left out (CLINICAL G)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import textstat

# Long names that explain a difference stay in the text, and out of the count.
_NAMES = re.compile(
    r"\b(?:hydroxocobalamin|cyanocobalamin|methylcobalamin|adenosylcobalamin|cobalamin|homocysteine|methylmalonic acid|metformin|omeprazole|adrenaline|"
    r"epinephrine|nitrous oxide|mcg/mL|mg/mL|mcg|mg|mL|MMA|MCV|CBC|IM|SC|IU)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d[\d,.]*")
MAX_GRADE, MAX_WORDS = 6.0, 120
# Words: on average over a text's sentences, and in its longest one. An item of a list is a sentence.
MAX_MEAN_SENTENCE_WORDS, MAX_SENTENCE_WORDS = 12.0, 20


@dataclass(frozen=True)
class Readability:
    """`grade` is the US school grade; `words_a_sentence` the mean. `hardest` are the words that raise the grade most
    (three syllables and more, each time they stand there), `longest` the sentence that does."""

    grade: float
    words: int
    sentences: int
    words_a_sentence: float
    hardest: tuple[str, ...]
    longest: str
    longest_words: int


def measure(text: str) -> Readability:
    """Measured without names and units; a blank counts as one word."""
    bare = _NUMBER.sub("ten", _NAMES.sub("it", re.sub(r"^- ", "", text, flags=re.MULTILINE)))
    bare = re.sub(r"(?<![.!?:])\n", ". ", bare)
    words = re.findall(r"[\w'’-]+", text)
    sentences = [s for s in re.split(r"(?<=[.!?:])\s+", re.sub(r"\n", " \n", re.sub(r"(?<![.!?:])\n", ".\n", text))) if re.search(r"\w", s)]
    lengths = [len(re.findall(r"[\w'’-]+", s)) for s in sentences]
    longest = max(range(len(sentences)), key=lengths.__getitem__, default=None)
    syllables = Counter(w.lower() for w in re.findall(r"[A-Za-z'’]+", bare))
    weight = {w: textstat.syllable_count(w) for w in syllables}
    hard = sorted((w for w in syllables if weight[w] >= 3), key=lambda w: (-(weight[w] - 1) * syllables[w], w))
    return Readability(
        float(textstat.flesch_kincaid_grade(bare)),
        len(words),
        len(sentences),
        len(words) / max(1, len(sentences)),
        tuple(hard),
        "" if longest is None else " ".join(sentences[longest].split()).lstrip("- "),
        0 if longest is None else lengths[longest],
    )
