"""Splitting a message into the parts that may ask different things."""

from __future__ import annotations

import re

MAX_PARTS, MAX_SENTENCES = 6, 24
_STRONG = re.compile(r"(?<=[.!?;…])\s+|\n+|(?<=\?)")
_JOIN = re.compile(
    r"[,;]?\s+(?:and also|and then|and|also|plus|as well as|oh and|but also|another thing|ps|p\.s\.)[,:]?\s+"
    r"|,\s+(?=(?:how|what|when|why|can|is|are|do|does|should|will|which|where|who)\b)",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """The message at its sentence ends; of a long one several sentences together, at most MAX_SENTENCES pieces."""
    found = [p.strip() for p in _STRONG.split(text) if p and p.strip(" .!?;,")]
    size = -(-len(found) // MAX_SENTENCES)
    return [" ".join(found[i : i + size]) for i in range(0, len(found), size)] if found else []


def parts(text: str) -> list[str]:
    """The message at its sentence ends and at words that join two questions ("and also", "plus"), the first MAX_PARTS."""
    found = [piece.strip(" ,") for sentence in sentences(text) for piece in _JOIN.split(sentence) if piece and len(piece.split()) >= 2]
    return found[:MAX_PARTS]
