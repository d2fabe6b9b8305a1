"""Every claim of the two guides is used by a topic, or `content/unused_claims.yml` says why not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ampoule.content import Content
from ampoule.yamlfile import YamlFile

# The claims that the guides make: S1-01 to S1-57 and S2-01 to S2-38.
GUIDE_CLAIMS = tuple(f"S{guide}-{n:02}" for guide, last in ((1, 57), (2, 38)) for n in range(1, last + 1))
FILE = "unused_claims.yml"
_SCHEMA = {"type": ["object", "null"], "additionalProperties": {"type": "string", "minLength": 10}}

Gap = tuple[str, int | None, str, str]  # file, line, what is wrong, how to mend it


def gaps(content: Content) -> Iterator[Gap]:
    """What is used and listed, or neither. ContentError for a list of another shape."""
    path = content.root / FILE
    listed = YamlFile(path) if path.exists() else None
    reasons: dict[str, str] = (listed.require(_SCHEMA) if listed else None) or {}
    sources = YamlFile(content.root / "sources.yml")
    used = {claim: topic.id for topic in content.topics.values() for claim in topic.sources}
    for claim in GUIDE_CLAIMS:
        if claim not in content.claims:
            yield str(sources.path), None, f"claim {claim} is missing", "write it down again under claims"
        elif claim not in used and claim not in reasons and not content.claims[claim].experience:
            yield (str(sources.path), sources.line("claims", claim), f"no topic uses claim {claim}", f"cite it in a topic, or say in {FILE} why not")
    for claim in reasons:
        line = listed.line(claim)
        if claim not in content.claims:
            yield str(path), line, f"claim {claim} does not exist", "take it off the list"
        elif claim in used:
            yield str(path), line, f"claim {claim} is used by {used[claim]}", "take it off the list"
    for topic in content.topics.values():
        if topic.sources and all(content.claims[claim].experience for claim in topic.sources):
            file = YamlFile(content.root / "topics" / f"{topic.id}.yml")
            yield str(file.path), file.line("sources"), "every source is only its author's experience", "cite a claim that is more than that, too"


def unused(folder: Path) -> dict[str, str]:
    """claim -> why no topic uses it"""
    path = folder / FILE
    return (YamlFile(path).require(_SCHEMA) or {}) if path.exists() else {}
