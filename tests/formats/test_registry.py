"""Who reads what, by name alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mlcatalog.domain.words import Kind
from mlcatalog.formats import registry
from mlcatalog.formats.documents import DictionaryReader

GUESSES: tuple[tuple[str, str, Kind | None], ...] = (
    ("a.safetensors", "safetensors", Kind.MODEL),
    ("A.SAFETENSORS", "safetensors", Kind.MODEL),
    ("model.safetensors.index.json", "shard index", Kind.MODEL),
    ("a.onnx", "onnx", Kind.MODEL),
    ("a.gguf", "gguf", Kind.MODEL),
    ("raw.csv.dvc", "dvc pointer", Kind.DATASET),
    ("a.keras", "keras", Kind.MODEL),
    ("a.weights.h5", "hdf5", Kind.MODEL),
    ("saved_model.pb", "savedmodel", Kind.MODEL),
    ("fingerprint.pb", "savedmodel fingerprint", None),
    ("model.ckpt-100.index", "tensorflow checkpoint", Kind.MODEL),
    ("a.tflite", "tflite", Kind.MODEL),
    ("a.mlmodel", "coreml", Kind.MODEL),
    ("weight.bin", "coreml weights", None),
    ("Manifest.json", "mlpackage manifest", None),
    ("a.skops", "skops", Kind.MODEL),
    ("a.ubj", "xgboost", Kind.MODEL),
    ("lgb_model.txt", "lightgbm", Kind.MODEL),
    ("a.cbm", "catboost", Kind.MODEL),
    ("a.arrow", "arrow", Kind.DATASET),
    ("a.tar", "webdataset", Kind.DATASET),
    ("train.tfrecord-00000-of-00004", "tfrecord", Kind.DATASET),
    ("dataset_info.json", "dataset info", None),
    ("state.json", "dataset state", None),
    ("datapackage.json", "datapackage", Kind.DOCUMENT),
    ("run_results.json", "dbt results", Kind.DOCUMENT),
    ("registry.db", "feast registry", Kind.DOCUMENT),
    ("junit.xml", "junit", Kind.DOCUMENT),
    (".zarray", "zarr", Kind.DATASET),
    ("Kitfile", "kitfile", Kind.CONFIG),
    ("modules.json", "sentence-transformers", None),
    ("latest", "ollama", Kind.DOCUMENT),
    ("generation_config.json", "generation config", None),
    ("best.pt", "pytorch", Kind.MODEL),
    ("epoch=1-step=4.ckpt", "pytorch", Kind.MODEL),
    ("pytorch_model-00001-of-00002.bin", "pytorch", Kind.MODEL),
    ("optimizer.pt", "companion", None),
    ("rng_state_0.pth", "companion", None),
    ("training_args.bin", "training arguments", None),
    ("tokenizer_config.json", "companion", None),
    ("trainer_state.json", "trainer state", None),
    ("a.joblib", "pickle", Kind.MODEL),
    ("a.csv", "csv", Kind.DATASET),
    ("a.tsv", "tsv", Kind.DATASET),
    ("a.jsonl", "jsonl", Kind.DATASET),
    ("a.parquet", "parquet", Kind.DATASET),
    ("a.npy", "npy", Kind.DATASET),
    ("a.npz", "npz", Kind.DATASET),
    ("metrics.jsonl", "metrics", Kind.RUN),
    ("metrics.csv", "metrics", Kind.RUN),
    ("eval.json", "metrics", Kind.RUN),
    ("all_results.json", "metrics", Kind.RUN),
    ("eval_config.json", "json", Kind.CONFIG),
    ("config.json", "huggingface config", Kind.CONFIG),
    ("adapter_config.json", "peft config", Kind.CONFIG),
    ("train.yaml", "yaml", Kind.CONFIG),
    ("train.toml", "toml", Kind.CONFIG),
    ("train.py", "python", Kind.SCRIPT),
    ("run.sh", "shell", Kind.SCRIPT),
    ("look.ipynb", "notebook", Kind.SCRIPT),
    ("requirements.txt", "requirements", Kind.ENVIRONMENT),
    ("requirements-dev.txt", "requirements", Kind.ENVIRONMENT),
    ("environment.yml", "conda", Kind.ENVIRONMENT),
    ("README.md", "card", Kind.DOCUMENT),
    ("notes.md", "markdown", Kind.DOCUMENT),
    ("telco_dictionary.csv", "data dictionary", Kind.DOCUMENT),
    ("data_tests_v3.json", "test results", Kind.DOCUMENT),
)


@pytest.mark.parametrize(("name", "format_name", "kind"), GUESSES)
def test_a_name_says_format_and_kind(name, format_name, kind):
    guessed = registry.guess(name)
    assert guessed is not None
    assert (guessed.format, guessed.kind) == (format_name, kind)


@pytest.mark.parametrize("name", ["a.exe", "mlflow.db", "train.log", "photo.jpg", ""])
def test_names_of_other_things_are_not_ours(name):
    assert registry.guess(name) is None


def test_every_reader_is_found_by_some_name():
    found = {registry.guess(name).format for name, _, _ in GUESSES}
    named = (one for one in registry.READERS if not getattr(one, "by_content", False))
    assert {reader.format for reader in named} <= found


def test_the_registry_loads_no_heavy_library():
    code = (
        "import sys, mlcatalog.formats.registry; "
        "sys.exit(bool({'numpy', 'yaml', 'torch', 'pyarrow'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_version_changes_with_any_reader():
    class NewerDictionary(DictionaryReader):
        version = DictionaryReader.version + 1

    known = registry.readers()
    newer = tuple(
        NewerDictionary() if type(one) is DictionaryReader else one for one in known
    )
    versions = [registry.reader_version(some) for some in (known, newer, known[1:])]
    assert len(set(versions)) == 3
    assert registry.reader_version() == versions[0]
