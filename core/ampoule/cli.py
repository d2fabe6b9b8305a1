"""The `ampoule` command."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ampoule import check as checks
from ampoule import content as contents
from ampoule.yamlfile import ContentError

ROOT = Path(os.environ.get("AMPOULE_ROOT", "."))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="ampoule", description="Check the texts; ask the Reader.")
    parser.add_argument("--content", type=Path, default=Path(os.environ.get("AMPOULE_CONTENT", ROOT / "content")))
    parser.add_argument("--models", type=Path, default=Path(os.environ.get("AMPOULE_MODELS", ROOT / "models")))
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help in (("check", "every text, source, pattern and number"), ("ask", "what would be said to a message, and why")):
        command = commands.add_parser(name, help=help)
        command.add_argument("--json", action="store_true", help="for other programs")
        if name == "ask":
            command.add_argument("message")
    options = parser.parse_args(arguments)
    try:
        return {"check": _check, "ask": _ask}[options.command](options)
    except ContentError as error:
        print(error, file=sys.stderr)
        return 2


def _check(options: argparse.Namespace) -> int:
    """Exit code 1 where something is to be mended."""
    found = checks.check(options.content)
    if options.json:
        print(json.dumps([asdict(f) for f in found], indent=1))
        return bool(found)
    console = Console()
    for finding in found:
        where = f"{finding.file}:{finding.line}" if finding.line else finding.file
        console.print(f"[bold]{where}[/bold]\n   {finding.problem}\n   [green]{finding.mend}[/green]", highlight=False)
    if found:
        console.print(f"{len(found)} to mend")
    else:
        content = contents.load(options.content)
        console.print(f"all well: {len(content.topics)} topics, {len(content.texts)} texts, {len(content.claims)} claims")
    return bool(found)


def _ask(options: argparse.Namespace) -> int:
    from ampoule import handoff, reply
    from ampoule.reader import ArtefactError, Reader
    from ampoule.state import State

    content = contents.load(options.content)
    try:
        reader = Reader.load(options.models, content)
    except ArtefactError as error:
        print(error, file=sys.stderr)
        return 2
    state = State()
    reading = reader.read(options.message, state)
    state.handoff = handoff.advance(None, reading, options.message, False)
    turn = reply.compose(content, reading, state)
    if options.json:
        print(json.dumps({"reading": reading.as_dict(), "outcome": turn.custom, "texts": turn.texts}, indent=1, ensure_ascii=False))
        return 0
    table = Table(show_header=False, box=None)
    for name, value in (("outcome", f"{reading.outcome}, safety {reading.safety}"), ("decided by", ", ".join(reading.decided_by)),
                        ("labels", ", ".join(f"{label} {p:.2f}" for label, p in reading.ranking)), ("red-flag lane", f"{reading.flag_probability:.3f}"),
                        ("texts", ", ".join(turn.custom["texts"]))):
        table.add_row(name, value)
    console = Console()
    console.print(table, highlight=False)
    for text in turn.texts:
        console.print(f"\n{text}", highlight=False, markup=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
