"""`ampoule check`: what a clinician's edit must keep, with file, line and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ampoule import content as contents
from ampoule import coverage, pages, project_rules, question_rules, review, schemas, seed_runs, text_rules
from ampoule.content import Content
from ampoule.lexicon import Lexicon, WordLists
from ampoule.quantities import Units
from ampoule.text_rules import AMOUNT
from ampoule.yamlfile import ContentError, YamlFile

RULES = ("red_flags.yml", "cues.yml", "reasons.yml")
WORD_LISTS = ("medicines.yml", "terms.yml", "languages.yml")


@dataclass(frozen=True)
class Finding:
    file: str
    line: int | None
    problem: str
    mend: str


def check(root: Path) -> list[Finding]:
    """Everything that is wrong in the content folder; empty where all is well.

    A file that cannot be loaded is told and hides what is wrong in the texts. Where the folder stands in a project,
    what the program needs of it is checked too: replies for all labels, claims used, pages up to date.
    """
    if broken := _broken(root):
        return [_told(error) for error in broken]
    try:
        content = contents.load(root)
        known_runs = seed_runs.load(root / seed_runs.FILE)
        signed = review.problems(content)
        project = list(_project(content)) if is_project(root.parent) else []
    except ContentError as error:
        return [_told(error)]
    where = _Lines(root)
    found = [where.finding(text.id, problem, mend) for text in content.texts.values() for problem, mend in text_rules.problems(content, text)]
    found += _copied(content, known_runs, where)
    found += [
        where.finding(f"topics/{pair.topic}#questions", _repeats(pair), "keep it in one of them", pair.place) for pair in question_rules.repeated(content)
    ]
    return [*found, *(_told(error) for error in signed), *project]


def _told(error: ContentError) -> Finding:
    return Finding(error.file, error.line, error.problem, error.mend)


def is_project(folder: Path) -> bool:
    """Whether the content folder in it is that of a whole project, rather than a folder of its own."""
    return (folder / "domain.yml").exists()


def _broken(root: Path) -> list[ContentError]:
    """The first thing wrong in each lexicon file, and in the rest of the folder: in each file of it that has another
    shape than it should, else the first that does not fit the others."""
    errors = []
    try:
        contents.load(root)
    except ContentError as error:
        errors += _misshapen(root) or [error]
    loaders: dict[str, Callable[[Path], object]] = {**dict.fromkeys(RULES, Lexicon), **dict.fromkeys(WORD_LISTS, WordLists), "units.yml": Units}
    if root.is_dir():
        for name, load in loaders.items():
            try:
                load(root / "lexicon" / name)
            except ContentError as error:
                errors.append(error)
    return errors


def _misshapen(root: Path) -> list[ContentError]:
    shapes = {root / "sources.yml": schemas.SOURCES, root / "glossary.yml": schemas.GLOSSARY, root / "clinic.yml": schemas.CLINIC}
    shapes[root / "desk.yml"] = schemas.DESK
    shapes |= dict.fromkeys(sorted((root / "topics").glob("*.yml")), schemas.TOPIC)
    shapes |= dict.fromkeys(sorted((root / "replies").glob("*.yml")), schemas.REPLIES)
    errors = []
    for path, schema in shapes.items():
        try:
            YamlFile(path).require(schema)
        except ContentError as error:
            errors.append(error)
    return errors


class _Lines:
    """On which line of which file a text stands; a file is read when something in it is to be told."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[str, YamlFile] = {}

    def finding(self, text_id: str, problem: str, mend: str, place: int | None = None) -> Finding:
        """`place` is that of an item in a list, e.g. of a question."""
        name, _, part = text_id.partition("#")
        if name not in self._files:
            self._files[name] = YamlFile(self._root / f"{name}.yml")
        at = (*part.split("."), *(() if place is None else (place,)))
        return Finding(str(self._root / f"{name}.yml"), self._files[name].line(*at), problem, mend)


def _repeats(pair: question_rules.Pair) -> str:
    if pair.identical:
        return f"'{pair.question}' is also a question of {pair.other_topic}"
    return f"'{pair.question}' asks the same as '{pair.other}' of {pair.other_topic}"


def _copied(content: Content, known: frozenset[str], where: _Lines) -> Iterator[Finding]:
    """Texts, claims and questions that share a run of words with a guide."""
    texts: list[tuple[str, int | None, str]] = [(text.id, None, text.text) for text in content.texts.values()]
    texts += [(f"sources#claims.{claim.id}", None, claim.text) for claim in content.claims.values()]
    texts += [(f"topics/{topic.id}#questions", place, question) for topic in content.topics.values() for place, question in enumerate(topic.questions)]
    for id, place, text in texts:
        if run := seed_runs.shared(text, known):
            yield where.finding(id, f"'{run}' stands word for word in a guide", "say it in other words", place)


def _project(content: Content) -> Iterator[Finding]:
    project = content.root.parent
    for problems in (
        project_rules.missing_replies(content),
        project_rules.unknown_flag_groups(content.root / "lexicon" / "red_flags.yml"),
        project_rules.unknown_labels(project / "data", content),
        coverage.gaps(content),
    ):
        for problem in problems:
            yield Finding(*problem)
    for name in pages.stale(content, project / "docs"):
        yield Finding(str(project / "docs" / name), None, "does not fit the content any more", "run `ampoule pages`")


__all__ = ["AMOUNT", "Finding", "check", "is_project"]
