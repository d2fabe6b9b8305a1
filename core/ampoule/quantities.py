"""Amounts with units in a patient's words, and exact conversion between mcg and mg.

1 mg = 1,000 mcg (content claim B4-1). Only a mass converts; a volume, international units, syringe marks or a blood
level never do, and no volume to draw up is ever worked out here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import DamerauLevenshtein

from ampoule import schemas
from ampoule.yamlfile import YamlFile

MICROGRAMS = {"mcg": Decimal(1), "mg": Decimal(1000)}
LARGEST = Decimal(10) ** 12


@dataclass(frozen=True)
class Quantity:
    """An amount as typed. `unit` is a key of units.yml; `readings` holds more than one amount where the writing is
    ambiguous ("1.000 mcg" is one or one thousand); `unclear` marks a number only part of which could be read ("one
    fifty", "100-200"); `per` is the unit after a slash ("mcg/mL" has per="ml")."""

    amount: Decimal
    unit: str
    start: int
    end: int
    readings: tuple[Decimal, ...] = ()
    per: str | None = None
    unclear: bool = False

    @property
    def ambiguous(self) -> bool:
        return self.unclear or len(self.readings) > 1

    @property
    def convertible(self) -> bool:
        return self.unit in MICROGRAMS and self.per is None


@dataclass(frozen=True)
class Conversion:
    amount: Decimal
    unit: str
    source: Quantity

    def as_dict(self) -> dict:
        return {"amount": float(self.amount), "unit": self.unit, "from": {"amount": float(self.source.amount), "unit": self.source.unit}}


def convert(quantity: Quantity, unit: str | None = None) -> Conversion:
    """The same mass in the other unit (or in `unit`), exactly. ValueError where it is no mass, or ambiguous."""
    if not quantity.convertible or quantity.ambiguous:
        raise ValueError("not a mass that can be converted")
    unit = unit or ("mg" if quantity.unit == "mcg" else "mcg")
    return Conversion(quantity.amount * MICROGRAMS[quantity.unit] / MICROGRAMS[unit], unit, quantity)


def write(amount: Decimal, unit: str) -> str:
    """House style: digits, comma in thousands, no trailing zero, a zero before the point ("1,000 mcg", "0.5 mg")."""
    text = f"{amount:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text} {unit}"


# -- the grammar of numbers -------------------------------------------------------------------------------------------

_SMALL = {
    w: i
    for i, w in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_SMALL.update({"nought": 0, "naught": 0, "oh": 0, "fourty": 40, "a": 1, "an": 1})
_SMALL.update({w: 10 * i for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)})
_SCALES = {"hundred": 100, "thousand": 1000, "thousands": 1000, "thou": 1000, "grand": 1000, "million": 10**6, "k": 1000}
_FRACTIONS = {"half": Decimal("0.5"), "quarter": Decimal("0.25"), "quarters": Decimal("0.25"), "tenth": Decimal("0.1"), "tenths": Decimal("0.1")}
_VULGAR = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75")}
_WORD = "|".join(sorted([*_SMALL, *_SCALES, *_FRACTIONS, "point", "and", "of", "dot"], key=len, reverse=True))

_SPACE = r"[   ' ’]"
_DIGITS = rf"\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?(?![\d,])|\d{{1,3}}(?:{_SPACE}\d{{3}})+(?:[.,]\d+)?(?!\d)|\d+[.,·]\d+(?!\d)|\d+|[.,·]\d+"
_NUMBER = re.compile(
    rf"(?<![\w.,])(?P<frac>(?:\d+[ -])?\d+\s?/\s?\d+(?=\D|$))"
    rf"|(?<![\w.,])(?P<digits>{_DIGITS})(?:\s?(?P<vulgar>[½¼¾]))?(?:\s(?:and|&)\s(?:an?\s|one\s)?(?P<more>half|quarter)(?![a-z]))?(?:\s?(?P<scale>k|thousand|thou|grand|hundred|million)(?![a-z]))?"
    rf"|(?P<alone>[½¼¾])"
    rf"|(?<![a-z])(?P<words>(?:{_WORD})(?:(?:\s+|-)(?:{_WORD}))*)(?![a-z])",
    re.IGNORECASE,
)


def _digits(text: str) -> tuple[Decimal, ...]:
    """All readings of a number in digits, the likeliest first."""
    text = text.replace("·", ".")
    if re.fullmatch(rf"\d{{1,3}}(?:{_SPACE}\d{{3}})+(?:[.,]\d+)?", text):
        return (Decimal(re.sub(_SPACE, "", text).replace(",", ".")),)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        # A comma after a lone zero can only be a decimal comma.
        return (Decimal(text.replace(",", ".")),) if text.startswith("0,") else (Decimal(text.replace(",", "")),)
    if re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", text):
        whole, plain = Decimal(text.replace(".", "")), Decimal(text)
        return (whole, plain) if whole != plain else (plain,)
    return (Decimal(text.replace(",", ".") if not text.startswith((".", ",")) else "0." + text[1:]),)


def _words(text: str) -> Decimal | None:
    """A number in words ("one thousand two hundred", "half a", "point two five"), or None where it is no number."""
    words = [w for w in re.split(r"[\s-]+", text.lower()) if w]
    while words and words[-1] in ("and", "of"):
        words.pop()
    while words and words[0] in ("and", "of"):
        words.pop(0)
    if not words:
        return None
    for mark in ("point", "dot"):
        if mark in words:
            at = words.index(mark)
            whole = _words(" ".join(words[:at])) if at else Decimal(0)
            tail = words[at + 1 :]
            scale = Decimal(1)
            while tail and tail[-1] in _SCALES:
                scale *= _SCALES[tail.pop()]
            digits = ""
            for word in tail:
                if word not in _SMALL or word in ("a", "an"):
                    return None
                digits += str(_SMALL[word])
            return (whole + Decimal(f"0.{digits}")) * scale if digits and whole is not None else None
    for word, value in _FRACTIONS.items():
        if word in words:
            at = words.index(word)
            before = [w for w in words[:at] if w not in ("a", "an", "and")] if word in ("half", "quarter") else words[:at]
            count = Decimal(1)
            whole = Decimal(0)
            if word in ("quarters", "tenths"):
                number = _words(" ".join(before)) if before else None
                if number is None:
                    return None
                count = number
            elif before and not (words[:at] == ["one"]):
                # "two and a half", but never "two half".
                number = _words(" ".join(before)) if "and" in words[:at] else None
                if number is None:
                    return None
                whole = number
            scale = Decimal(1)
            for after in words[at + 1 :]:
                if after in _SCALES:
                    scale *= _SCALES[after]
                elif after not in ("a", "an", "of"):
                    return None
            return (whole + count * value) * scale
    total, current, seen = Decimal(0), Decimal(0), False
    for word in words:
        if word in ("and", "of"):
            continue
        if word in _SMALL:
            value = _SMALL[word]
            if word in ("a", "an") and seen:
                return None
            if seen and current % 100 and not (value < 10 and current % 100 >= 20 and current % 10 == 0):
                return None
            current, seen = current + value, True
        elif word == "hundred":
            if current >= 100:
                return None
            current, seen = (current or 1) * 100, True
        else:
            if total and (not current or total % (1000 * _SCALES[word])):
                return None
            total, current, seen = total + (current or 1) * _SCALES[word], Decimal(0), True
    return total + current if seen and words != ["oh"] else None


def _value(match: re.Match) -> tuple[Decimal, ...]:
    """The readings of a number the grammar matched; empty where it is none."""
    if match["frac"]:
        parts = re.fullmatch(r"(?:(\d+)[ -])?(\d+)\s?/\s?(\d+)", match["frac"])
        whole, top, bottom = (Decimal(p or 0) for p in parts.groups())
        if not bottom:
            return ()
        return (whole + top / bottom,)
    if match["alone"]:
        return (_VULGAR[match["alone"]],)
    if match["words"]:
        value = _words(match["words"])
        return () if value is None else (value,)
    readings = _digits(match["digits"])
    if match["vulgar"]:
        readings = tuple(r + _VULGAR[match["vulgar"]] for r in readings)
    if match["more"]:
        readings = tuple(r + _FRACTIONS[match["more"].lower()] for r in readings)
    if match["scale"]:
        readings = (min(readings) * _SCALES[match["scale"].lower()],)
    return readings


def _exact(fraction: str | None, value: Decimal) -> bool:
    """Whether a typed fraction has an end as a decimal ("1/4" has, "1/3" has none)."""
    return fraction is None or value == value.quantize(Decimal("1e-9"))


# Another number right in front: a range, a list, or a spelling of which only the end was understood.
_NUMBER_WORD = "|".join(w for w in (*_SMALL, *_SCALES, *_FRACTIONS) if w not in ("a", "an", "oh"))
_NUMBER_BEFORE = re.compile(
    rf"(?<![a-z])(?:{_NUMBER_WORD})\s?(?:[-–/]|to|or|and)\s?$|(?:(?<![\w.,])\d[\d.,]*(?:\s?(?:{'|'.join(_SCALES)}))?|[½¼¾]|point|dot)\s?(?:[-–,.·/^&]|to|or|and)?\s?$",
    re.IGNORECASE,
)
_VITAMIN_BEFORE = re.compile(r"b[\s-]?12\W{0,2}(?:(?:to|or|and)\s)?$", re.IGNORECASE)
# The 12 of "B-12 500 mcg" is no thousands group, nor the whole of "b 12 1/2 mg".
_VITAMIN_NUMBER = re.compile(r"(?<=\bb[\s-])12(?!\d)", re.IGNORECASE)
# "a third of a mg": an article behind "of" is no amount of its own.
_PART_OF = re.compile(r"(?:of\s+)an?", re.IGNORECASE)
# "2 500 mcg shots" may be two shots; "1,0000" is a slip, not a decimal.
_COUNTED = re.compile(r"\s*(?:\w+\s)?(?:shots|jabs|injections|doses|vials|ampoules|tablets|pills|capsules)\b", re.IGNORECASE)
_PER_OTHER = re.compile(r"\s?(?:/|per)\s?(?P<unit>d?l|lit(?:er|re)|kg|kilo(?:gram)?)\b", re.IGNORECASE)


class Units:
    """The unit words of `content/lexicon/units.yml`. Raises ContentError for a broken file."""

    def __init__(self, path: Path) -> None:
        file = YamlFile(path)
        data = file.require(schemas.UNITS)
        self._unit_of: dict[str, str] = {}
        self._fuzzy: dict[str, str] = {}
        for unit, row in data["units"].items():
            for spelling in row["spellings"]:
                if spelling in self._unit_of:
                    raise file.error(("units", unit), f"'{spelling}' is already a spelling of {self._unit_of[spelling]}", "keep it in one unit")
                self._unit_of[spelling] = unit
            for word in row.get("fuzzy", ()):
                self._fuzzy[word] = unit
        spellings = "|".join(re.escape(s).replace(r"\ ", r"\s+") for s in sorted(self._unit_of, key=len, reverse=True))
        self._spelled = re.compile(rf"(?:{spellings})(?![a-zµμ])", re.IGNORECASE)
        self._word = re.compile(r"[a-z]{6,14}", re.IGNORECASE)
        self._near = lru_cache(4096)(self._nearest)

    def _nearest(self, word: str) -> str | None:
        ranked = sorted((DamerauLevenshtein.distance(word, known), known) for known in self._fuzzy)
        distance, unit = ranked[0][0], self._fuzzy[ranked[0][1]]
        rival = min((d for d, k in ranked if self._fuzzy[k] != unit), default=9)
        return unit if distance <= 2 and distance < rival else None

    def at(self, text: str, start: int) -> tuple[str, int] | None:
        """The unit that begins at `start` and where it ends."""
        if match := self._spelled.match(text, start):
            return self._unit_of[re.sub(r"\s+", " ", match[0].lower())], match.end()
        if (match := self._word.match(text, start)) and (unit := self._near(match[0].lower())):
            return unit, match.end()
        return None

    def mentioned(self, text: str) -> list[str]:
        """Every unit named in the text, with or without an amount, in order."""
        found, at = [], 0
        for word in re.finditer(r"(?<![a-zµμ])[a-zµμ]", text, re.IGNORECASE):
            if word.start() >= at and (unit := self.at(text, word.start())):
                found.append(unit[0])
                at = unit[1]
        return found

    def find(self, text: str) -> list[Quantity]:
        """Every amount with a unit, in the order of the text."""
        found: list[Quantity] = []
        position, skipped = 0, False
        while match := _NUMBER.search(text, position):
            if vitamin := _VITAMIN_NUMBER.match(text, match.start()):
                position = vitamin.end()
                continue
            position = max(match.end(), match.start() + 1)
            quantity, before, skipped = self._quantity(text, match, skipped), skipped, False
            if quantity is None and match["words"] and (inner := re.search(r"[\s-]", match["words"])):
                # "a one thousand": try again behind the first word.
                skipped = before or match["words"][: inner.start()].lower() not in ("a", "an", "and", "of", "oh")
                position = match.start() + inner.end()
            if quantity:
                found.append(quantity)
                position = quantity.end
        return found

    def _quantity(self, text: str, match: re.Match, skipped: bool) -> Quantity | None:
        readings = _value(match)
        if match["words"] and (_PART_OF.fullmatch(match["words"]) or match["words"].lower() in ("a", "an") and re.search(r"\bof\s$", text[: match.start()])):
            return None
        if not readings or max(readings) > LARGEST:
            return None
        end = match.end()
        if gap := re.compile(r"[\s\-–]{0,2}(?:of\s+)?(?:an?\s+)?").match(text, end):
            end = gap.end()
        unit = self.at(text, end)
        if unit is None:
            return None
        name, end = unit
        readings = tuple(dict.fromkeys(readings))
        per = None
        if name in MICROGRAMS and (slash := re.compile(r"\s?(?:/|per|in each|in every|a|in an?|in 1)\s?").match(text, end)):
            if (below := self.at(text, slash.end())) and below[0] == "ml":
                per, end = below[0], below[1]
        if name in MICROGRAMS and per is None and (below := _PER_OTHER.match(text, end)):
            per, end = below["unit"].lower(), below.end()
        before = text[: match.start()]
        unclear = (
            skipped
            or bool(_NUMBER_BEFORE.search(before) and not _VITAMIN_BEFORE.search(before))
            or bool(re.fullmatch(r"\d+,00?|[1-9]\d*,\d{4,}", match["digits"] or ""))
            or bool(re.fullmatch(r"\d{1,2} (?!000)\d{3}", match["digits"] or "") and _COUNTED.match(text, end))
            or not _exact(match["frac"], readings[0])
        )
        return Quantity(readings[0], name, match.start(), end, readings, per, unclear)
