"""What the command line shows: documents by key, text that a terminal can trust."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlcatalog.cli.main import COMMANDS, main, overview
from mlcatalog.cli.output import json_text, printable
from mlcatalog.cli.present.artifacts import summary_document
from mlcatalog.cli.present.problems import is_broken
from mlcatalog.cli.present.sarif import sarif_document
from mlcatalog.cli.table import table
from mlcatalog.domain.amounts import counted, size_text
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.words import Kind, Presence, Severity, Stage

MODEL = Summary(
    row=1,
    id="u1",
    kind=Kind.MODEL,
    format="onnx",
    name="m",
    path="",
    project="p",
    size=None,
    digest=None,
    stage=Stage.DRAFT,
    owner="",
    modified=0,
    presence=Presence.PRESENT,
)


def test_numbers_that_are_not_finite_are_strings() -> None:
    values = [float("nan"), float("inf"), -float("inf"), 2**80, "\ud800"]
    said = json.loads(json_text(values))
    assert said == ["NaN", "Infinity", "-Infinity", str(2**80), "\\ud800"]


def test_control_and_direction_characters_are_escaped() -> None:
    assert printable("a\x1b[31m\u202eb") == "a\\x1b[31m\\u202eb"
    assert printable("[red]é") == "[red]é"


def test_a_list_item_has_the_keys_of_the_contract() -> None:
    document = summary_document(MODEL)
    assert list(document) == (
        [
            "id",
            "kind",
            "format",
            "name",
            "path",
            "size",
            "digest",
            "stage",
            "owner",
            "modified",
            "traceability",
            "findings",
        ]
    )
    assert document["path"] is None
    assert document["modified"] == "1970-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("size", "said"),
    [(None, ""), (0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (10**9, "1.0 GB")],
)
def test_sizes_are_in_powers_of_a_thousand(size: int | None, said: str) -> None:
    assert size_text(size) == said


def test_one_thing_is_not_told_as_several() -> None:
    assert counted(1, "subject") == "1 subject"
    assert counted(0, "file") == "0 files"
    assert counted(1_200, "entry", "entries") == "1,200 entries"


def test_columns_are_as_wide_as_what_they_hold() -> None:
    assert list(table(("A", "N"), [("模型", "1"), ("b", "20")], right=(1,))) == [
        "A      N",
        "模型   1",
        "b     20",
    ]


def test_only_open_errors_and_warnings_are_broken() -> None:
    found = Finding("name.invalid", Severity.WARNING, "m")
    assert is_broken(found)
    assert not is_broken(Finding("a.b", Severity.NOTE, "m"))
    assert not is_broken(Finding("a.b", Severity.ERROR, "m", state="waived"))


def test_sarif_names_its_rules_and_places() -> None:
    found = Finding("name.invalid", Severity.WARNING, "m", path="/a b")
    run = sarif_document([found], {}, Path("/b"))["runs"][0]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["id"] == "name.invalid"
    assert rule["shortDescription"]["text"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "file:///a%20b"


def test_the_overview_names_every_command() -> None:
    assert all(name in overview() for name in COMMANDS)


def test_an_unknown_command_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lst"]) == 2
    assert "Did you mean list?" in capsys.readouterr().err
