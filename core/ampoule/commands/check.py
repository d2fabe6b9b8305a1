"""`ampoule check`: every text, source, pattern and number."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import asdict
from datetime import date

from rich.console import Console
from rich.text import Text

from ampoule import content as contents
from ampoule import review


def add(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("check", help="every text, source, pattern and number")
    command.add_argument("--json", action="store_true", help="for other programs")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Exit code 1 where something is to be mended."""
    from ampoule import check as checks  # a second to import, which the other commands do without

    found = checks.check(options.content)
    if options.json:
        print(json.dumps([asdict(finding) for finding in found], indent=1, ensure_ascii=False))
        return bool(found)
    console = Console(highlight=False)
    for finding in found:
        where = f"{finding.file}:{finding.line}" if finding.line else finding.file
        console.print(Text(where, "bold"))
        console.print(Text(f"   {finding.problem}"))
        if finding.mend:
            console.print(Text(f"   {finding.mend}", "green"))
    if found:
        console.print(Text(f"{len(found)} to mend", "bold red"))
    else:
        content = contents.load(options.content)
        states = Counter(row.state for row in review.reviews(content, date.today()))
        console.print(f"all well: {len(content.topics)} topics, {len(content.texts)} texts, {len(content.claims)} claims")
        console.print("signatures: " + ", ".join(f"{states[state]} {state}" for state in review.STATES))
    return bool(found)
