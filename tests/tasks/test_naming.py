"""The project's convention decides what the catalogue finds wrong with names."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.index import index


def model(path: Path, seed: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = {"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}
    raw = json.dumps(header).encode()
    body = struct.pack("<4f", *(seed * n for n in range(1, 5)))
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + body)
    return path


def rules(catalog: Catalog) -> set[tuple[str, str, str]]:
    return {
        (found.rule, Path(found.path).name, found.field)
        for found in catalog.findings()
        if found.rule.startswith(("name.", "convention."))
    }


def test_the_convention_of_the_project_is_in_force(
    catalog: Catalog, tmp_path: Path
) -> None:
    project = tmp_path / "intent"
    model(project / "models" / "bert-base-dev.safetensors")
    index(catalog, [project], settle_seconds=0)
    assert {rule for rule, _, _ in rules(catalog)} == {"name.invalid"}
    (project / ".mlcatalog.toml").write_text(
        "[names.model]\ntemplate = '{architecture}-{stage}'\n"
        "[names.model.fields.stage]\ntype = 'vocabulary'\nvalues = ['dev', 'live']\n"
        "[vocabulary]\narchitecture = ['bert-base']\n"
    )
    index(catalog, [project], settle_seconds=0)
    assert rules(catalog) == set()
    assert not catalog.list("kind:model")[0].name_broken


def test_every_kind_with_a_template_is_judged_and_folders_too(
    catalog: Catalog, tmp_path: Path
) -> None:
    project = tmp_path / "p"
    model(project / "Old Models" / "x.safetensors")
    (project / "data").mkdir()
    (project / "data" / "people.csv").write_text("a,b\n1,2\n")
    (project / "train.yaml").write_text("lr: 0.1\n")
    (project / ".mlcatalog.toml").write_text(
        "[names.model]\ntemplate = '{name}'\n"
        "[names.dataset]\ntemplate = '{dataset-version}'\n"
        "[names.config]\ntemplate = '{name}-{date}'\n"
        "[names.folder]\ntemplate = '{name}'\n"
    )
    index(catalog, [project], settle_seconds=0)
    assert rules(catalog) == {
        ("name.invalid", "people.csv", "dataset-version"),
        ("name.invalid", "train.yaml", "date"),
        ("name.invalid", "Old Models", "name"),
    }


def test_an_unusable_file_is_a_finding_and_the_default_holds(
    catalog: Catalog, tmp_path: Path
) -> None:
    project = tmp_path / "p"
    model(project / "x.safetensors")
    (project / ".mlcatalog.toml").write_text("[names.model]\ntemplate = '{nme}'\n")
    index(catalog, [project], settle_seconds=0)
    assert ("convention.unusable", ".mlcatalog.toml", "") in rules(catalog)
    assert ("name.invalid", "x.safetensors", "") in rules(catalog)
    catalog.verify_journal()


def test_two_names_that_differ_only_by_case_are_told(
    catalog: Catalog, tmp_path: Path
) -> None:
    project = tmp_path / "p"
    model(project / "a" / "Scorer.safetensors", 1)
    model(project / "b" / "scorer.safetensors", 2)
    (project / ".mlcatalog.toml").write_text(
        "[names.model]\npreset = 'mlflow'\n",
    )
    index(catalog, [project], settle_seconds=0)
    found = [f for f in catalog.findings() if f.rule == "name.duplicate"]
    assert len(found) == 2
    assert "differs only by case" in found[0].message
