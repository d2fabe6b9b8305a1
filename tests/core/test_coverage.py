"""Every claim of the two guides is used by a topic, or the list says why not; the made pages show what is answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from ampoule import content as contents
from ampoule import coverage, pages, pemat
from ampoule.content import Content
from ampoule.coverage import GUIDE_CLAIMS


def test_all_claims_of_the_guides_are_written_down(content: Content) -> None:
    assert len(GUIDE_CLAIMS) == 57 + 38
    assert (GUIDE_CLAIMS[0], GUIDE_CLAIMS[56], GUIDE_CLAIMS[57], GUIDE_CLAIMS[-1]) == ("S1-01", "S1-57", "S2-01", "S2-38")
    assert set(GUIDE_CLAIMS) <= set(content.claims)


def test_each_claim_is_used_or_its_absence_explained(content: Content) -> None:
    used = {claim for topic in content.topics.values() for claim in topic.sources}
    reasons = coverage.unused(content.root)
    for claim in GUIDE_CLAIMS:
        assert content.claims[claim].experience or (claim in used) != (claim in reasons), claim
    assert list(coverage.gaps(content)) == []


def test_no_topic_cites_what_is_only_experience(content: Content) -> None:
    assert [claim for topic in content.topics.values() for claim in topic.sources if content.claims[claim].experience] == []


@pytest.fixture
def guides(small: Path) -> Path:
    """The small folder with every claim of the guides; one is used, the others are on the list."""
    rows = "".join(f'  {claim}:\n    source: [S1]\n    text: "Many adults get 1,000 mcg."\n' for claim in GUIDE_CLAIMS[1:])
    (small / "sources.yml").write_text((small / "sources.yml").read_text() + rows)
    (small / "unused_claims.yml").write_text("".join(f"{claim}: It says the same as S1-01.\n" for claim in GUIDE_CLAIMS[1:]))
    return small


def told(root: Path) -> list[tuple[str, int | None, str, str]]:
    return [(Path(file).name, line, problem, mend) for file, line, problem, mend in coverage.gaps(contents.load(root))]


def test_all_is_covered(guides: Path) -> None:
    assert told(guides) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        (
            "unused_claims.yml",
            "S1-02: It says the same as S1-01.\n",
            "",
            ("sources.yml", 9, "no topic uses claim S1-02", "cite it in a topic, or say in unused_claims.yml why not"),
        ),
        ("unused_claims.yml", "S1-02:", "S1-01: It is not used.\nS1-02:", ("unused_claims.yml", 1, "claim S1-01 is used by route", "take it off the list")),
        ("unused_claims.yml", "S1-02:", "S7-01: It is not used.\nS1-02:", ("unused_claims.yml", 1, "claim S7-01 does not exist", "take it off the list")),
        (
            "sources.yml",
            '  S2-38:\n    source: [S1]\n    text: "Many adults get 1,000 mcg."\n',
            "",
            ("sources.yml", None, "claim S2-38 is missing", "write it down again under claims"),
        ),
        (
            "sources.yml",
            '    section: "Doses"\n',
            "    exp: true\n",
            ("dose.yml", 10, "every source is only its author's experience", "cite a claim that is more than that, too"),
        ),
    ],
)
def test_a_gap_in_the_cover(guides: Path, replace, file: str, old: str, new: str, found: tuple) -> None:
    replace(guides / file, old, new)
    assert found in told(guides)


def test_a_claim_that_is_only_experience_needs_no_reason(guides: Path, replace) -> None:
    replace(guides / "unused_claims.yml", "S1-02: It says the same as S1-01.\n", "")
    replace(guides / "sources.yml", "  S1-02:\n", "  S1-02:\n    exp: true\n")
    assert told(guides) == []


def test_a_reason_has_to_say_something(guides: Path, replace) -> None:
    replace(guides / "unused_claims.yml", "S1-02: It says the same as S1-01.", "S1-02: no")
    with pytest.raises(contents.ContentError, match="S1-02"):
        told(guides)


# -- the pages --------------------------------------------------------------------------------------------------------


def test_the_page_shows_every_answer_whole(content: Content) -> None:
    page = pages.what_it_answers(content)
    for topic in content.topics.values():
        assert f'<a id="{topic.id}"></a>{topic.title}' in page
        for line in topic.answer.text.splitlines():
            assert line in page
        assert ", ".join(topic.sources) in page
    assert page.count("| draft |") == len(content.topics)


def test_the_page_shows_who_signed(small: Path) -> None:
    from datetime import date

    from ampoule import review

    content, today = contents.load(small), date(2026, 11, 20)
    review.sign(content, review.chosen(content, ["topics/dose"], today), "A. Reader", "nurse", today, today)
    assert "signed: A. Reader, nurse, 2026-11-20" in pages.what_it_answers(content)
    assert pages.what_it_answers(content).count("| draft |") == 1


def test_the_sheet_leaves_open_what_takes_a_person(content: Content) -> None:
    assert [item.number for item in pemat.ITEMS] == [*range(1, 13), *range(15, 27)]
    judged = {item.number: {item.judge(content, topic) for topic in content.topics.values()} for item in pemat.ITEMS}
    assert all(judged[number] == {"?"} for number in (1, 2, 4, 10, 12, 15, 22, 23, 26))
    assert all(judged[number] == {"n/a"} for number in (9, 11, 16, 17, 18, 19, 24, 25))
    assert judged[3] == {"+"} and judged[6] <= {"+", "n/a"}


def test_the_sheet_disagrees_where_a_rule_is_broken(small: Path, replace) -> None:
    replace(
        small / "topics" / "dose.yml",
        "Many adults get 1,000 mcg. Ask your clinic about yours.",
        "Doses are given. Volume is divided by strength. A shot is given.",
    )
    content = contents.load(small)
    judged = {item.number: item.judge(content, content.topics["dose"]) for item in pemat.ITEMS}
    assert [judged[number] for number in (5, 7, 20, 21)] == ["-", "-", "-", "-"]
    assert judged[6] == "n/a"
