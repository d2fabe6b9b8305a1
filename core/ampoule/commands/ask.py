"""`ampoule ask`: what would be said to a message, and why."""

from __future__ import annotations

import argparse
import json

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ampoule import content as contents
from ampoule.commands.common import load_reader


def add(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("ask", help="what would be said to a message, and why")
    command.add_argument("message")
    command.add_argument("--json", action="store_true", help="for other programs")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    reader = load_reader(options, contents.load(options.content))
    from ampoule import preview  # after the reader's libraries, which take a second

    reading, turn = preview.answer(reader, options.message)
    if options.json:
        why = dict(preview.why(reader, options.message, reading, turn))
        print(json.dumps({"reading": reading.as_dict(), "why": why, "outcome": turn.custom, "texts": turn.texts}, indent=1, ensure_ascii=False))
        return 0
    console, table = Console(highlight=False), Table(show_header=False, box=None)
    table.add_column(style="bold", no_wrap=True)
    for name, value in preview.why(reader, options.message, reading, turn):
        table.add_row(name, Text(value))
    console.print(table)
    for text in turn.texts:
        console.print(Text(f"\n{text}"))
    return 0
