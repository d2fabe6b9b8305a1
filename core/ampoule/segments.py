"""Splitting a message into the parts that may ask different things."""

from __future__ import annotations

import re

MAX_SEGMENTS = 6
_STRONG = re.compile(r"(?<=[.!?;…])\s+|\n+|(?<=\?)")
_JOIN = re.compile(r"[,;]?\s+(?:and also|and then|and|also|plus|as well as|oh and|but also|another thing|ps|p\.s\.)[,:]?\s+|,\s+(?=(?:how|what|when|why|can|is|are|do|does|should|will|which|where|who)\b)", re.IGNORECASE)


def sentences(text: str) -> list[str]:
    """The message at its sentence ends, at most MAX_SEGMENTS parts (the rest stays with the last)."""
    parts = [p.strip() for p in _STRONG.split(text) if p and p.strip(" .!?;,")]
    return [*parts[: MAX_SEGMENTS - 1], " ".join(parts[MAX_SEGMENTS - 1:])] if len(parts) > MAX_SEGMENTS else parts


def parts(text: str) -> list[str]:
    """The message at its sentence ends and at words that join two questions ("and also", "plus")."""
    found = [piece.strip(" ,") for sentence in sentences(text) for piece in _JOIN.split(sentence) if piece and len(piece.split()) >= 2]
    return found[:MAX_SEGMENTS]
