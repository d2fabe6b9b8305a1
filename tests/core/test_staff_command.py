"""`ampoule staff`: passed on to the web service's own Python, with its exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from ampoule import cli


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """A project whose web service tells how it was called, and ends with 3."""
    python = tmp_path / "clinic/.venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$PWD: $*" > called\nexit 3\n')
    python.chmod(0o755)
    return tmp_path / "clinic"


def staff(project: Path, *arguments: str) -> int:
    return cli.main(["--content", str(project / "content"), "staff", *arguments])


def test_it_is_passed_on_with_its_exit_code(clinic: Path) -> None:
    assert staff(clinic.parent, "add", "--role", "admin", "Jo Poe", "--help") == 3
    assert (clinic / "called").read_text() == f"{clinic}: -m ampoule_clinic.staff add --role admin Jo Poe --help\n"


def test_without_the_environment_one_line_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert staff(tmp_path, "add") == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "run `make env`" in told


def test_its_help_tells_what_there_is(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        staff(tmp_path, "--help")
    assert ended.value.code == 0 and "ampoule staff first-run-link" in capsys.readouterr().out
