"""Which language a message is in, as far as a reply needs to know: English or not, and which fixed sentences to show."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from ampoule import schemas
from ampoule.yamlfile import YamlFile

# A message is foreign by its letters alone where this share of them is of another script.
FOREIGN_SCRIPT_SHARE = 0.4
_SCRIPTS = {
    "ARABIC": "ar",
    "DEVANAGARI": "hi",
    "CJK": "zh",
    "HIRAGANA": "other",
    "KATAKANA": "other",
    "HANGUL": "other",
    "CYRILLIC": "other",
    "GREEK": "other",
    "HEBREW": "other",
    "THAI": "other",
    "BENGALI": "other",
    "TAMIL": "other",
    "TELUGU": "other",
    "GURMUKHI": "other",
    "GUJARATI": "other",
    "ETHIOPIC": "other",
    "ARMENIAN": "other",
    "GEORGIAN": "other",
    "KHMER": "other",
    "MYANMAR": "other",
    "KANNADA": "other",
    "MALAYALAM": "other",
    "SINHALA": "other",
    "LAO": "other",
}
_URDU = re.compile("[ٹڈڑںےگچپہھ]")
_WORD = re.compile(r"[^\W\d_]+")
CLEAR_SHARE = 0.2  # so many of the words must be a language's function words


def foreign_script(text: str) -> str | None:
    """The language code of a message in another script ("other" where no sentences exist for it), else None."""
    letters = [c for c in text if c.isalpha()]
    counts: dict[str, int] = {}
    for letter in letters:
        script = unicodedata.name(letter, "?").split()[0]
        if script in _SCRIPTS:
            counts[_SCRIPTS[script]] = counts.get(_SCRIPTS[script], 0) + 1
    if not counts or sum(counts.values()) < FOREIGN_SCRIPT_SHARE * len(letters):
        return None
    code = max(counts, key=counts.__getitem__)
    return "ur" if code == "ar" and len(_URDU.findall(text)) >= 2 else code


class LatinLanguages:
    """Tells the languages in Latin letters apart by their function words. ContentError for a broken word list."""

    def __init__(self, path: Path) -> None:
        lists = YamlFile(path).require(schemas.WORDS)["lists"]
        self._words = {code: frozenset(words) for code, words in lists.items()}

    def likeliest(self, text: str) -> str:
        """The code of the likeliest language, "other" where none stands out."""
        words = [word.lower() for word in _WORD.findall(text)]
        if not words:
            return "other"
        shares = {code: sum(word in known for word in words) / len(words) for code, known in self._words.items()}
        best = max(shares, key=shares.__getitem__)
        return best if shares[best] >= CLEAR_SHARE else "other"
