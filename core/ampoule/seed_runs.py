"""No eight words in a row may stand both here and in one of the guides that the topics were first listed from.

The guides themselves are not kept. `content/seed_runs.txt` holds a hash of each run of eight words in them, one a line;
`tools/seed_runs.py` writes it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from ampoule.yamlfile import ContentError

RUN = 8  # words
DIGITS = 16  # hexadecimal digits kept of each hash
FILE = "seed_runs.txt"
_BLANK = re.compile(r"\{\w+\}")


def words(text: str) -> list[str]:
    """The words as runs are made of: lower case, no punctuation, no blanks; "1,000" is one word."""
    plain = _BLANK.sub(" ", text.lower()).replace("’", "'")
    return re.findall(r"[^\W_]+", re.sub(r"(?<=\d),(?=\d)|'", "", plain))


def runs(text: str) -> Iterator[tuple[str, str]]:
    """(hash, the eight words) of every run in the text."""
    row = words(text)
    for start in range(len(row) - RUN + 1):
        run = " ".join(row[start : start + RUN])
        yield hashlib.sha256(run.encode()).hexdigest()[:DIGITS], run


def load(file: Path) -> frozenset[str]:
    """The hashes in the file, none where there is no file. ContentError for a line that is no hash."""
    if not file.exists():
        return frozenset()
    lines = file.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if not re.fullmatch(rf"[0-9a-f]{{{DIGITS}}}|#.*", line):
            raise ContentError(file, number, f"'{line[:20]}' is no hash of a run", "write the file anew with tools/seed_runs.py")
    return frozenset(line for line in lines if not line.startswith("#"))


def shared(text: str, known: frozenset[str]) -> str | None:
    """The first run of the text that a guide holds too."""
    return next((run for digest, run in runs(text) if digest in known), None)
