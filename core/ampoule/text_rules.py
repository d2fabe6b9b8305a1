"""What one text must keep: house style, reading level, numbers that its claims hold, and no amounts beside a hand-off."""

from __future__ import annotations

import re

from ampoule import readability
from ampoule.content import Content, Text

Problem = tuple[str, str]  # what is wrong, and how to mend it

_SMALL = r"(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|few|several|couple of|other|second|third)"
_COUNT = rf"(?:\d[\d,.]*|{_SMALL})"
_TIME = r"(?:hour|day|night|week|month|year)s?"
_INTERVAL = (
    r"\b(?:(?:bi-?)?(?:weekly|monthly|yearly)|daily|fortnightly|quarterly|annually"
    rf"|(?:every|each|per) (?:{_COUNT} (?:(?:to|or|–|-) {_COUNT} )?)?{_TIME}|alternate {_TIME}"
    rf"|(?:once|twice|{_COUNT} times) (?:a|an|every|each|per) {_TIME}|{_COUNT} {_TIME} apart|\d[\d,.]* {_TIME} between)\b"
)
_MASS = r"(?:mcg|mgs?|micrograms?|milligrams?|mL|millilit(?:er|re)s?|cc|units?|IU)"
AMOUNT = re.compile(rf"\b\d[\d.,]*\s*{_MASS}\b|\b{_SMALL} {_MASS}\b|{_INTERVAL}", re.IGNORECASE)
FORMULA = re.compile(r"[×÷=]|\bdivided? by\b|\bmultipl(?:y|ied)\b|\btimes the\b", re.IGNORECASE)
_RANGE = re.compile(r"\bbetween \d[\d,.]* and \d|\d[\d,.]* ?(?:–|-|to) ?\d", re.IGNORECASE)
# Texts that may be shown beside a hand-off, besides every topic's brief.
MUST_BE_NUMBER_FREE = ("replies/handoff", "replies/intake", "desk")

_STYLE = {
    re.compile("[µμ]g"): "'µg' can be misread: write mcg",
    re.compile(r"\b\d+\.\d*0\b(?!\d)"): "a trailing zero can be misread: leave it out",
    re.compile(r"(?<![\d,])\.\d"): "a number below one needs a zero before the point",
    re.compile(r"\b\d{4,}\s*(?:mcg|mg)\b"): "thousands need a comma",
    re.compile(r"\b\d[\d,.]*(?:mcg|mg|mL)\b", re.IGNORECASE): "put a space between number and unit",
    re.compile(r"\bmls?\b|\bML\b|\bmcgs\b|\bmgs\b|\bug\b"): "write mcg, mg or mL, without an ending",
    re.compile(r"\bq\d+[hdw]\b|\b(?:b\.?i\.?d|t\.?i\.?d|p\.?r\.?n)\b\.?", re.IGNORECASE): "a prescriber's shorthand: write it out",
    re.compile(rf"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) (?:{_MASS}|{_TIME})\b", re.IGNORECASE): "write the number in digits",
    re.compile(
        r"completely safe|cannot overdose|can't overdose|100 ?% safe|\bguarantee|(?<!not )\bno risks?\b|\bharmless\b|\bnothing to worry|\bdon't worry\b|"
        r"\balways works?\b|\bnever fails?\b|\bmiracle\b",
        re.IGNORECASE,
    ): "surer than any source: say what is known",
    re.compile(
        r"\byou will (?:feel|be|get|see) (?:better|fine|well|cured|results)|\bwill (?:cure|heal|fix)\b|\bI promise\b|\bwe promise\b", re.IGNORECASE
    ): "a promise: say what often happens",
    re.compile(
        r"in my (?:hands|experience|work|practice|opinion)|\bmy patients\b|\bI(?:'ve| have) (?:seen|found|learned|noticed)\b|"
        r"\b(?:I|we) (?:recommend|advise|suggest|think|believe|prescribe)\b",
        re.IGNORECASE,
    ): "the assistant has no experience of its own: leave it out",
}
# Words that patients do not use, and those to use.
_PLAINER = {
    "administer": "give",
    "administered": "given",
    "repletion": "refill phase",
    "adverse": "side effect",
    "intramuscular": "into a muscle",
    "intramuscularly": "into a muscle",
    "subcutaneous": "under the skin",
    "discontinue": "stop",
    "prior to": "before",
    "etiology": "cause",
    "aetiology": "cause",
    "lesion": "damage",
    "commence": "start",
    "utilize": "use",
    "neurological": "nerve",
    "gastrointestinal": "stomach or gut",
}
_PLAINER_PATTERN = re.compile(r"\b(?:" + "|".join(_PLAINER) + r")\b", re.IGNORECASE)
# A meaning names the word that it explains.
_MAY_USE_HARD_WORDS = ("glossary",)
# The safety check asks first, and its two buttons say nothing else.
_CALL_LATER = ("check", "check_yes", "check_no")
_UNFINISHED = re.compile(r"\bTODO\b|\bTBD\b|\bXXX\b|\blorem ipsum\b", re.IGNORECASE)

# Numbers that are no clinical statement: emergency numbers, the vitamin's own name.
_NOT_CLAIMS = re.compile(r"\bB12\b|\bB6\b|\b(?:911|999|112|988|111)\b")
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
_MEASURED = re.compile(
    rf"(?<![\w.])(\d[\d,]*(?:\.\d+)?)(?:\s*(?:–|-|to|or|and)\s*(\d[\d,]*(?:\.\d+)?))?\s*(mcg|mg|micrograms?|mL|ml|%|{_TIME})(?![\w/])", re.IGNORECASE
)


def problems(content: Content, text: Text) -> list[Problem]:
    """What is wrong with the text; empty where all is well. Texts in other languages are not judged here."""
    file, _, part = text.id.partition("#")
    if file == "replies/language":
        before = text.text.partition("{clinic_phone}")[0]
        return [] if "{emergency_number}" in before else [("the emergency number does not come first", "put {emergency_number} before {clinic_phone}")]
    found = _style(file, text.text)
    if file == "replies/emergency" and part not in _CALL_LATER and "{emergency_number}" not in text.text.split("\n")[0]:
        found.append(("the first line does not give the emergency number", "begin with the line: Call {emergency_number} now."))
    if part != "title" and len(text.text.split()) > 8:
        found += _reading(text.text)
    if part == "brief" or file in MUST_BE_NUMBER_FREE:
        found += _beside_a_handoff(text.text, part == "brief")
    if file.startswith("topics/") and part != "title":
        found += _numbers(content, text)
    return found


def _style(file: str, text: str) -> list[Problem]:
    found = [(f"'{match[0]}' is not the house style", mend) for pattern, mend in _STYLE.items() if (match := pattern.search(text))]
    if file not in _MAY_USE_HARD_WORDS and (match := _PLAINER_PATTERN.search(text)):
        found.append((f"'{match[0]}' is not the house style", f"say '{_PLAINER[match[0].lower()]}'"))
    if match := _UNFINISHED.search(text):
        found.append((f"'{match[0]}': this text is still to be written", "write it, or leave the part out"))
    return found


def _reading(text: str) -> list[Problem]:
    found = []
    measured = readability.measure(text)
    if measured.grade > readability.MAX_GRADE:
        found.append(
            (
                f"reading grade {measured.grade:.1f}, at most {readability.MAX_GRADE:.0f}",
                "shorter sentences, or plainer words for: " + ", ".join(measured.hardest[:5])
                if measured.hardest
                else f"cut the longest sentence: '{measured.longest[:60]} ...'",
            )
        )
    if measured.words > readability.MAX_WORDS:
        found.append((f"{measured.words} words, at most {readability.MAX_WORDS}", "say less, or move some of it to detail"))
    if measured.longest_words > readability.MAX_SENTENCE_WORDS:
        found.append((f"a sentence of {measured.longest_words} words, at most {readability.MAX_SENTENCE_WORDS}", f"make two of: '{measured.longest[:60]} ...'"))
    if measured.sentences > 1 and measured.words_a_sentence > readability.MAX_MEAN_SENTENCE_WORDS:
        found.append(
            (
                f"{measured.words_a_sentence:.1f} words a sentence, at most {readability.MAX_MEAN_SENTENCE_WORDS:.0f} on average",
                f"cut the longest: '{measured.longest[:60]} ...'",
            )
        )
    return found


def _beside_a_handoff(text: str, number_free: bool) -> list[Problem]:
    """No amount, interval, range or formula; in a `number_free` text no number at all."""
    for pattern in (AMOUNT, _RANGE, FORMULA, *((_NUMBER,) if number_free else ())):
        if match := pattern.search(_NOT_CLAIMS.sub("", text)):
            return [(f"'{match[0]}' stands in a text that may be shown beside a hand-off", "leave amounts and intervals out")]
    return []


def _numbers(content: Content, text: Text) -> list[Problem]:
    """Every number stands in a claim that the text cites, and with the unit that it has there."""
    claimed = " ".join(content.claims[c].text for c in text.sources)
    known = set(_NUMBER.findall(claimed.replace(",", "")))
    found = [
        (f"the number {number} stands in no claim that the text cites", "cite the claim it comes from, or leave it out")
        for number in _NUMBER.findall(_NOT_CLAIMS.sub("", text.text).replace(",", ""))
        if number not in known
    ]
    units = measured(claimed)
    for number, unit in sorted(measured(text.text) - units):
        others = sorted(other for value, other in units if value == number)
        if number in known and others:
            found.append(
                (
                    f"'{number} {unit}' stands in no claim that the text cites; there it is {number} {' or '.join(others)}",
                    "take the unit from the claim, or cite the one it comes from",
                )
            )
    return found


def measured(text: str) -> set[tuple[str, str]]:
    """(number, unit) of every amount or time in the text; both ends of a range have its unit. 1 mg is also 1000 mcg."""
    found = set()
    for first, second, unit in _MEASURED.findall(text):
        unit = {"microgram": "mcg", "milliliter": "ml"}.get(unit.lower().rstrip("s"), unit.lower().rstrip("s"))
        for number in filter(None, (first, second)):
            value = number.replace(",", "")
            found.add((value, unit))
            if unit in ("mg", "mcg"):
                other = float(value) * 1000 if unit == "mg" else float(value) / 1000
                found.add((f"{other:g}" if other < 1e6 else str(int(other)), "mcg" if unit == "mg" else "mg"))
    return found
