"""A topic is one file: begun with `ampoule new topic`, learnt by a training, answered. No code is touched."""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path

import pytest
from ampoule import cli, examples, new_topic, preview, training
from ampoule import content as contents
from ampoule.check import check
from ampoule.content import Content
from ampoule.encoder import Encoder
from ampoule.yamlfile import ContentError

ROOT = Path(__file__).parents[2]
QUESTIONS = [
    "how do I store the vials",
    "where should b12 vials be kept",
    "does it go in the fridge",
    "can b12 be left out of the fridge",
    "storing b12 ampoules",
    "what temperature should the vial be kept at",
    "do I need to keep it cold",
    "keep vials away from light?",
    "is it ok in the bathroom cabinet",
    "storage of b12 injections",
    "where do people keep their ampoules at home",
    "should vials be kept in the dark",
    "can the vial be in a hot car",
    "how to keep b12 ampoules at home",
    "room temperature or fridge for b12",
    "does light spoil the vial",
    "best place to store injections at home",
    "can you freeze b12 vials",
    "how are the vials stored",
    "storage instructions for b12 ampoules",
    "keep out of sunlight?",
    "fridge or cupboard for the vials",
]
# Of the sentences by other hands, so many a label are enough to see that the new topic is learnt among the others.
A_LABEL = 14


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "content", tmp_path / "content")
    (tmp_path / "ways.txt").write_text("\n".join(QUESTIONS), encoding="utf-8")
    return tmp_path


def begin(project: Path, *arguments: str) -> int:
    return cli.main(["--content", str(project / "content"), "new", "topic", *arguments])


def some(rows: list[examples.Example]) -> list[examples.Example]:
    """A_LABEL examples a label, by their order in the files."""
    by_label = defaultdict(list)
    for row in rows:
        by_label[row.label].append(row)
    return [row for group in by_label.values() for row in group[:: max(1, len(group) // A_LABEL)]]


def test_a_new_topic_is_one_file(project: Path, replace) -> None:
    assert (
        begin(
            project,
            "storage",
            "--title",
            "How to store the vials",
            "--sources",
            "E10",
            "--related",
            "concentration,forms",
            "--questions",
            str(project / "ways.txt"),
        )
        == 0
    )
    file = project / "content" / "topics" / "storage.yml"
    assert [finding.problem for finding in check(project / "content") if "still to be written" in finding.problem] == [
        "'TODO': this text is still to be written"
    ] * 2
    replace(file, "TODO: the first line answers the question.", "Your label says how to store the vials.")
    replace(file, "TODO: the last line names one thing to do.", "If you are not sure, ask your pharmacist.")
    replace(file, "TODO: one or two sentences without amounts or intervals.", "Your label says how to store the vials.")
    assert check(project / "content") == []

    content = contents.load(project / "content")
    reader = training.train(some(examples.load(ROOT / "data", content)), content, Encoder(ROOT / "models" / "encoder"))
    for question in ("where do I keep my vials at home", "should b12 ampoules go in the fridge?"):
        reading, turn = preview.answer(reader, question)
        assert (reading.outcome, reading.topics) == ("answer", ["storage"]), question
        assert turn.texts == ["Your label says how to store the vials.\nIf you are not sure, ask your pharmacist."]
        assert [choice["choice"] for choice in turn.custom["choices"]] == ["topic:concentration", "topic:forms"]


def test_what_is_not_given_is_asked_for(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    typed = iter(["needles", 'Needles and "sharps"', "E9, E10", ""])
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    assert begin(project) == 0
    assert "E9: " in capsys.readouterr().out  # a claim that may fit
    with pytest.raises(ContentError, match="questions") as caught:
        contents.load(project / "content")
    assert "20" in str(caught.value) or "too short" in str(caught.value)
    text = (project / "content" / "topics" / "needles.yml").read_text()
    assert 'title: "Needles and \\"sharps\\""' in text and "sources: [E9, E10]" in text and "related: [" in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["Storage", "--title", "T", "--sources", "E10", "--related", "forms"], "'Storage' is no id"),
        (["forms", "--title", "T", "--sources", "E10", "--related", "forms"], "there is a topic 'forms' already"),
        (["storage", "--title", " ", "--sources", "E10", "--related", "forms"], "a topic needs a title"),
        (["storage", "--title", "T", "--sources", "X1", "--related", "forms"], "there is no claim 'X1'"),
        (["storage", "--title", "T", "--sources", "E10", "--related", "none"], "there is no topic 'none'"),
        (["storage", "--title", "T", "--sources", "E10", "--related", "forms", "--questions", "nowhere.txt"], "nowhere.txt cannot be read"),
    ],
)
def test_what_cannot_be_begun_is_told_and_writes_nothing(project: Path, capsys: pytest.CaptureFixture, arguments: list[str], told: str) -> None:
    before = sorted(path.name for path in (project / "content" / "topics").iterdir())
    assert begin(project, *arguments) == 2
    assert told in capsys.readouterr().err
    assert sorted(path.name for path in (project / "content" / "topics").iterdir()) == before


def test_an_end_of_input_is_told(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    def end(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", end)
    assert begin(project) == 2
    assert "nothing was typed for: Id" in capsys.readouterr().err


def test_claims_and_topics_that_may_fit(content: Content) -> None:
    found = [claim.id for claim in new_topic.claims_about(content, "Potassium and cramps")]
    assert "B9-5" in found and not any(content.claims[id].experience for id in found)
    assert new_topic.topics_near(content, content.topics["forms"].sources)[0] == "forms"
