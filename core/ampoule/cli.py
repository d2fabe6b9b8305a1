"""The `ampoule` command."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ampoule.commands import ask, check, gaps, new, pages, review, staff, trial
from ampoule.commands.common import CommandError
from ampoule.yamlfile import ContentError

COMMANDS = (check, ask, trial, review, new, gaps, pages, staff)


def main(arguments: list[str] | None = None) -> int:
    root = Path(os.environ.get("AMPOULE_ROOT", "."))
    parser = argparse.ArgumentParser(prog="ampoule", description="Check, preview and sign the texts; ask the Reader; see what is missing; staff accounts.")
    parser.add_argument("--content", type=Path, default=Path(os.environ.get("AMPOULE_CONTENT", root / "content")), help="folder of the texts")
    parser.add_argument("--models", type=Path, default=Path(os.environ.get("AMPOULE_MODELS", root / "models")), help="folder of what was trained")
    commands = parser.add_subparsers(dest="command", required=True)
    for module in COMMANDS:
        module.add(commands)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (ContentError, CommandError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
