"""Pages made from the content, for people who review it: `docs/what-it-answers.md` and `docs/pemat.md`.

`ampoule pages` writes them; `ampoule check` tells when they no longer fit the content.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ampoule import pemat, readability, signing
from ampoule.content import Content, Topic

_MADE = "<!-- Made from content/ by `ampoule pages`. Edit the content, not this page. -->\n"


def what_it_answers(content: Content) -> str:
    """Every topic with its answer, sources, grade and review state."""
    topics = sorted(content.topics.values(), key=lambda topic: topic.title.lower())
    grades = [_grade(topic) for topic in topics]
    lines = [
        _MADE,
        "# What it answers\n",
        f"{len(topics)} topics. Reading grade: Flesch-Kincaid, long drug names and units left out; at most {readability.MAX_GRADE:.0f}.",
        "Sources: the claims that a text rests on; `content/sources.yml` says what each is and how it was read.\n",
        "| topic | grade | words | sources | review |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| [{topic.title}](#{topic.id}) | {grade:.1f} | {readability.measure(topic.answer.text).words} | {len(topic.sources)} | {_state(content, topic)} |"
        for topic, grade in zip(topics, grades, strict=True)
    ]
    for topic, grade in zip(topics, grades, strict=True):
        quoted = "\n".join(f"> {line}" if line else ">" for line in topic.answer.text.replace("\n", "  \n").split("\n"))
        titles = list(dict.fromkeys(row["title"] for row in content.cite(topic.sources)))
        lines += [
            f'\n## <a id="{topic.id}"></a>{topic.title}\n',
            f"`{topic.id}` · grade {grade:.1f} · {_state(content, topic)}\n",
            quoted,
            "",
            f"Beside a hand-off: {' '.join(topic.brief.text.split())}\n",
            f"Claims: {', '.join(topic.sources)}. From: {'; '.join(titles)}.",
        ]
    return "\n".join(lines) + "\n"


def pemat_sheet(content: Content) -> str:
    """PEMAT-P for every answer: what a rule can judge, and what is left to people."""
    topics = list(content.topics.values())
    lines = [
        _MADE,
        "# PEMAT-P sheet\n",
        "The Patient Education Materials Assessment Tool for printed material (AHRQ), item by item for every answer. The items are",
        "worded by us; before scores are quoted, compare them with AHRQ's own form.\n",
        "`+` agree, `-` disagree, `n/a` does not apply, `?` left open: it takes a person, and nobody has judged it yet. What is filled",
        "in follows the rule in the last column, and a rule is no reader. No total is given while items are open.\n",
        "| item | asks | how it was judged |",
        "|---|---|---|",
    ]
    lines += [f"| {item.number} | {item.asks} | {item.rule} |" for item in pemat.ITEMS]
    lines += ["", "| topic | " + " | ".join(str(item.number) for item in pemat.ITEMS) + " |", "|---|" + "---|" * len(pemat.ITEMS)]
    lines += [f"| {topic.id} | " + " | ".join(item.judge(content, topic) for item in pemat.ITEMS) + " |" for topic in topics]
    judged = [item.judge(content, topic) for item in pemat.ITEMS for topic in topics]
    lines.append(
        f"\n{len(judged)} judgements: {judged.count('+')} agree, {judged.count('-')} disagree, {judged.count('n/a')} do not apply, {judged.count('?')} open."
    )
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[Content], str]] = {"what-it-answers.md": what_it_answers, "pemat.md": pemat_sheet}


def write(content: Content, docs: Path) -> list[Path]:
    """Write every page whose text changed; those written."""
    docs.mkdir(exist_ok=True)
    written = []
    for name in stale(content, docs):
        (docs / name).write_text(PAGES[name](content), encoding="utf-8")
        written.append(docs / name)
    return written


def stale(content: Content, docs: Path) -> list[str]:
    """The names of the pages that are missing or no longer fit the content."""
    return [name for name, make in PAGES.items() if not (docs / name).exists() or (docs / name).read_text(encoding="utf-8") != make(content)]


def _grade(topic: Topic) -> float:
    return readability.measure(topic.answer.text).grade


def _state(content: Content, topic: Topic) -> str:
    row = signing.signatures(content.root).get(f"topics/{topic.id}")
    if row is None:
        return "draft"
    by = f"{row['name']}, {row['role']}, {row['date']}"
    return f"signed: {by}" if signing.topic_signed(content, topic.id) else f"changed since {by}"
