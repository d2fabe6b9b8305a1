"""Contact details in a patient's words: found, and masked before the text leaves the clinic."""

from __future__ import annotations

import re
from dataclasses import dataclass

_EMAIL = re.compile(
    r"\w[\w.+%'’-]*\s?@\s?[\w-]+(?:\s?\.\s?[\w-]+)+"
    r"|\w[\w.+%'’-]*\s(?:at|\(at\)|\[at\])\s[\w.-]+(?:\s(?:dot|\(dot\)|\[dot\])\s"
    r"(?:com|org|net|co|edu|gov|uk|ie|ca|au|us|info|me)\b)+",
    re.IGNORECASE,
)
# Seven digits or more, however grouped; not an amount with a unit behind it and not one with thousands commas.
_UNIT = (
    r"\s?(?:mcgs?|mgs?|[µμ]gs?|ugs?|mls?|ccs?|ius?|i\.u\.|micro\w*|mikro\w*|milli|mi\w{2,}gram\w*|millilit\w*|international units?"
    r"|units?(?!\s*\d))(?!\w)"
)
_YEARS = r"(?:19|20)\d\d\s?[-–]\s?(?:19|20)\d\d(?![\s-]*\d)"
_PHONE = re.compile(
    rf"(?<!\w)(?<!\d[.,])(?!\d{{1,3}}(?:[ '’]\d{{3}})+{_UNIT})(?!{_YEARS})"
    rf"(?:\d{{16,}}|\+?\(?\d(?:[\s().-]{{0,4}}\d){{6,14}})(?!\d|,\d|{_UNIT})",
    re.IGNORECASE,
)
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    rf"\b(?:\d{{1,2}}[/.\-\s]\d{{1,2}}[/.\-\s](?P<y1>\d{{4}}|\d{{2}})|(?P<y2>\d{{4}})[/.-]\d{{1,2}}[/.-]\d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+(?P<y3>\d{{4}}|\d{{2}})|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+(?P<y4>\d{{4}}))(?!\w)",
    re.IGNORECASE,
)
_BORN = re.compile(r"(?:born|birth|d\.?o\.?b)\W*(?:\w+\W+){0,3}$", re.IGNORECASE)
LATEST_BIRTH_YEAR_ASSUMED = 2012  # A later date without "born" is more likely the date of a shot.
_SPOKEN = r"(?:zero|oh|o|nought|naught|one|two|three|four|five|six|seven|eight|nine|ten|double|triple|hundred|\d)"
_SPOKEN_PHONE = re.compile(rf"\b{_SPOKEN}(?:[\s,-]+(?:and\s+)?{_SPOKEN}){{5,}}\b", re.IGNORECASE)
MASK = re.compile(r"\[(phone|e-mail|date)[^\]]*\]")


@dataclass(frozen=True)
class Contact:
    """`kind` is phone, email or date (a date of birth); `value` as typed."""

    kind: str
    value: str


@dataclass(frozen=True)
class Masked:
    text: str
    found: tuple[Contact, ...]


def _is_birth_date(match: re.Match) -> bool:
    year = int(next(y for y in match.groupdict().values() if y))
    born = bool(_BORN.search(match.string[: match.start()]))
    return born or (1900 <= year <= LATEST_BIRTH_YEAR_ASSUMED) or (year < 100 and year > LATEST_BIRTH_YEAR_ASSUMED % 100 + 20)


def mask(text: str) -> Masked:
    """The text with phone numbers, e-mail addresses and dates of birth replaced by marks that keep the last two digits
    of a phone number or the first letter of an address, so that the person can recognise them."""
    found: list[Contact] = []

    def email(match: re.Match) -> str:
        found.append(Contact("email", match[0]))
        return f"[e-mail {match[0][0]}…]"

    def date(match: re.Match) -> str:
        if match["y1"] and len(match["y1"]) == 2 and "/" not in match[0] and re.match(r"[\s.-]\d{2}(?!\d)", match.string[match.end() :]):
            return match[0]  # "01 42 68 53 00" is a phone number
        if not _is_birth_date(match):
            return match[0]
        found.append(Contact("date", match[0]))
        return "[date]"

    def phone(match: re.Match) -> str:
        found.append(Contact("phone", match[0]))
        return f"[phone …{re.sub(r'[^0-9]', '', match[0])[-2:]}]"

    def spoken(match: re.Match) -> str:
        found.append(Contact("phone", match[0]))
        return "[phone]"

    masked = _EMAIL.sub(email, text)
    masked = _DATE.sub(date, masked)
    masked = _PHONE.sub(phone, masked)
    masked = _SPOKEN_PHONE.sub(spoken, masked)
    return Masked(masked, tuple(found))


def marks(text: str) -> list[str]:
    """The kinds of mark in a masked text: phone, e-mail, date."""
    return [m[1] for m in MASK.finditer(text)]
