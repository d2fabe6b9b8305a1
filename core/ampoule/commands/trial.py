"""`ampoule try FILE`: a file of messages as a table, and what an edit moved.

ampoule try messages.txt --save before.json      # then edit, train where needed, and
ampoule try messages.txt --against before.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ampoule import content as contents
from ampoule.commands.common import CommandError, load_reader

# What is compared, in the order in which it is told.
_COMPARED = ("outcome", "safety", "about", "urgency", "texts", "words")


def add(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("try", help="what would be said to each message of a file; what an edit moved")
    command.add_argument("file", type=Path, help="one message a line; lines that begin with # are left out")
    command.add_argument("--save", type=Path, metavar="JSON", help="keep the result, to compare with later")
    command.add_argument("--against", type=Path, metavar="JSON", help="show what moved since that result")
    command.add_argument("--json", action="store_true", help="for other programs")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    messages = _messages(options.file)
    before = _saved(options.against) if options.against else {}
    content = contents.load(options.content)
    reader = load_reader(options, content)
    rows = [_row(reader, message) for message in messages]
    if options.save:
        options.save.write_text(json.dumps({"content_version": content.version, "rows": rows}, indent=1, ensure_ascii=False), encoding="utf-8")
    moved = {row["message"]: moves(before[row["message"]], row) for row in rows if row["message"] in before}
    if options.json:
        print(json.dumps([{**row, **({"moved": moved[row["message"]]} if row["message"] in moved else {})} for row in rows], indent=1, ensure_ascii=False))
        return 0
    _show(rows, moved, bool(options.against))
    return 0


def moves(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What differs between two results of one message, in words."""
    changed = [name for name in _COMPARED if before.get(name) != after[name]]
    told = [f"{name}: {_said(before.get(name))} -> {_said(after[name])}" for name in changed if name != "words"]
    return told + (["the words of its texts"] if "words" in changed and "texts" not in changed else [])


def _said(value: Any) -> str:
    return (", ".join(value) if isinstance(value, list) else str(value)) if value else "none"


def _row(reader: Any, message: str) -> dict[str, Any]:
    from ampoule import preview

    reading, turn = preview.answer(reader, message)
    return {
        "message": message,
        "outcome": reading.outcome,
        "safety": reading.safety,
        "label": reading.label,
        "about": reading.topics or [reading.kind or reading.label],
        "urgency": reading.urgency if reading.kind else None,
        "texts": turn.custom["texts"],
        "words": turn.texts,
    }


def _show(rows: list[dict], moved: dict[str, list[str]], compared: bool) -> None:
    console, table = Console(highlight=False), Table()
    for column in ("message", "outcome", "about", "texts", *(("moved",) if compared else ())):
        table.add_column(column, overflow="fold")
    for row in rows:
        safety = "" if row["safety"] == "none" else f" ({row['safety']})"
        cells = [row["message"], row["outcome"] + safety, _said(row["about"]), "\n".join(row["texts"])]
        if compared:
            cells.append("\n".join(moved[row["message"]]) if row["message"] in moved else "new")
        table.add_row(*map(Text, cells), style="yellow" if moved.get(row["message"]) else None)
    console.print(table)
    if compared:
        console.print(f"{sum(map(bool, moved.values()))} of {len(moved)} moved")


def _messages(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: give a UTF-8 text file with one message a line") from error
    messages = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not messages:
        raise CommandError(f"{path} holds no message: write one a line")
    return list(dict.fromkeys(messages))


def _saved(path: Path) -> dict[str, dict]:
    """message -> its row of a saved result"""
    try:
        return {row["message"]: row for row in json.loads(path.read_text(encoding="utf-8"))["rows"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} is no saved result: write one with --save") from error
