"""Exports as CSV, made harmless for spreadsheets.

UTF-8 with a byte order mark, without which Excel takes it for another encoding; commas, CRLF. A text that a spreadsheet
could take for a formula gets an apostrophe in front; numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from ampoule.content import Content

from ampoule_clinic.desk import labels, reports
from ampoule_clinic.desk.reports import Report
from ampoule_clinic.models import Handoff

type Cell = str | int | float | None

_FORMULA = "=+-@\u2212"  # U+2212, the minus sign, is nobody's compatibility form
FIGURES = ("day", "figure", "key", "label", "value")
TICKETS = ("reference", "created", "channel", "kind", "reason", "urgency", "state", "claimed", "replied", "reply_promised_by", "promise_broken", "closed",
           "outcome")


def harmless(cell: Cell) -> Cell:
    """The cell, with an apostrophe before a text that begins like a formula: also after blanks and invisible characters,
    also in full-width letters; or that begins with a tab or a line break."""
    if not isinstance(cell, str):
        return cell
    begin = next((c for c in cell if not (c.isspace() or unicodedata.category(c) in ("Cf", "Cc", "Zs"))), "")
    if cell[:1] in ("\t", "\r", "\n") or unicodedata.normalize("NFKC", begin)[:1] in tuple(_FORMULA):
        return "'" + cell
    return cell


def written(header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def figures(report: Report, content: Content) -> bytes:
    """One number a line; `day` is empty where it is about the whole period. Times are in seconds."""
    rows: list[tuple[Cell, ...]] = [(day.isoformat(), name, key, labels.name(content, name, key), count)
                                    for (day, name, key), count in sorted(report.figures.items())]
    for urgency, tickets in report.tickets.items():
        measures = {"tickets": tickets.number, "claim_median_s": tickets.claim.median, "claim_p90_s": tickets.claim.p90, "claimed": len(tickets.claim.seconds),
                    "unclaimed": tickets.claim.waiting, "reply_median_s": tickets.reply.median, "reply_p90_s": tickets.reply.p90,
                    "replied": len(tickets.reply.seconds), "unreplied": tickets.reply.waiting, "promised": tickets.promised, "broken": tickets.broken}
        rows += [("", measure, urgency, labels.URGENCIES[urgency], value) for measure, value in measures.items()]
    return written(FIGURES, rows)


def tickets(found: Iterable[Handoff], zone: ZoneInfo, now: datetime) -> bytes:
    """One ticket a line: no names, no words. Times are the clinic's, with their offset."""

    def at(moment: datetime | None) -> str | None:
        return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None

    return written(TICKETS, (
        (row.reference, at(row.created_at), row.channel, row.kind, row.reason, row.urgency, row.state, at(row.first_claimed_at),
         at(reports.replied_at(row)), at(row.reply_by), int(reports.is_broken(row, now)), at(row.closed_at), row.resolution)
        for row in found
    ))
