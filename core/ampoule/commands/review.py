"""`ampoule review`: what is signed, a text beside its sources, and a signature added."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from datetime import date

from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ampoule import content as contents
from ampoule import review
from ampoule.commands.common import CommandError
from ampoule.content import Content
from ampoule.review import STATES, Review


def add(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("review", help="what is draft, changed or due; show a text; sign it")
    command.set_defaults(run=_run_list, state=None, json=False)
    actions = command.add_subparsers(dest="action")
    listing = actions.add_parser("list", help="how every text stands (the default)")
    listing.add_argument("--state", choices=STATES, help="only texts that stand so")
    listing.add_argument("--json", action="store_true", help="for other programs")
    listing.set_defaults(run=_run_list)
    show = actions.add_parser("show", help="a text beside its sources, and what changed since it was signed")
    show.add_argument("text", nargs="+", help="such as topics/usual_dose, or replies/emergency for all texts of that file")
    show.set_defaults(run=_run_show)
    sign = actions.add_parser("sign", help="sign texts, after showing each")
    sign.add_argument("text", nargs="+", help="such as topics/usual_dose, or replies/emergency for all texts of that file")
    sign.add_argument("--name", required=True, help="who read it")
    sign.add_argument("--role", required=True, help="their role, such as 'practice nurse'")
    sign.add_argument("--date", type=_day, default=None, help="the day it was read (default: today)")
    sign.add_argument("--yes", action="store_true", help="sign without asking: they were read elsewhere")
    sign.set_defaults(run=_run_sign)


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{value}' is no day such as 2026-01-31") from None


def _run_list(options: argparse.Namespace) -> int:
    rows = [row for row in review.reviews(contents.load(options.content), date.today()) if options.state in (None, row.state)]
    if options.json:
        print(
            json.dumps([{"id": row.id, "state": row.state, "name": row.name, "role": row.role, "date": row.date} for row in rows], indent=1, ensure_ascii=False)
        )
        return 0
    console, table = Console(highlight=False), Table()
    for column in ("text", "state", "signed by", "role", "date"):
        table.add_column(column, overflow="fold")
    for row in sorted(rows, key=lambda row: STATES.index(row.state)):
        table.add_row(*(Text(cell or "") for cell in (row.id, row.state, row.name, row.role, row.date)))
    console.print(table)
    states = Counter(row.state for row in rows)
    console.print(", ".join(f"{states[state]} {state}" for state in STATES if states[state]) or "none")
    return 0


def _run_show(options: argparse.Namespace) -> int:
    content = contents.load(options.content)
    console = Console(highlight=False)
    for row in _chosen(content, options.text):
        _show(console, content, row)
    return 0


def _run_sign(options: argparse.Namespace) -> int:
    content = contents.load(options.content)
    today = date.today()
    console = Console(highlight=False)
    agreed = []
    for row in _chosen(content, options.text):
        if row.state == "signed":
            console.print(Text(f"{row.id}: signed on {row.date} by {row.name}, and unchanged since"))
            continue
        if not options.yes:
            _show(console, content, row)
            if input(f"Sign {row.id} as {options.name}, {options.role}? [y/N] ").strip().lower() not in ("y", "yes"):
                continue
        agreed.append(row)
    try:
        if agreed:
            review.sign(content, agreed, options.name, options.role, options.date or today, today)
    except review.ReviewError as error:
        raise CommandError(str(error)) from error
    console.print(f"{len(agreed)} signed" + ("; now run `ampoule pages`" if agreed else ""))
    return 0


def _chosen(content: Content, ids: list[str]) -> list[Review]:
    try:
        return review.chosen(content, ids, date.today())
    except review.ReviewError as error:
        raise CommandError(str(error)) from error


def _show(console: Console, content: Content, row: Review) -> None:
    by = f", {row.name} ({row.role}), {row.date}" if row.name else ""
    console.rule(Text(f"{row.id}: {row.state}{by}", "bold"))
    sources = "\n\n".join(_claim(content, claim) for claim in row.sources) or "no sources"
    half = max(30, console.width // 2 - 1)
    console.print(
        Columns(
            [
                Panel(Text("\n".join(review.readable(row.words))), title="what patients read", width=half),
                Panel(Text(sources), title="what it rests on", width=half),
            ]
        )
    )
    if changed := review.changes(row):
        styles = {"- ": "red", "+ ": "green"}
        console.print(Panel(Text("\n").join(Text(line, styles.get(line[:2], "")) for line in changed), title="changed since the signature"))
    elif row.state == "changed":
        console.print(Text("The words that were signed were not kept, so the change cannot be shown.", "yellow"))


def _claim(content: Content, claim_id: str) -> str:
    claim = content.claims[claim_id]
    titles = "; ".join(f"{content.sources[key]['title']} [{content.sources[key].get('status', 'not told how it was read')}]" for key in claim.source)
    experience = " (only its author's experience)" if claim.experience else ""
    return f"{claim.id}{experience}: {claim.text}\n   {titles}" + (f", {claim.section}" if claim.section else "")
