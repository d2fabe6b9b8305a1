"""`python -m ampoule_clinic.staff` keeps the accounts of the clinic's staff from a terminal."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from ampoule_clinic.accounts import audit, staff
from ampoule_clinic.accounts.audit import Audit, Head
from ampoule_clinic.accounts.models import ROLES, Staff
from ampoule_clinic.accounts.staff import By
from ampoule_clinic.db import Database, DatabaseDown
from ampoule_clinic.errors import Refusal
from ampoule_clinic.settings import SettingsError, database_url, public_url, var_folder

_PROBLEMS = {
    "not_found": "there is no account with this e-mail address",
    "invalid_email": "that is not an e-mail address",
    "invalid_staff_name": "a name has 2 to 100 letters",
    "email_taken": "there is an account with this e-mail address already",
    "last_admin": "this is the only admin who can sign in: make someone else an admin first",
    "bad_request": "the account is closed: an admin can open it again at /desk/staff",
}


class CommandError(Exception):
    """What went wrong, in one line."""


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    try:
        db = Database(database_url())
        by = By("service", Audit.of(var_folder()), datetime.now(UTC))
        engine = db.engine.execution_options(ampoule_write=options.command not in ("list", "audit-verify"))
        answer = db.run(engine, _run, options, by, public_url())
    except Refusal as refusal:
        sys.exit(f"staff: {_PROBLEMS[refusal.code]}")
    except DatabaseDown as error:
        sys.exit(f"staff: the database does not answer or was never set up: start the service once ({error})")
    except (SettingsError, CommandError, OSError) as error:
        sys.exit(f"staff: {error}")
    if answer is not None:
        Console(soft_wrap=True, highlight=False).print(answer)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ampoule staff", description="Accounts of the clinic's staff. No password passes through here.")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="a new account; prints a link to set its password, good for 24 hours")
    add.add_argument("email")
    add.add_argument("--name", required=True, help="as patients will see it")
    add.add_argument("--role", required=True, choices=ROLES)
    commands.add_parser("list", help="all accounts")
    for name, what in (("reset", "sign out, forget password and second step; prints a new link"), ("deactivate", "close the account")):
        commands.add_parser(name, help=what).add_argument("email")
    role = commands.add_parser("role", help="change what somebody may do")
    role.add_argument("email")
    role.add_argument("role", choices=ROLES)
    commands.add_parser("first-run-link", help="a link that makes the first account; prints nothing once there is one")
    verify = commands.add_parser("audit-verify", help="check the whole audit log")
    verify.add_argument("--head", type=_head, metavar="N:HASH", help="a line that the service logged as the last: it must still be there")
    return parser


def _head(text: str) -> Head:
    number, _, hash = text.partition(":")
    if not number.isdecimal() or len(hash) != 64:
        raise argparse.ArgumentTypeError("must be a line's number, a colon, and its hash of 64 digits")
    return Head(int(number), hash)


def _run(session: Session, options: argparse.Namespace, by: By, public_url: str) -> Text | Table | None:
    """What to print once it is stored. Refusal, CommandError."""
    token: str | None = None
    match options.command:
        case "add":
            token = staff.add(session, by, options.email, options.name, options.role)
        case "reset":
            token = staff.reset(session, by, _id(session, options.email))
        case "first-run-link":
            token = staff.first_run_link(session, by)
        case "deactivate":
            staff.deactivate(session, by, _id(session, options.email))
        case "role":
            staff.change_role(session, by, _id(session, options.email), options.role)
        case "list":
            return _table(staff.everyone(session))
        case "audit-verify":
            return _verified(session, by.audit, options.head)
    return Text(staff.link(public_url, token)) if token else None


def _id(session: Session, email: str) -> int:
    if person := staff.find(session, email):
        return person.id
    raise Refusal("not_found")


def _table(people: list[Staff]) -> Table:
    table = Table("E-mail", "Name", "Role", "Account", "Two-step")
    for person in people:
        account = "closed" if not person.active else "in use" if person.password_hash else "link not used yet"
        table.add_row(*map(Text, (person.email, person.name, person.role, account, "on" if person.totp_secret else "off")))
    return table


def _verified(session: Session, log: Audit, head: Head | None) -> Text:
    if broken := log.verify(session):
        raise CommandError(f"the audit log is broken: line {broken} is missing or not as it was written")
    if head and not audit.is_at(session, head):
        raise CommandError(f"the audit log was cut or written anew: line {head.id} is not the one that was logged")
    last = log.head(session)
    return Text(f"whole: {last.id} lines, the last is {last.id}:{last.hash}")


if __name__ == "__main__":
    main()
