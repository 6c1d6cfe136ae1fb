"""A table of names, each with what is said of every field of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from mlcatalog.conventions import Convention
from mlcatalog.conventions.findings import naming_findings
from mlcatalog.conventions.names import display_name
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.domain.words import Kind
from tests.conventions.verdict_conventions import CONVENTIONS, convention

TABLE = Path(__file__).parent / "verdicts.txt"
STATES = ("keeps", "exempt", "ambiguous")


@dataclass
class Line:
    """A name of the table with what must be said of it."""

    section: str
    name: str
    state: str = "breaks"
    whole: str = ""  # said of the whole name
    wrong: dict[str, str] = field(default_factory=dict)
    untold: set[str] = field(default_factory=set)
    suggestion: str = ""


def lines() -> Iterator[Line]:
    """The names of the table; how it is written stands at its head."""
    section, line = "", None
    for text in TABLE.read_text(encoding="utf-8").splitlines():
        if text.startswith("["):
            section = text[1:-1]
        elif text.startswith("    ") and line is not None:
            _add(line, text.strip())
        elif text and not text.startswith("#"):
            if line is not None:
                yield line
            line = Line(section, json.loads(text) if text.startswith('"') else text)
    assert line is not None
    yield line


def _add(line: Line, said: str) -> None:
    word, _, rest = said.partition(": ")
    if said.startswith("=> "):
        line.suggestion = said[3:]
    elif word in STATES:
        line.state, line.whole = word, rest
    elif word == "whole":
        line.whole = rest
    elif said.endswith(" ?"):
        line.untold.add(said[:-2])
    else:
        line.wrong[word] = rest


LINES = tuple(lines())
made = cache(convention)


def test_the_table_has_every_section_and_is_long() -> None:
    assert {one.section for one in LINES} == set(CONVENTIONS)
    assert len({(one.section, one.name) for one in LINES}) == len(LINES)
    assert len(LINES) >= 250


@pytest.mark.parametrize(
    "line", LINES, ids=[f"{one.section}: {ascii(one.name)[1:41]}" for one in LINES]
)
def test_a_name_is_judged_field_by_field(line: Line) -> None:
    held = made(line.section)
    subject = NameSubject("1", f"/p/{line.name}", line.name, Kind.MODEL)
    verdict = held.judge(subject)
    assert verdict.state == line.state
    found = {one.field: one.message for one in verdict.fields if one.state != "ok"}
    assert found == line.wrong
    assert verdict.suggestion == line.suggestion
    if line.whole:
        assert verdict.message == line.whole
    if line.state in ("keeps", "breaks"):
        told = {one.field for one in verdict.fields} | held.template.optional
        is_silent = line.state == "breaks" and not verdict.fields
        untold = set(held.template.fields) - told if not is_silent else set()
        assert untold == line.untold
    is_fine = line.state in ("keeps", "exempt")
    assert [one.path for one in naming_findings([subject], lambda _: held)] == (
        [] if is_fine else [subject.path] * max(1, len(line.wrong))
    )


@pytest.mark.parametrize("line", [one for one in LINES if "{" not in one.suggestion])
def test_a_whole_suggestion_keeps_the_convention(line: Line) -> None:
    if line.suggestion:
        held = made(line.section)
        right = NameSubject("1", f"/p/{line.suggestion}", line.suggestion, Kind.MODEL)
        assert held.judge(right).state == "keeps"


GOOD = "churn-cls-gbdt-telco_v3-20260412-r7f3a"


@pytest.mark.parametrize(
    ("path", "kind", "is_bundle", "name", "state"),
    [
        (f"m/{GOOD}.safetensors", Kind.MODEL, False, GOOD, "keeps"),
        (f"m/{GOOD}.tar.gz", Kind.MODEL, False, GOOD, "keeps"),
        (f"m/{GOOD}.TAR.GZ", Kind.MODEL, False, GOOD, "keeps"),
        (f"m/{GOOD}.pt2", Kind.MODEL, False, GOOD, "keeps"),
        (f"m/{GOOD}", Kind.MODEL, False, GOOD, "keeps"),
        (f"m/{GOOD}", Kind.MODEL, True, GOOD, "keeps"),
        (f"m/{GOOD}.5", Kind.MODEL, True, f"{GOOD}.5", "keeps"),
        (f"m/{GOOD}.mlpackage", Kind.MODEL, True, GOOD, "keeps"),
        (f"m/{GOOD}.tar", Kind.MODEL, False, GOOD, "keeps"),
        (f"m/{GOOD}. .pt", Kind.MODEL, False, f"{GOOD}. ", "breaks"),
        (f"m/{GOOD}..pt", Kind.MODEL, False, f"{GOOD}.", "breaks"),
        (f"m/{GOOD}/model.safetensors", Kind.MODEL, False, GOOD, "keeps"),
        (f"m/{GOOD}/pytorch_model.bin", Kind.MODEL, False, GOOD, "keeps"),
        (f"m/{GOOD}/adapter_model.safetensors", Kind.MODEL, False, GOOD, "keeps"),
        (f"m/{GOOD}/model-00001-of-00002.safetensors", Kind.MODEL, False, GOOD, "keeps"),
        (f"m/{GOOD}/saved_model.pb", Kind.MODEL, False, GOOD, "keeps"),
        (f"m/{GOOD}/best.pt", Kind.MODEL, False, GOOD, "keeps"),
        (f"m/{GOOD}/last.ckpt", Kind.MODEL, False, GOOD, "keeps"),
        ("m/final/model.safetensors", Kind.MODEL, False, "final", "breaks"),
        (f"m/{GOOD}/checkpoint-500", Kind.MODEL, True, "checkpoint-500", "exempt"),
        ("m/checkpoint-500/model.safetensors", Kind.MODEL, False, "checkpoint-500", "exempt"),
        (f"m/{GOOD}/epoch=1-step=4.ckpt", Kind.MODEL, False, "epoch=1-step=4", "exempt"),
    ],
)  # fmt: skip
def test_the_name_judged_is_that_of_the_folder_or_of_the_file_without_extension(
    path: str, kind: Kind, is_bundle: bool, name: str, state: str
) -> None:
    assert display_name(path, kind, is_bundle=is_bundle) == name
    verdict = Convention.default().judge(NameSubject("1", f"/{path}", name, kind))
    assert verdict.state == state


@pytest.mark.parametrize(
    ("one", "two", "said"),
    [
        ("a/x", "b/X", "differs only by case"),
        ("a/straße", "b/STRASSE", "differs only by case"),
        ("a/caf\u00e9", "b/cafe\u0301", "differs only by case"),
        ("a/x", "b/x", "also names"),
    ],
)
def test_names_that_collide_are_told_of_each_other(
    one: str, two: str, said: str
) -> None:
    subjects = [
        NameSubject(path, f"/p/{path}", path[2:], Kind.MODEL, digest=path, format="f")
        for path in (one, two)
    ]
    held = Convention.parse("{name}", {"name": made("mlflow").rules["name"]})
    found = [
        finding
        for finding in naming_findings(subjects, lambda _: held)
        if finding.rule == "name.duplicate"
    ]
    assert [finding.path for finding in found] == [f"/p/{one}", f"/p/{two}"]
    assert all(said in finding.message for finding in found)
    assert two in found[0].message
