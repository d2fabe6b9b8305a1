"""`ampoule pages`: the pages made from the content."""

from __future__ import annotations

import argparse

from ampoule import content as contents
from ampoule import pages


def add(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("pages", help="write docs/what-it-answers.md and docs/pemat.md anew")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    written = pages.write(contents.load(options.content), options.content.parent / "docs")
    print("\n".join(f"written: {path}" for path in written) or "the pages fit the content already")
    return 0
