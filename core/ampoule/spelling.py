"""Spelling repair, domain words first.

Only unknown words of four letters or more are changed, and only into words of this domain: a general dictionary makes
"chest plan" of "chest pian" and "olympic" of "ozempic".
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from importlib.resources import files

from spacy.lang.en.stop_words import STOP_WORDS
from symspellpy import SymSpell, Verbosity

_WORD = re.compile(r"[a-z]+")
LEAST_COUNT = 4  # a domain word stands in at least this many training sentences
SHORTEST = 4
LONG = 7  # from this length on two letters may be wrong


def domain_words(texts: list[str]) -> dict[str, int]:
    """English words that many sentences share, with their counts: what a repair may produce."""
    counts = Counter(word for text in texts for word in set(_WORD.findall(text.lower())))
    return {word: n for word, n in sorted(counts.items()) if n >= LEAST_COUNT and len(word) >= SHORTEST and word in _english() and word not in STOP_WORDS}


@lru_cache(1)
def _english() -> frozenset[str]:
    text = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text(encoding="utf-8-sig")
    return frozenset(line.split()[0] for line in text.splitlines() if line)


class Spelling:
    def __init__(self, words: dict[str, int], urgent: set[str], names: set[str]) -> None:
        """`words` are the domain's (see `domain_words`). `urgent` words (those of the red flags) win over all others at
        the same distance. `names` (medicines, forms) are never changed, and a misspelt one is put right."""
        self._symspell = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        targets = {**words, **{n: 1 for n in names if len(n) >= LONG and " " not in n}}
        for word in urgent:
            if len(word) >= SHORTEST and word not in STOP_WORDS and word in _english():
                targets[word] = 1_000_000
        for word, count in targets.items():
            self._symspell.create_dictionary_entry(word, count)
        self._known = names | set(targets)
        self._repaired = lru_cache(8192)(self._word)

    def known(self, word: str) -> bool:
        return len(word) < SHORTEST or word in self._known or word in _english()

    def share_known(self, text: str) -> float:
        """How many of the words of 2+ letters are English or of this domain, 0 to 1; 1 where there are none."""
        words = [w for w in _WORD.findall(text) if len(w) > 1]
        return sum(w in self._known or w in _english() for w in words) / len(words) if words else 1.0

    def repair(self, text: str) -> str:
        """A `plain` text with misspelt domain words put right."""
        return _WORD.sub(lambda m: self._repaired(m[0]), text)

    def _word(self, word: str) -> str:
        if self.known(word):
            return word
        found = self._symspell.lookup(word, Verbosity.TOP, max_edit_distance=2 if len(word) >= LONG else 1)
        return found[0].term if found else word
