"""One reviewed text, with its blanks."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ampoule import schemas
from ampoule.yamlfile import YamlFile

BLANK = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Text:
    """One reviewed text. `id` is e.g. `topics/usual_dose#answer` or `replies/handoff#offer`."""

    id: str
    text: str
    blanks: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with its blanks filled. KeyError where a declared blank has no value."""
        return BLANK.sub(lambda m: values[m.group(1)], self.text).strip()


def text_of(file: YamlFile, at: tuple[str, ...], id: str, row: dict, claims: Collection[str] = ()) -> Text:
    """The text in this row of the file. ContentError for blanks that are not declared or not known, and for unknown `claims`."""
    used, declared = set(BLANK.findall(row["text"])), set(row.get("blanks", ()))
    if used != declared:
        odd = ", ".join(sorted(used ^ declared))
        raise file.error(at, f"the blanks used and declared differ: {odd}", "declare exactly the blanks in the text")
    for unknown in declared - schemas.BLANKS:
        raise file.error((*at, "blanks"), f"unknown blank '{unknown}'", "known: " + ", ".join(sorted(schemas.BLANKS)))
    for claim in row.get("sources", ()):
        if claim not in claims:
            raise file.error((*at, "sources"), f"source '{claim}' is not in sources.yml", "cite a claim that exists")
    return Text(id, row["text"].strip(), tuple(sorted(declared)), tuple(row.get("sources", ())))
