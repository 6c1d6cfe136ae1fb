"""Names on the command line: checked, proposed, given and taken back."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

NAME = "churn-cls-mlp-telco_v3-20260502-r9d02"


class Shell:
    """Runs the program with a catalogue and a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.status = 0

    def __call__(self, *words: str, cwd: Path | None = None) -> str:
        env = {
            **os.environ,
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "MLCATALOG_CATALOG": str(self.home / "catalog.db"),
        }
        run = subprocess.run(
            [sys.executable, "-m", "mlcatalog", *words],
            capture_output=True,
            text=True,
            env=env,
            cwd=cwd,
            timeout=240,
            check=False,
        )
        self.status = run.returncode
        assert "Traceback" not in run.stderr, run.stderr
        return run.stdout if run.stdout else run.stderr

    def json(self, *words: str, cwd: Path | None = None) -> Any:
        return json.loads(self(*words, "--json", cwd=cwd))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "churn"
    (folder / "models").mkdir(parents=True)
    header = {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    raw = json.dumps(header).encode()
    body = struct.pack("<Q", len(raw)) + raw + b"\0" * 8
    (folder / "models" / f"{NAME.replace('cls', 'clss')}.safetensors").write_bytes(body)
    (folder / "train.yaml").write_text(
        f"model: models/{NAME.replace('cls', 'clss')}.safetensors\n"
    )
    return folder


def test_check_names_field_found_expected_and_suggestion(
    shell: Shell, project: Path
) -> None:
    said = shell.json("check", "--rule", "name.", str(project))
    assert shell.status == 1
    (finding,) = said["findings"]
    assert (finding["rule"], finding["field"]) == ("name.invalid", "task")
    assert finding["found"] == "clss"
    assert "cls" in finding["expected"]
    assert finding["suggestion"].startswith("churn-{task}-mlp")
    assert "did you mean cls" in finding["message"]


def test_check_of_one_file_heeds_the_convention_of_the_repository(
    shell: Shell, project: Path
) -> None:
    (project / ".git").mkdir()
    (project / ".mlcatalog.toml").write_text("[vocabulary]\ntask = ['clss']\n")
    (model,) = (project / "models").iterdir()
    said = shell.json("check", "--rule", "name.", str(model))
    assert shell.status == 0
    assert said["findings"] == []


def test_sarif_is_about_paths_of_the_repository(shell: Shell, project: Path) -> None:
    said = json.loads(shell("check", ".", "--format", "sarif", cwd=project))
    results = said["runs"][0]["results"]
    named = next(one for one in results if one["ruleId"] == "name.invalid")
    place = named["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uriBaseId"] == "SRCROOT"
    assert place["uri"].startswith("models/churn-clss")
    assert named["properties"]["field"] == "task"
    assert named["partialFingerprints"]


def test_rename_proposes_gives_and_takes_back(shell: Shell, project: Path) -> None:
    shell("index", str(project))
    (proposal,) = shell.json("rename", "--set", "task=cls")["proposals"]
    assert proposal["suggestion"] == NAME
    assert (proposal["conflicts"], proposal["references"]) == ([], 1)
    assert not (project / "models" / f"{NAME}.safetensors").exists()
    done = shell.json("rename", "--apply", "--set", "task=cls")
    assert (project / "models" / f"{NAME}.safetensors").exists()
    assert (project / "train.yaml").read_text() == f"model: models/{NAME}.safetensors\n"
    assert done["rewritten"] == [str(project / "train.yaml")]
    shell("check", "--rule", "name.")
    assert shell.status == 0
    shell("rename", "--undo", done["plan"])
    assert "clss" in (project / "train.yaml").read_text()
    assert not (project / "models" / f"{NAME}.safetensors").exists()


def test_rename_gives_any_name_to_one_path(shell: Shell, project: Path) -> None:
    shell("index", str(project))
    (model,) = (project / "models").iterdir()
    shell("rename", str(model), "--to", NAME, "--apply", "--keep-references")
    assert (project / "models" / f"{NAME}.safetensors").exists()
    assert "clss" in (project / "train.yaml").read_text()


def test_rename_refuses_in_words(shell: Shell, project: Path) -> None:
    said = shell.json("rename", str(project), "--apply")
    assert shell.status == 3
    assert "register" in said["error"]["remedy"]
    shell("index", str(project))
    said = shell.json("rename", "--apply")
    assert "filled in" in said["error"]["why"]
    said = shell.json("rename", "--set", "task=clss")
    assert "Did you mean cls" in said["error"]["remedy"]
    said = shell.json("rename", "--undo", "last")
    assert shell.status == 3


def test_name_prints_what_a_script_asks_for(shell: Shell, project: Path) -> None:
    fields = [
        "project=churn",
        "task=cls",
        "architecture=mlp",
        "dataset-version=telco_v3",
        "date=20260502",
        "run-id=r9d02",
    ]
    assert shell("name", *fields).strip() == NAME
    assert shell("name", *fields[:-1], "run_id=r9d02").strip() == NAME
    said = shell.json("name", *fields[:-1])
    assert shell.status == 3
    assert said["error"]["what"] == "The name has no run-id."
    (project / ".mlcatalog.toml").write_text(
        "[names.dataset]\ntemplate = '{name}_v{version}'\n"
    )
    made = shell.json(
        "name", "--kind", "dataset", "--in", str(project), "name=t", "version=1.0.0"
    )
    assert made["name"] == "t_v1.0.0"
    assert made["source"] == str(project / ".mlcatalog.toml")


def test_name_explains_how_a_name_is_read(shell: Shell) -> None:
    said = shell.json("name", "--explain", NAME.replace("20260502", "20260231"))
    assert said["verdict"] == "breaks"
    assert "2026-02-31 does not exist" in said["message"]
    assert said["suggestion"] == NAME.replace("20260502", "{date}")
    said = shell("name", "--explain", NAME.replace("cls", "clss"))
    assert f"better: {NAME.replace('cls', '{task}')}" in said
    assert "{task} may be cls" in said


def test_python_asks_for_a_name_too(project: Path) -> None:
    from mlcatalog.conventions import Convention, convention_for

    values = Convention.default().read(NAME)[0]
    assert convention_for(project).name(values) == NAME
    assert Convention.default().name(values, run_id="r1").endswith("-r1")
    day = datetime(2026, 5, 2, 23, 59, tzinfo=UTC)
    assert Convention.default().name({**values, "date": day.date()}) == NAME
    assert Convention.default().name({**values, "date": day}) == NAME
    assert Convention.default().name({**values, "run-id": 7}).endswith("-7")
