"""`python -m ampoule_clinic.handoffs_cli` lists the hand-offs that have come in, the newest first."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ampoule_clinic import handoffs
from ampoule_clinic.db import Database, DatabaseDown
from ampoule_clinic.models import Handoff
from ampoule_clinic.settings import database_url


def table(tickets: list[Handoff]) -> Table:
    shown = Table(title="Hand-offs")
    for column in ("Reference", "Came in", "Urgency", "Reply by", "Kind", "State", "Who", "Contact", "Question"):
        shown.add_column(column, overflow="fold")
    for ticket in tickets:
        who = [ticket.details.get("name", ""), ticket.details.get("birth_date", "")]
        cells = [ticket.reference, f"{ticket.created_at.astimezone():%d %b %H:%M}", ticket.urgency,
                 f"{ticket.reply_by.astimezone():%d %b %H:%M}" if ticket.reply_by else "", ticket.kind, ticket.state,
                 "\n".join(filter(None, who)), ticket.details.get("contact", ""), ticket.question]
        shown.add_row(*map(Text, cells))  # Text: what patients type is never taken for markup.
    return shown


def main() -> None:
    db = Database(database_url())
    try:
        Console().print(table(db.run(db.engine, handoffs.queue)))
    except DatabaseDown as error:
        sys.exit(f"no hand-offs to show: the database does not answer or was never set up ({error})")


if __name__ == "__main__":
    main()
