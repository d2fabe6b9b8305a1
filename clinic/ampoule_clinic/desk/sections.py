"""A report as a page shows it: for each chart a sentence that says the same, and a table with all its numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ampoule.content import Content

from ampoule_clinic.desk import labels
from ampoule_clinic.desk.reports import ALL, Report


@dataclass(frozen=True)
class Section:
    """`name` is the chart's, or None where there is nothing to draw; the first cell of each row is its heading."""

    name: str | None
    title: str
    note: str
    summary: str
    head: list[str]
    rows: list[list[str]]


def sections(report: Report, content: Content) -> list[Section]:
    return [make(report, content) for make in _SECTIONS]


def facts(report: Report) -> list[tuple[str, str]]:
    """The few numbers to begin with."""
    outcomes, tickets = report.totals("outcome"), report.tickets[ALL]
    yes, no = report.totals("helpful").total(), report.totals("not_helpful").total()
    return [
        ("Messages", str(outcomes.total())),
        ("Tickets", str(tickets.number)),
        ("Median time to claim", labels.duration(tickets.claim.median)),
        ("Median time to reply", labels.duration(tickets.reply.median)),
        ("Late replies", f"{tickets.broken} of {tickets.promised} promised"),
        ("Found helpful", f"{yes} of {yes + no} ratings" if yes + no else "no ratings"),
    ]


def _outcomes(report: Report, content: Content) -> Section:
    totals, weekly = report.totals("outcome"), report.period.step > 1
    series = [report.series("outcome", key) for key in totals]
    per = "week, by its first day" if weekly else "day"
    return Section(
        "outcomes" if totals else None, f"Messages by outcome per {'week' if weekly else 'day'}",
        "Each row of bars has its own scale; its highest bar is written at its side.",
        _most("messages", totals.total(), [(labels.OUTCOMES.get(key, key), count) for key, count in totals.items()]),
        [per.capitalize(), *(labels.OUTCOMES.get(key, key) for key in totals)],
        [[step.isoformat(), *(str(counts[place]) for counts in series)] for place, step in enumerate(report.period.steps)] if totals else [],
    )


def _counted(of: str, chart: str, title: str, note: str, what: str, column: str) -> Callable[[Report, Content], Section]:
    def section(report: Report, content: Content) -> Section:
        rows = [(labels.name(content, of, key), count) for key, count in report.totals(of).items()]
        return Section(chart if rows else None, title, note, _most(what, sum(count for _, count in rows), rows), [column, "Number"],
                       [[label, str(count)] for label, count in rows])

    return section


def _times(report: Report, content: Content) -> Section:
    tickets, all_ = report.tickets, report.tickets[ALL]
    half, nine = ([labels.duration(time) for time in times] for times in ((all_.claim.median, all_.reply.median), (all_.claim.p90, all_.reply.p90)))
    summary = (f"Half of the tickets were claimed within {half[0]} and nine in ten within {nine[0]}; half were replied to within {half[1]} and "
               f"nine in ten within {nine[1]}.")
    timed = bool(all_.claim.seconds or all_.reply.seconds)
    return Section(
        "times" if timed else None, "Time to claim and to reply",
        "By the clock, nights and weekends included, from when a ticket came in. A circle is the median; a diamond is the time within which nine in ten were "
        "done (90 %). A ticket that was closed without a written reply counts as replied to then.",
        summary if timed else "No ticket was claimed or replied to.",
        ["Urgency", "Tickets", "Median to claim", "90 % claimed within", "Not claimed yet", "Median to reply", "90 % replied to within", "No reply yet",
         "Late, of those promised"],
        [[labels.URGENCIES[urgency], str(row.number), labels.duration(row.claim.median), labels.duration(row.claim.p90), str(row.claim.waiting),
          labels.duration(row.reply.median), labels.duration(row.reply.p90), str(row.reply.waiting), f"{row.broken} of {row.promised}"]
         for urgency, row in tickets.items()] if all_.number else [],
    )


def _helpful(report: Report, content: Content) -> Section:
    yes, no = report.totals("helpful"), report.totals("not_helpful")
    keys = sorted(yes | no, key=lambda key: (-yes[key] - no[key], key))
    return Section(
        "helpful" if keys else None, "Helpful or not, by topic",
        "What patients pressed under a reply; most press nothing. A reply about two topics counts for both.",
        f"{yes.total()} times helpful, {no.total()} times not helpful." if keys else "No reply was rated.",
        ["Topic", "Helpful", "Not helpful"], [[labels.name(content, "topic", key), str(yes[key]), str(no[key])] for key in keys],
    )


def _most(what: str, total: int, rows: list[tuple[str, int]]) -> str:
    """One sentence for somebody who does not see the chart."""
    if not rows:
        return f"No {what} in this period."
    return f"{total} {what}; most often: " + ", ".join(f"{label} ({count})" for label, count in rows[:3]) + "."


_SECTIONS = (
    _outcomes,
    _counted("topic", "topics", "Answers by topic", "An answer to two questions counts for both topics.", "answers", "Topic"),
    _counted("handoff", "handoffs", "Tickets by kind", "Every ticket that came in: from the chat, the portal and the phone.", "tickets", "Kind"),
    _times,
    _counted("gap", "gaps", "What the assistant could not answer", "Why a message got no answer. The command \"ampoule gaps\" shows such messages, masked.",
             "messages without an answer", "Reason"),
    _helpful,
)
