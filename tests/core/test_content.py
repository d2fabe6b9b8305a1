"""The content folder loads, and every way of breaking a file in it is told with file, line and mend."""

from __future__ import annotations

from pathlib import Path

import pytest
from ampoule import content as contents
from ampoule.content import BLANK, Content, Text
from ampoule.schemas import BLANKS
from ampoule.yamlfile import ContentError

TOPICS = (
    "usual_dose what_dose_depends_on why_numbers_differ repletion_phase maintenance_phase improvement_timeline how_know_working monitoring_labs "
    "high_b12_level switch_to_oral smaller_or_more_frequent self_adjusting stopping what_is_deficiency causes nerve_symptoms forms side_effects too_much "
    "when_to_seek_help not_improving prepare_for_visit pitfalls mcg_vs_mg im_vs_sc concentration"
).split()


# -- the shipped content ----------------------------------------------------------------------------------------------


def test_all_topics_are_there(content: Content) -> None:
    assert sorted(content.topics) == sorted(TOPICS)


def test_every_topic_has_sixty_ways_to_ask(content: Content) -> None:
    assert {t.id: len(t.questions) for t in content.topics.values() if len(t.questions) < 60} == {}


def test_every_topic_has_its_texts_under_their_ids(content: Content) -> None:
    for topic in content.topics.values():
        assert content.text(f"topics/{topic.id}#answer") is topic.answer and topic.answer.text
        assert content.text(f"topics/{topic.id}#brief") is topic.brief and topic.brief.text
        assert content.text(f"topics/{topic.id}#title").text == topic.title
        assert topic.id not in topic.related and set(topic.related) <= set(content.topics)


def test_every_blank_of_every_text_can_be_filled_or_belongs_to_a_turn(content: Content) -> None:
    turn = {"reference", "reply_time", "contact", "staff_name", "from_quantity", "to_quantity", "sources_list"}
    turn |= {"patient_name", "subject", "date", "code", "minutes", "link"}
    assert set(content.clinic_values()) | turn == BLANKS
    values = {**content.clinic_values(), **dict.fromkeys(turn, "xyz")}
    for text in content.texts.values():
        assert set(BLANK.findall(text.text)) == set(text.blanks)
        assert not BLANK.search(text.fill(values)), text.id


def test_every_cited_claim_has_a_source_with_a_title(content: Content) -> None:
    for text in content.texts.values():
        for row in content.cite(text.sources):
            assert row["title"] and set(row) == {"id", "title", "section"}


def test_what_a_source_tells_only_as_its_authors_experience_is_never_cited_alone(content: Content) -> None:
    alone = [t.id for t in content.topics.values() if all(content.claims[c].experience for c in t.sources)]
    assert alone == []


def test_the_clinics_numbers(content: Content) -> None:
    values = content.clinic_values()
    assert values["emergency_number"] == "911" and values["crisis_line"] == "988" and values["max_length"] == "2,000"
    assert {"US", "UK", "generic"} <= set(content.clinic["countries"])
    assert "555-01" in values["clinic_phone"] and "555-01" in values["after_hours_phone"]


# -- a small folder: loading ------------------------------------------------------------------------------------------


def test_a_small_folder_loads(small: Path) -> None:
    loaded = contents.load(small)
    assert sorted(loaded.topics) == ["dose", "route"]
    assert loaded.reply("handoff", "offer").fill(loaded.clinic_values()) == f"Shall I pass it on to {loaded.clinic['name']}?"
    assert loaded.cite(("S1-01",)) == [{"id": "S1-01", "title": "A guide", "section": "Doses"}]
    assert loaded.glossary["mma"].also == ("methylmalonic acid",)
    assert sorted(t for t in loaded.texts if "#" in t) == sorted(loaded.texts)


def test_a_text_without_value_for_its_blank_is_an_error() -> None:
    with pytest.raises(KeyError):
        Text("x", "Call {clinic_phone}", ("clinic_phone",)).fill({})


def test_a_text_that_is_not_there_is_an_error(small: Path) -> None:
    with pytest.raises(KeyError):
        contents.load(small).text("replies/handoff#nothing")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("topics/dose.yml", "Ask your clinic about yours.", "Ask a nurse about yours."),
        ("topics/dose.yml", "Your clinic sets", "The clinic sets"),
        ("topics/dose.yml", "how strong", "how very strong"),
        ("topics/dose.yml", 'title: "Dose"', 'title: "The dose"'),
        ("replies/handoff.yml", "You're welcome.", "You are welcome."),
        ("glossary.yml", "A waste product", "Waste"),
        ("sources.yml", "A guide", "One guide"),
        ("clinic.yml", "Maple Lane Clinic", "Oak Lane Clinic"),
        ("desk.yml", "I am reading your question now.", "I am reading it now."),
    ],
)
def test_the_version_changes_with_what_a_patient_can_read(small: Path, replace, file: str, old: str, new: str) -> None:
    version = contents.load(small).version
    replace(small / file, old, new)
    changed = contents.load(small).version
    assert changed != version and len(changed) == 8


def test_the_version_does_not_change_with_ways_to_ask(small: Path, replace) -> None:
    version = contents.load(small).version
    replace(small / "topics" / "dose.yml", "question 3 about dose", "how much is in one")
    assert contents.load(small).version == version


# -- a small folder: breaking it --------------------------------------------------------------------------------------

BROKEN = [
    # topics
    ("topics/dose.yml", "detail: |", "details: |", "unknown key 'details'", "known here: answer, brief, detail"),
    ("topics/dose.yml", "id: dose\n", "id: doses\n", "id 'doses' is not the file's name", "rename the file to doses.yml or the id to dose"),
    ("topics/dose.yml", "sources: [S1-01]", "sources: [S1-99]", "source 'S1-99' is not in sources.yml", "cite a claim that exists"),
    ("topics/dose.yml", "sources: [S1-01]", "sources: []", "sources: [] ", "see docs/content.md"),
    ("topics/dose.yml", "sources: [S1-01]", "sources: [S1-01, S1-01]", "sources: ['S1-01', 'S1-01'] has non-unique elements", "see docs/content.md"),
    ("topics/dose.yml", "related: [route]", "related: [routes]", "related topic 'routes' does not exist", "name another topic's id"),
    ("topics/dose.yml", "related: [route]", "related: [dose]", "related topic 'dose' does not exist", "name another topic's id"),
    ("topics/dose.yml", "Ask your clinic about yours.", "Ask {clinic_name} about yours.", "answer has a blank in braces", "write it out"),
    ("topics/dose.yml", "Your clinic sets your own dose.", "{clinic_name} sets it.", "brief has a blank in braces", "write it out"),
    ("topics/dose.yml", 'title: "Dose"', 'title: ""', "title: '' ", "see docs/content.md"),
    ("topics/dose.yml", 'title: "Dose"', 'title: "Dose"\ntitle: "Doses"', "'title' stands here twice", "keep one"),
    ("topics/dose.yml", 'title: "Dose"', 'title: "Dose', "", "check the indent and the quotes"),
    ("topics/dose.yml", '"question 7 about dose"', '"question 8 about dose"', "questions: ", "see docs/content.md"),
    ("topics/dose.yml", '  - "question 7 about dose"\n', "", "questions: ", "see docs/content.md"),
    ("topics/dose.yml", "id: dose\n", "id: Dose\n", "id: 'Dose' does not match", "see docs/content.md"),
    # replies
    (
        "replies/handoff.yml",
        "blanks: [clinic_name]",
        "blanks: [clinic_phone]",
        "the blanks used and declared differ: clinic_name, clinic_phone",
        "declare exactly the blanks",
    ),
    ("replies/handoff.yml", "  blanks: [clinic_name]\n", "", "the blanks used and declared differ: clinic_name", "declare exactly the blanks"),
    ("replies/handoff.yml", "{clinic_name}?\n  blanks: [clinic_name]", "{dose}?\n  blanks: [dose]", "unknown blank 'dose'", "known: after_hours_phone, "),
    (
        "replies/handoff.yml",
        "    You're welcome.\n",
        "    You're welcome.\n  sources: [S9-01]\n",
        "source 'S9-01' is not in sources.yml",
        "cite a claim that exists",
    ),
    ("replies/handoff.yml", "thanks:", "offer:", "'offer' stands here twice", "keep one"),
    ("replies/handoff.yml", "    You're welcome.\n", "    You're welcome.\n  draft: hand\n", "thanks.draft: 'hand' is not one of", "see docs/content.md"),
    # sources, glossary, clinic
    ("sources.yml", "source: [S1]", "source: [S2]", "claim S1-01 names the unknown source 'S2'", "add it under sources"),
    ("sources.yml", '    title: "A guide"', '    titel: "A guide"', "unknown key 'titel'", "known here: address, note, status, title"),
    ("sources.yml", '    text: "Many adults get 1,000 mcg."\n', "", "'text' is missing", "add it"),
    ("glossary.yml", '  term: "MMA"\n', "", "'term' is missing", "add it"),
    (
        "glossary.yml",
        'also: ["methylmalonic acid"]',
        "also: methylmalonic acid",
        "mma.also: 'methylmalonic acid' is not of type 'array'",
        "see docs/content.md",
    ),
    ("clinic.yml", "country: US", "country: FR", "no numbers for country 'FR'", "add it under countries"),
    ("clinic.yml", 'phone: "(555) 555-0142"\nafter', "after", "'phone' is missing", "add it"),
    ("clinic.yml", 'mon: ["08:30", "17:30"]', 'mon: ["8:30", "17:30"]', "hours.mon.0: '8:30' does not match", "see docs/content.md"),
    ("clinic.yml", "same_day: 4", "same_day: soon", "reply_times.same_day: 'soon' is not of type 'integer'", "see docs/content.md"),
    ("clinic.yml", "  emergency: null", "  emergency: 1", "reply_times.emergency: 1 is not of type 'null'", "see docs/content.md"),
    ("clinic.yml", "max_message_length: 2000", "max_message_length: 20", "max_message_length: 20 is less than the minimum of 200", "see docs/content.md"),
    ("clinic.yml", '    crisis: "988"\n', "", "'crisis' is missing", "add it"),
]


@pytest.mark.parametrize(("file", "old", "new", "problem", "mend"), BROKEN, ids=[f"{b[0]}-{i}" for i, b in enumerate(BROKEN)])
def test_a_broken_file_is_told_with_its_line_and_how_to_mend_it(small: Path, replace, file: str, old: str, new: str, problem: str, mend: str) -> None:
    at = replace(small / file, old, new)
    with pytest.raises(ContentError) as caught:
        contents.load(small)
    error = caught.value
    assert error.file == str(small / file)
    assert error.problem.startswith(problem)
    assert mend in error.mend and error.mend
    assert error.line is not None and abs(error.line - at) <= 14, (error.line, at)


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        ("topics/dose.yml", "sources: [S1-01]", "sources: [S1-99]", 10),
        ("topics/dose.yml", "related: [route]", "related: [routes]", 11),
        ("topics/dose.yml", "detail: |", "details: |", 8),
        ("replies/handoff.yml", "thanks:", "offer:", 5),
        ("sources.yml", "source: [S1]", "source: [S2]", 5),
        ("clinic.yml", "country: US", "country: FR", 5),
    ],
)
def test_the_line_is_that_of_the_fault(small: Path, replace, file: str, old: str, new: str, line: int) -> None:
    replace(small / file, old, new)
    with pytest.raises(ContentError) as caught:
        contents.load(small)
    assert caught.value.line == line


@pytest.mark.parametrize("file", ["sources.yml", "glossary.yml", "clinic.yml", "topics/dose.yml", "replies/handoff.yml"])
def test_a_file_that_is_not_utf8(small: Path, file: str) -> None:
    path = small / file
    path.write_bytes(path.read_bytes() + "# caf\xe9\n".encode("latin-1"))
    with pytest.raises(ContentError, match="is not UTF-8 text") as caught:
        contents.load(small)
    assert (caught.value.file, caught.value.mend) == (str(path), "save the file as UTF-8")


@pytest.mark.parametrize("file", ["sources.yml", "glossary.yml", "clinic.yml", "desk.yml"])
def test_a_file_that_is_missing(small: Path, file: str) -> None:
    (small / file).unlink()
    with pytest.raises(ContentError, match="cannot be read: No such file") as caught:
        contents.load(small)
    assert caught.value.file == str(small / file)


@pytest.mark.parametrize("file", ["sources.yml", "glossary.yml", "clinic.yml", "topics/dose.yml", "replies/handoff.yml"])
def test_an_empty_file(small: Path, file: str) -> None:
    (small / file).write_text("")
    with pytest.raises(ContentError, match="None is not of type 'object'") as caught:
        contents.load(small)
    assert caught.value.file == str(small / file)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="there is no content folder here") as caught:
        contents.load(tmp_path / "none")
    assert "AMPOULE_CONTENT" in caught.value.mend
