"""Which language a message is in, as far as a reply needs to know: English or not, and which fixed sentences to show."""

from __future__ import annotations

import importlib
import re
import unicodedata

# A message is foreign by its letters alone where this share of them is of another script.
FOREIGN_SCRIPT_SHARE = 0.4
_SCRIPTS = {"ARABIC": "ar", "DEVANAGARI": "hi", "CJK": "zh", "HIRAGANA": "other", "KATAKANA": "other", "HANGUL": "other", "CYRILLIC": "other",
            "GREEK": "other", "HEBREW": "other", "THAI": "other", "BENGALI": "other", "TAMIL": "other", "TELUGU": "other", "GURMUKHI": "other",
            "GUJARATI": "other", "ETHIOPIC": "other", "ARMENIAN": "other", "GEORGIAN": "other", "KHMER": "other", "MYANMAR": "other",
            "KANNADA": "other", "MALAYALAM": "other", "SINHALA": "other", "LAO": "other"}
_URDU = re.compile("[ٹڈڑںےگچپہھ]")
_LATIN = ("es", "fr", "de", "pt", "it", "pl", "tl")
_STOP_WORDS = {code: importlib.import_module(f"spacy.lang.{code}.stop_words").STOP_WORDS for code in (*_LATIN, "en")}
_WORD = re.compile(r"[^\W\d_]+")


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


def stop_word_share(text: str, code: str) -> float:
    """The share of words that are function words of the language, 0 to 1."""
    words = [w.lower() for w in _WORD.findall(text)]
    return sum(w in _STOP_WORDS[code] for w in words) / len(words) if words else 0.0


def latin_language(text: str) -> str:
    """The likeliest of the languages in Latin letters we have sentences for, "other" where none stands out."""
    shares = {code: stop_word_share(text, code) for code in _LATIN}
    best = max(shares, key=shares.__getitem__)
    return best if shares[best] >= 0.2 else "other"
