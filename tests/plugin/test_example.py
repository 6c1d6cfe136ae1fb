"""A third party's package: installed, listed, and used by the real program."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent / "example"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip installed the example into, without any network."""
    target = tmp_path_factory.mktemp("site")
    copy = tmp_path_factory.mktemp("source") / "example"
    for path in EXAMPLE.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            place = copy / path.relative_to(EXAMPLE)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index"]
    command += ["--no-deps", "--no-build-isolation", "--target", str(target), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture
def program(installed: Path, tmp_path: Path):
    """A function that runs mlcatalog with the example on its path."""
    paths = [str(installed), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(paths),
        "MLCATALOG_CATALOG": str(tmp_path / "catalogue.db"),
        "HOME": str(tmp_path),
    }

    def run(*arguments: str) -> dict:
        done = subprocess.run(
            [sys.executable, "-m", "mlcatalog", *arguments, "--json"],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def tinynet(path: Path, name: str, base: str = "") -> None:
    header = json.dumps(
        {"name": name, "layers": [[2, 3], [3, 1]], "base": base}
    ).encode()
    weights = struct.pack("<9f", *range(9))
    path.write_bytes(b"TNET" + struct.pack("<I", len(header)) + header + weights)


def test_the_list_says_where_a_reader_is_from_and_whether_it_works(program):
    listed = {one["format"]: one for one in program("readers")["readers"]}
    assert listed["tinynet"]["source"] == "mlcatalog-tinynet 1.2.0"
    assert listed["tinynet"]["enabled"]
    assert not listed["broken"]["enabled"]
    assert "no_such_reader" in listed["broken"]["problem"]
    assert listed["safetensors"]["source"] == "mlcatalog"


def test_the_list_says_why_a_tracker_is_not_there(program):
    listed = {one["tool"]: one for one in program("readers")["trackers"]}
    assert listed["tinylog"]["source"] == "mlcatalog-tinynet 1.2.0"
    assert listed["tinylog"]["enabled"]
    missing = "it needs tinynet_extra, which is not installed"
    assert listed["more"]["problem"] == missing
    assert listed["taken"]["problem"] == "another tracker is called mlflow"
    assert listed["mlflow"]["source"] == "mlcatalog"
    assert not listed["more"]["enabled"]
    assert not listed["taken"]["enabled"]


def test_runs_of_the_new_tool_are_there_whatever_other_trackers_do(program, tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "tinynet.log").write_text("first,0.5\nsecond,0.25\n")
    report = program("index", str(project))["projects"][0]
    assert report["artifacts"] == {"run": 2}
    runs = program("list", "kind:run")["items"]
    assert {run["name"] for run in runs} == {"first", "second"}


def test_files_of_the_new_format_become_models_with_a_lineage(program, tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    tinynet(project / "base.tinynet", "Base")
    tinynet(project / "tuned.tinynet", "Tuned", base="base.tinynet")
    (project / "broken.tinynet").write_bytes(b"TNET\xff\xff\xff\xff")
    report = program("index", str(project))["projects"][0]
    assert report["artifacts"]["model"] == 3
    assert report["unreadable"] == 1
    shown = program("show", str(project / "tuned.tinynet"))
    assert shown["format"] == "tinynet"
    assert [tensor["shape"] for tensor in shown["tensors"]] == [[2, 3], [3, 1]]
    relations = {edge["relation"] for edge in shown["edges"]}
    assert relations & {"finetuned_from", "copy_of"}
