"""`ampoule staff`: the accounts of the clinic's staff. The web service keeps them, in an environment of its own, and does the work."""

from __future__ import annotations

import argparse
import subprocess

from ampoule.commands.common import CommandError

_HELP = """\
Staff sign in at /desk of the web service. Everything behind `staff` is passed on to it:

  ampoule staff add --help          how an account is made
  ampoule staff first-run-link      a link that makes the first account; prints nothing once there is one
"""


def add(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("staff", help="accounts of the clinic's staff", description=_HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    command.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="what the web service is told")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    folder = options.content.resolve().parent / "clinic"
    python = folder / ".venv/bin/python"
    if not python.exists():
        raise CommandError(f"the web service's environment is not there ({python}): run `make env`")
    return subprocess.run([python, "-m", "ampoule_clinic.staff", *options.arguments], cwd=folder).returncode
