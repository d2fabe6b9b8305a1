"""Charts of a report as SVG: readable at a phone's width, by labels and shapes, never by colour alone.

Each label stands above its own bar, so that it may be long. Text stays text (`svg.fonttype`), in the reader's own font.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from ampoule.content import Content

from ampoule_clinic.desk import labels
from ampoule_clinic.desk.reports import Report, Times

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE, NARROW = 7.5, 3.4  # inches: 720 and 326 CSS pixels
INK, SOFT, MAIN, SECOND = "#17211d", "#4a5751", "#14573f", "#b25d00"  # on white 17, 7.6, 8.3 and 4.6 to 1
_RULES: Any = {
    "svg.fonttype": "none", "svg.hashsalt": "ampoule", "text.parse_math": False,
    "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica"], "font.size": 9,
    "text.color": INK, "axes.edgecolor": SOFT, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "hatch.linewidth": 1.2,
}
_TICKS = ((60, "1 min"), (600, "10 min"), (3600, "1 h"), (8 * 3600, "8 h"), (86_400, "1 day"), (7 * 86_400, "1 week"), (28 * 86_400, "4 weeks"))
_lock = threading.Lock()  # matplotlib's settings belong to the process


def draw(name: str, report: Report, content: Content, narrow: bool) -> bytes:
    """The SVG of this chart (a name of CHARTS). Takes a while: not for the event loop."""
    import matplotlib  # 2 seconds, which would be half of the service's start
    from matplotlib.figure import Figure

    with _lock, matplotlib.rc_context(_RULES):
        figure = Figure(layout="constrained", facecolor="white")
        CHARTS[name](figure, report, content, NARROW if narrow else WIDE)
        out = io.BytesIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _outcomes(figure: Figure, report: Report, content: Content, width: float) -> None:
    """A row of bars for each outcome, all over the same days; each row has its own height."""
    totals = report.totals("outcome")
    figure.set_size_inches(width, 0.3 + 0.66 * len(totals))
    rows = figure.subplots(len(totals), 1, sharex=True, squeeze=False)[:, 0]
    steps = report.period.steps
    for axes, (key, total) in zip(rows, totals.items(), strict=True):
        counts = report.series("outcome", key)
        axes.bar(range(len(steps)), counts, width=0.8, color=MAIN)
        axes.set_title(f"{labels.OUTCOMES.get(key, key)}: {total}", loc="left", fontsize=9, pad=5)
        axes.set_yticks([max(counts)])
        axes.set_ylim(0, max(counts))
        axes.spines["left"].set_visible(False)
    shown = sorted({0, len(steps) // 2, len(steps) - 1} if width == NARROW else {round(n * (len(steps) - 1) / 6) for n in range(7)})
    rows[-1].set_xticks(shown, [_day(steps[n]) for n in shown])


def _bars(figure: Figure, rows: list[tuple[str, int]], width: float) -> None:
    """A bar for each row, its label above it and its number at its end."""
    axes = _plain(figure, width, 0.2 + 0.42 * len(rows))
    most = max(count for _, count in rows)
    for place, (label, count) in enumerate(rows):
        axes.barh(place, count, height=0.42, color=MAIN)
        axes.text(0, place - 0.3, label, va="bottom")
        axes.text(count + most * 0.015, place, str(count), va="center", fontweight="bold")
    axes.set_xlim(0, most * 1.12)
    axes.set_ylim(len(rows) - 0.6, -0.9)


def _counted(name: str) -> Callable[[Figure, Report, Content, float], None]:
    def chart(figure: Figure, report: Report, content: Content, width: float) -> None:
        _bars(figure, [(labels.name(content, name, key), count) for key, count in report.totals(name).items()], width)

    return chart


def _helpful(figure: Figure, report: Report, content: Content, width: float) -> None:
    """Two bars for each topic, one plain and one hatched, each with its words."""
    yes, no = report.totals("helpful"), report.totals("not_helpful")
    keys = sorted(yes | no, key=lambda key: (-yes[key] - no[key], key))
    axes = _plain(figure, width, 0.2 + 0.68 * len(keys))
    most = max((yes | no).values())
    for place, key in enumerate(keys):
        axes.text(0, place - 0.26, labels.name(content, "topic", key), va="bottom")
        axes.barh(place - 0.11, yes[key], height=0.24, color=MAIN)
        axes.barh(place + 0.17, no[key], height=0.24, color="white", edgecolor=SECOND, hatch="////")
        axes.text(yes[key] + most * 0.015, place - 0.11, f"{yes[key]} helpful", va="center")
        axes.text(no[key] + most * 0.015, place + 0.17, f"{no[key]} not helpful", va="center")
    axes.set_xlim(0, most * (1.6 if width == NARROW else 1.3))
    axes.set_ylim(len(keys) - 0.6, -0.7)


def _times(figure: Figure, report: Report, content: Content, width: float) -> None:
    """Median and 90th percentile of each urgency, on a scale that shows minutes and days."""
    rows: list[tuple[str, Times]] = []
    for urgency, tickets in report.tickets.items():
        rows += [(f"{labels.URGENCIES[urgency]}, until {what}", times) for what, times in (("claimed", tickets.claim), ("replied to", tickets.reply))
                 if times.seconds]
    axes = _plain(figure, width, 0.6 + 0.72 * len(rows))
    for place, (label, times) in enumerate(rows):
        median, p90 = (max(value or 0, 30) for value in (times.median, times.p90))
        axes.plot([median, p90], [place, place], color=SOFT, linewidth=2, zorder=1)
        axes.plot(p90, place, "D", color="white", markeredgecolor=SECOND, markeredgewidth=2, markersize=9)
        axes.plot(median, place, "o", color=MAIN, markersize=6)  # fits into the diamond where both are the same
        axes.text(0, place - 0.22, f"{label}:\nhalf in {labels.duration(times.median)}, 90 % in {labels.duration(times.p90)}", va="bottom",
                  transform=axes.get_yaxis_transform())
    axes.set_xscale("log")
    longest = max(times.p90 or 0 for _, times in rows)
    ticks = [(seconds, text) for seconds, text in _TICKS if seconds <= longest * 4]
    if width == NARROW:
        ticks = ticks[::2]
    axes.set_xlim(25, max(longest * 1.5, 600))
    axes.set_xticks([seconds for seconds, _ in ticks], [text for _, text in ticks])
    axes.minorticks_off()
    axes.spines["bottom"].set_visible(True)
    axes.set_ylim(len(rows) - 0.6, -0.9)


def _plain(figure: Figure, width: float, height: float) -> Axes:
    figure.set_size_inches(width, height)
    axes = figure.subplots()
    axes.set_yticks([])
    axes.set_xticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return axes


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


CHARTS: dict[str, Callable[[Figure, Report, Content, float], None]] = {
    "outcomes": _outcomes, "topics": _counted("topic"), "handoffs": _counted("handoff"), "times": _times, "gaps": _counted("gap"), "helpful": _helpful,
}
