"""The demo project: the same every time, really trained, readable by others."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import sqlite3
import struct
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mlcatalog.domain.errors import ProjectError
from mlcatalog.tasks.demo import DemoSummary, write_demo

MODEL = "churn-prediction/models/churn-cls-mlp-telco_v3-20260415-r81cc.safetensors"
FINE_TUNE = "churn-prediction/models/churn-cls-mlp-telco_v3-20260502-r9d02.safetensors"
LIMIT = 4_000_000  # bytes


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    return write_demo(tmp_path_factory.mktemp("demo") / "ml")


def contents(folder: Path) -> dict[str, tuple[str, int]]:
    """Digest and time of every file, by its relative path."""
    return {
        path.relative_to(folder).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in folder.rglob("*")
        if path.is_file()
    }


def tensors(path: Path) -> dict[str, bytes]:
    """Bytes of every tensor of a safetensors file."""
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header: dict[str, Any] = json.loads(raw[8 : 8 + length])
    header.pop("__metadata__", None)
    spans = {name: entry["data_offsets"] for name, entry in header.items()}
    return {
        name: raw[8 + length + begin : 8 + length + end]
        for name, (begin, end) in spans.items()
    }


def test_two_demos_are_equal_byte_for_byte_and_in_time(
    demo: DemoSummary, tmp_path: Path
) -> None:
    again = write_demo(tmp_path / "again")
    assert contents(again.folder) == contents(demo.folder)


def test_the_demo_is_small_and_counted(demo: DemoSummary) -> None:
    files = [path for path in demo.folder.rglob("*") if path.is_file()]
    assert demo.files == len(files)
    assert demo.size == sum(path.stat().st_size for path in files) < LIMIT
    assert [path.name for path in demo.projects] == [
        "churn-prediction",
        "support-intent",
    ]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ProjectError, match="new or empty"):
        write_demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_models_learned_something(demo: DemoSummary) -> None:
    found = list(demo.folder.rglob("eval.json"))
    assert len(found) == 8
    assert all(json.loads(path.read_text())["f1"] > 0.75 for path in found)


def test_the_fine_tune_changed_only_the_head(demo: DemoSummary) -> None:
    base, tuned = tensors(demo.folder / MODEL), tensors(demo.folder / FINE_TUNE)
    changed = {name for name in base if base[name] != tuned[name]}
    assert changed == {"head.weight", "head.bias"}


def test_one_export_is_current_and_the_other_is_stale(demo: DemoSummary) -> None:
    for model, is_current in ((MODEL, True), (FINE_TUNE, False)):
        export = (demo.folder / model).with_suffix(".onnx").read_bytes()
        head = tensors(demo.folder / model)["head.weight"]
        assert (head in export) is is_current


def test_a_copy_has_equal_bytes_and_the_card_has_its_metrics(demo: DemoSummary) -> None:
    copy = demo.folder / "churn-prediction/models/final_model_v2_REALLY.safetensors"
    assert copy.read_bytes() == (demo.folder / MODEL).read_bytes()
    cards = list(demo.folder.glob("support-intent/models/*/README.md"))
    assert cards
    assert all("@" not in card.read_text() for card in cards)


def test_the_curve_in_mlflow_is_that_of_the_run_folder(demo: DemoSummary) -> None:
    project = demo.folder / "churn-prediction"
    with (project / "runs/r81cc/metrics.csv").open(newline="") as file:
        written = [(int(r["step"]), float(r["val_f1"])) for r in csv.DictReader(file)]
    with closing(sqlite3.connect(project / "mlflow.db")) as database:
        logged = database.execute(
            "SELECT step, value FROM metrics JOIN runs USING (run_uuid)"
            " WHERE name = 'r81cc' AND key = 'val_f1' ORDER BY step"
        ).fetchall()
    assert logged == written


def test_a_script_run_in_the_project_makes_the_same_model_again(
    demo: DemoSummary, tmp_path: Path
) -> None:
    project = Path(shutil.copytree(demo.folder / "churn-prediction", tmp_path / "p"))
    before = contents(project / "models")
    command = ["scripts/train.py", "--config", "configs/train_r7a90.yaml"]
    subprocess.run([sys.executable, *command], cwd=project, check=True)
    after = contents(project / "models")
    name = "churn-cls-logreg-telco_v2-20260302-r7a90.safetensors"
    assert after[name][0] == before[name][0]
    assert after[name][1] != before[name][1]  # it was written anew


def test_nothing_of_the_scripts_stays_imported(demo: DemoSummary) -> None:
    assert "finetune" not in sys.modules
    assert not any("resources/demo" in folder for folder in sys.path)
