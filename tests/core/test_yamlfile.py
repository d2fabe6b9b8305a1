"""Errors in YAML files name the file, the line and how to mend them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ampoule.yamlfile import ContentError, YamlFile

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "rows": {"type": "array", "items": {"type": "object", "additionalProperties": False, "required": ["id"], "properties": {"id": {"type": "integer"}}}},
    },
}


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        file = tmp_path / "some.yml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return file

    return write


def error_of(file: Path, schema: dict | None = None) -> ContentError:
    with pytest.raises(ContentError) as caught:
        YamlFile(file).require(schema or SCHEMA)
    assert caught.value.file == str(file)
    assert str(caught.value).startswith(str(file))
    return caught.value


def test_data_and_lines(written) -> None:
    file = YamlFile(written('name: "b12"\nrows:\n  - id: 1\n  - id: 2\n'))
    assert file.require(SCHEMA) == {"name": "b12", "rows": [{"id": 1}, {"id": 2}]}
    assert [file.line("name"), file.line("rows"), file.line("rows", 1), file.line("rows", 1, "id")] == [1, 2, 4, 4]


def test_the_line_of_what_is_not_there_is_that_of_what_surrounds_it(written) -> None:
    file = YamlFile(written("# first\nname: x\nrows:\n  - id: 1\n"))
    assert file.line("rows", 0, "other") == 4
    assert file.line("nothing") == 2


def test_an_empty_file_has_no_data(written) -> None:
    assert YamlFile(written("")).data is None
    assert "None is not of type 'object'" in error_of(written("")).problem


def test_the_values_are_those_of_yaml(written) -> None:
    file = YamlFile(written("a: 1\nb: 1.5\nc: true\nd: ~\ne: '911'\nf: 2026-11-20\ng: [x, y]\nh: |\n  two\n  lines\n"))
    assert file.data["a"] == 1 and file.data["b"] == 1.5 and file.data["c"] is True and file.data["d"] is None
    assert file.data["e"] == "911" and file.data["g"] == ["x", "y"] and file.data["h"] == "two\nlines\n"
    assert file.data["f"].isoformat() == "2026-11-20"


@pytest.mark.parametrize(
    ("text", "line", "problem", "mend"),
    [
        ("name: x\nnam: y\n", 2, "unknown key 'nam'", "known here: name, rows"),
        ("name: x\nrows:\n  - id: 1\n    ident: 2\n", 4, "unknown key 'ident'", "known here: id"),
        ("rows: []\n", 1, "'name' is missing", "add it"),
        ("name: x\nrows:\n  - id: 1\n  - {}\n", 4, "'id' is missing", "add it"),
        ("name: 12\n", 1, "name: 12 is not of type 'string'", "see docs/content.md"),
        ("name: x\nrows:\n  - id: 1\n  - id: one\n", 4, "rows.1.id: 'one' is not of type 'integer'", "see docs/content.md"),
        ("name: x\nrows: many\n", 2, "rows: 'many' is not of type 'array'", "see docs/content.md"),
        ("- name\n", 1, "the file: ['name'] is not of type 'object'", "see docs/content.md"),
        ("name: x\nrows: []\nname: y\n", 3, "'name' stands here twice", "keep one"),
        ("name: x\nrows:\n  - id: 1\n    id: 2\n", 4, "'id' stands here twice", "keep one"),
        ("name: 'x\nrows: []\n", 3, "while scanning a quoted scalar", ""),
        ("name: x\n  rows: []\n", 2, "mapping values are not allowed here", "check the indent and the quotes"),
        ("name: x\n\trows: []\n", 2, "found character '\\t'", "check the indent and the quotes"),
        ("name: {x\n", 2, "expected ',' or '}'", "check the indent and the quotes"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_mend(written, text: str, line: int, problem: str, mend: str) -> None:
    error = error_of(written(text))
    assert error.line == line
    if "quoted" not in problem:
        assert error.problem.startswith(problem)
    assert mend in error.mend and error.mend
    assert f":{line}: " in str(error) and error.mend in str(error)


def test_a_file_that_is_not_utf8(written) -> None:
    error = error_of(written("name: caf\xe9\n".encode("latin-1")))
    assert (error.line, error.problem, error.mend) == (None, "is not UTF-8 text", "save the file as UTF-8")


def test_a_file_with_a_character_that_yaml_forbids(written) -> None:
    assert error_of(written("name: a\x07b\n")).mend == "check the indent and the quotes"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    error = error_of(tmp_path / "none.yml")
    assert error.line is None and error.problem == "cannot be read: No such file or directory"


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    assert error_of(tmp_path).problem.startswith("cannot be read")


@pytest.mark.parametrize("text", ["name: !!python/object/apply:os.system ['true']\n", "name: !secret x\n", "name: 2026-13-45\n"])
def test_a_tag_is_an_error_and_runs_nothing(written, text: str) -> None:
    assert error_of(written(text)).line == 1


def test_a_key_that_is_a_list_is_an_error(written) -> None:
    assert error_of(written("? [a, b]\n: x\nname: y\n")).line == 1


def test_an_error_without_line_or_mend_reads_well() -> None:
    assert str(ContentError("a.yml", None, "is odd")) == "a.yml: is odd"
    assert str(ContentError("a.yml", 3, "is odd", "mend it")) == "a.yml:3: is odd (mend it)"
