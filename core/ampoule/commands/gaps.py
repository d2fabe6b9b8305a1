"""`ampoule gaps`: what patients asked and did not get a good answer to. Their words are shown on a terminal only."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import datetime, timedelta, timezone

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ampoule import gaps
from ampoule.commands.common import CommandError, load_encoder

_IN_WORDS = {"clarify": "asked back", "out_of_scope": "out of scope", "not_helpful": "not helpful"}


def add(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("gaps", help="what was asked and not answered well, grouped by meaning")
    command.add_argument("--database", help="SQLite file or URL (default: DATABASE_URL, else var/clinic.db)")
    command.add_argument("--days", type=int, default=90, help="how far back (default: 90)")
    command.add_argument("--most", type=int, default=20, help="how many groups (default: 20)")
    command.add_argument("--json", action="store_true", help="counts and topics for other programs, without words")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    var = os.environ.get("AMPOULE_VAR", options.content.parent / "var")
    database = options.database or os.environ.get("DATABASE_URL") or f"{var}/clinic.db"
    try:
        messages = gaps.read(database, datetime.now(timezone.utc) - timedelta(days=options.days))
    except gaps.DatabaseError as error:
        raise CommandError(str(error)) from error
    found = gaps.groups(messages, load_encoder(options).encode) if messages else []
    shown = found[: options.most]
    if options.json:
        print(json.dumps([{"count": len(group.messages), **group.reasons, "topics": group.topics} for group in shown], indent=1))
        return 0
    words = sys.stdout.isatty()
    table = Table()
    for column in ("count", "why", "topics offered", *(("what was asked",) if words else ())):
        table.add_column(column, overflow="fold")
    for group in shown:
        why = ", ".join(f"{_IN_WORDS[reason]} {count}" for reason, count in group.reasons.most_common())
        examples = list(dict.fromkeys(" ".join(message.text.split())[:160] for message in group.messages))[:4]
        table.add_row(str(len(group.messages)), why, ", ".join(group.topics), *((Text("\n".join(examples)),) if words else ()), end_section=True)
    console = Console(highlight=False)
    console.print(table)
    console.print(f"{len(messages)} messages in {len(found)} groups, of the last {options.days} days")
    if not words:
        print("patients' words are shown on a terminal only", file=sys.stderr)
    return 0
