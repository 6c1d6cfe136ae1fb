"""The real program on the demo project: documents and exit statuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = "import sys; from mlcatalog.cli import main; sys.exit(main())"
MODEL = "name:churn-cls-mlp-telco_v3-20260231-rb2e0"


class Program:
    """Runs the command line on one catalogue."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.demo = folder / "demo"
        self._environment = {
            **os.environ,
            "MLCATALOG_CATALOG": str(folder / "catalog.db"),
        }

    def run(self, *arguments: str) -> tuple[int, str, str]:
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout, ended.stderr

    def document(self, *arguments: str, status: int = 0) -> dict[str, Any]:
        code, out, err = self.run(*arguments, "--json")
        assert code == status, err
        document: dict[str, Any] = json.loads(out)
        assert document["schema"] == 1
        return document


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    program = Program(tmp_path_factory.mktemp("cli"))
    program.document("demo", str(program.demo))
    indexed = program.document("index", str(program.demo / "churn-prediction"))
    assert set(indexed["projects"][0]) == {
        *("path", "files", "bytes", "artifacts", "versions", "edges"),
        *("findings", "unreadable", "seconds"),
    }
    return program


def test_pages_follow_each_other(program: Program) -> None:
    whole = program.document("list", "--sort", "name")["items"]
    first = program.document("list", "--sort", "name", "--limit", "3")
    second = program.document("list", "--sort", "name", "--after", first["next"])
    assert first["items"] + second["items"] == whole
    assert first["total"] == len(whole)


def test_show_has_the_keys_of_the_contract(program: Program) -> None:
    document = program.document("show", MODEL)
    assert set(document) == {
        *("schema", "id", "kind", "format", "name", "path", "project", "digest"),
        *("size", "stage", "owner", "versions", "facts", "params", "metrics"),
        *("tensors", "columns", "edges", "findings", "traceability"),
    }
    assert Path(document["path"]).is_absolute()
    assert len(document["traceability"]) == 13


def test_lineage_is_written_in_every_form(program: Program) -> None:
    document = program.document("lineage", MODEL)
    ids = {node["id"] for node in document["nodes"]}
    assert all({edge["parent"], edge["child"]} <= ids for edge in document["edges"])
    for form, begin in (("text", ""), ("dot", "digraph"), ("svg", "<svg")):
        status, out, _ = program.run("lineage", MODEL, "--format", form)
        assert status == 0
        assert out.startswith(begin)


def test_check_ends_with_1_where_something_is_broken(program: Program) -> None:
    document = program.document("check", status=1)
    assert set(document["findings"][0]) == {
        *("rule", "severity", "artifact", "path", "message"),
        *("field", "found", "expected", "suggestion", "blanks", "state", "waiver"),
    }


@pytest.mark.parametrize("command", ["journal", "doctor", "projects", "readers"])
def test_upkeep_answers(program: Program, command: str) -> None:
    program.document(command)
    assert program.run(command)[0] == 0


def test_what_is_not_found_is_an_error_document(program: Program) -> None:
    error = program.document("show", "nothing-like-it", status=3)["error"]
    assert set(error) == {"what", "where", "why", "remedy"}


def test_wrong_use_ends_with_2(program: Program) -> None:
    assert program.run("list", "--nope")[0] == 2
    assert program.run("compare", MODEL)[0] == 2
