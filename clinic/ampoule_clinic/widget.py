"""The chat element: its modules and the words of `content/` as one small file. `python -m ampoule_clinic.widget` says
how small it is, and what a page writes to pin exactly this version."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import rjsmin
from ampoule.content import load

from ampoule_clinic.page import tel
from ampoule_clinic.settings import ROOT
from ampoule_clinic.words import Words

FOLDER = Path(__file__).with_name("widget")
ENTRY = "chat"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)


@dataclass(frozen=True)
class Widget:
    code: bytes

    @property
    def packed(self) -> bytes:
        return gzip.compress(self.code, 9, mtime=0)

    @property
    def integrity(self) -> str:
        """For the `integrity` attribute of the page's script element."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.code).digest()).decode()

    @property
    def name(self) -> str:
        """The file's name for this version of code and words."""
        return f"widget.{hashlib.sha256(self.code).hexdigest()[:12]}.js"


def build(words: Words) -> Widget:
    """One module out of all: each once, after those that it imports. KeyError where a word is missing in `content/`."""
    config = {"words": words.page(), "tel": tel(words)}
    parts = [f"const CONFIG={json.dumps(config, ensure_ascii=False)};"]
    for module in _in_order(ENTRY, ["config"]):
        source = _IMPORT.sub("", (FOLDER / f"{module}.js").read_text(encoding="utf-8"))
        parts.append(rjsmin.jsmin(re.sub(r"^export ", "", source, flags=re.MULTILINE)))
    return Widget("\n".join(parts).encode())


def _in_order(module: str, done: list[str]) -> list[str]:
    """The modules that this one needs and that are not in `done`, then itself; all are added to `done`."""
    if module in done:
        return []
    done.append(module)
    needs = _IMPORT.findall((FOLDER / f"{module}.js").read_text(encoding="utf-8"))
    return [*(other for need in needs for other in _in_order(need, done)), module]


def main() -> None:
    widget = build(Words(load(ROOT / "content")))
    print(f"{widget.name}: {len(widget.code) / 1000:.1f} kB, {len(widget.packed) / 1000:.1f} kB by gzip -9\nintegrity=\"{widget.integrity}\"")


if __name__ == "__main__":
    main()
