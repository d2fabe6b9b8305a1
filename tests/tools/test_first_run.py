"""The first account's link in the launcher: shown where there is one, and never what stops the start."""

import importlib.util

import pytest

from tests.conftest import ROOT

spec = importlib.util.spec_from_file_location("first_run", ROOT / "tools/first_run.py")
first_run = importlib.util.module_from_spec(spec)
spec.loader.exec_module(first_run)


@pytest.fixture
def link(tmp_path):
    """The link from a web service that does what the script says."""

    def made(script):
        python = tmp_path / "python"
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
        return first_run.link(str(python), tmp_path, {"PLACE": "here"})

    return made


def test_it_is_the_url_that_the_web_service_prints(link, capsys):
    assert link('echo "http://127.0.0.1:8000/desk/first/$PLACE $*"') == "http://127.0.0.1:8000/desk/first/here -m ampoule_clinic.staff first-run-link"
    assert capsys.readouterr().err == ""


def test_where_staff_exist_there_is_none(link, capsys):
    assert link("exit 0") is None and capsys.readouterr().err == ""


@pytest.mark.parametrize(("script", "problem"), [("echo first >&2; echo the last line >&2; exit 1", "(the last line)"), ("exit 4", "(exit code 4)")])
def test_a_failure_is_one_line(link, capsys, script, problem):
    assert link(script) is None
    told = capsys.readouterr().err
    assert problem in told and told.count("\n") == 1


def test_a_web_service_that_is_not_there_or_hangs_is_one_line(link, capsys, monkeypatch, tmp_path):
    assert first_run.link(str(tmp_path / "nothing"), tmp_path, {}) is None
    monkeypatch.setattr(first_run, "SECONDS", 0.2)
    assert link("exec sleep 5") is None
    assert capsys.readouterr().err.count("\n") == 2
