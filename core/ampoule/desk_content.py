"""`content/desk.yml`: how the clinic's staff works on what is handed over, and the words that they may send or read out."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

from ampoule import schemas
from ampoule.labels import HANDOFF_KINDS
from ampoule.outcome import URGENCIES
from ampoule.texts import Text, text_of
from ampoule.yamlfile import YamlFile

# A red flag in a signed-in patient's message is a ticket too.
KINDS = (*HANDOFF_KINDS, "emergency")


@dataclass(frozen=True)
class Kind:
    """A kind of hand-off as staff see it. Only a clinician may answer a `clinical` one."""

    title: str
    clinical: bool


@dataclass(frozen=True)
class Outcome:
    """How a ticket can end. Of a clinical ticket only a clinician may say a `clinical` one."""

    title: str
    clinical: bool


@dataclass(frozen=True)
class Script:
    """What to say, line by line, when a patient is called back about a ticket of such an urgency. `clinical` is None
    where it fits both kinds of tickets."""

    title: str
    clinical: bool | None
    urgencies: tuple[str, ...]
    text: Text

    def fits(self, clinical: bool, urgency: str) -> bool:
        return self.clinical in (None, clinical) and urgency in self.urgencies


@dataclass(frozen=True)
class Canned:
    """A text for the chat, as it stands. Only an `unverified` one may go where nobody knows for certain who reads it."""

    id: str
    title: str
    text: Text
    unverified: bool
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Desk:
    kinds: dict[str, Kind]
    outcomes: dict[str, Outcome]
    scripts: dict[str, Script]
    canned: dict[str, Canned]

    def is_clinical(self, kind: str, reason: str) -> bool:
        """Whether only a clinician may answer. What nobody has read while the engine was down counts as clinical."""
        return reason == "engine_down" or kind not in self.kinds or self.kinds[kind].clinical

    def script(self, clinical: bool, urgency: str) -> Script:
        """The words for calling somebody back about such a ticket."""
        return next(script for script in self.scripts.values() if script.fits(clinical, urgency))


def load(path: Path, texts: dict[str, Text]) -> Desk:
    """Read and check the file, and put its texts among the others. Raises ContentError, naming file, line and mend."""
    file = YamlFile(path)
    data = file.require(schemas.DESK)
    for unknown in set(data["kinds"]) - set(KINDS):
        raise file.error(("kinds", unknown), f"'{unknown}' is no kind of hand-off", "known: " + ", ".join(KINDS))
    for missing in set(KINDS) - set(data["kinds"]):
        raise file.error(("kinds",), f"the kind '{missing}' is missing", "add it, with a title and whether it is clinical")
    scripts, canned = {}, {}
    for id, row in data["scripts"].items():
        scripts[id] = Script(row["title"], row.get("clinical"), tuple(row["urgencies"]), _text(file, "scripts", id, row, texts))
    for clinical, urgency in itertools.product((True, False), URGENCIES):
        if (fits := sum(script.fits(clinical, urgency) for script in scripts.values())) != 1:
            which = f"{'clinical' if clinical else 'other'} tickets of urgency {urgency}"
            raise file.error(("scripts",), f"{which} have {fits} scripts", "exactly one must fit")
    for id, row in data["canned"].items():
        canned[id] = Canned(id, row["title"], _text(file, "canned", id, row, texts), row.get("unverified", False), tuple(row.get("tags", ())))
    return Desk(
        kinds={id: Kind(**data["kinds"][id]) for id in KINDS},
        outcomes={id: Outcome(row["title"], row.get("clinical", False)) for id, row in data["outcomes"].items()},
        scripts=scripts,
        canned=canned,
    )


def _text(file: YamlFile, part: str, id: str, row: dict, texts: dict[str, Text]) -> Text:
    text = texts[f"desk#{part}.{id}"] = text_of(file, (part, id), f"desk#{part}.{id}", row)
    return text
