"""Our readers held against what each library says of its own file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlcatalog.domain.reading import Reading
from mlcatalog.domain.words import Kind
from mlcatalog.formats import registry

FIXTURES = Path(__file__).parent.parent / "fixtures" / "formats"
EXPECTED = json.loads((FIXTURES / "expected.json").read_text())
TORCH = ("zip.pt", "legacy.pt", "module.pth")
ESTIMATORS = tuple(name for name in EXPECTED if name.startswith("sklearn"))


def fact(reading: Reading, key: str) -> str:
    return next((f.value.text for f in reading.facts if f.key == key), "")


def test_safetensors_give_the_tensors_that_the_library_gives():
    reading = registry.read(FIXTURES / "notes.safetensors")
    found = {one.name: [one.dtype, list(one.shape)] for one in reading.tensors}
    assert found == EXPECTED["notes.safetensors"]["tensors"]
    said = {(claim.relation.value, claim.target.id) for claim in reading.claims}
    assert said >= {
        ("derived_from", "acme/base"),
        ("trained_on", "data/a.csv"),
        ("produced_by", "r1"),
    }
    assert fact(reading, "parameters") == "20"


def test_onnx_gives_initializers_constants_and_properties():
    reading = registry.read(FIXTURES / "linear.onnx")
    expected = EXPECTED["linear.onnx"]
    shapes = {one.name: list(one.shape) for one in reading.tensors}
    assert expected["initializers"].items() <= shapes.items()
    assert len(shapes) == 2  # one more lies in a Constant node
    assert fact(reading, "producer") == f"{expected['producer']} 1"
    assert fact(reading, "opset") == str(expected["opset"])
    assert json.loads(fact(reading, "inputs")) == expected["inputs"]
    assert fact(reading, "task") == "regression"


@pytest.mark.parametrize("name", [*TORCH, "stored.npz"])
def test_tensors_lie_where_the_reader_says(name):
    raw = (FIXTURES / name).read_bytes()
    tensors = registry.read(FIXTURES / name).tensors
    shapes = {one.name: list(one.shape) for one in tensors}
    assert shapes == EXPECTED[name]["tensors"]
    for one in tensors:
        assert one.offset is not None
        found = raw[one.offset : one.offset + one.size]
        assert found.hex() == EXPECTED[name]["bytes"][one.name]


@pytest.mark.parametrize("name", ["zip.pt", "legacy.pt"])
def test_checkpoints_tell_progress_and_settings(name):
    reading = registry.read(FIXTURES / name)
    params = {param.key: param.value.text for param in reading.params}
    assert (fact(reading, "epoch"), fact(reading, "step")) == ("3", "120")
    assert params == {"lr": "0.1", "layers.hidden": "8"}
    assert not reading.notices


@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimators_tell_settings_features_and_version(name):
    reading = registry.read(FIXTURES / name)
    expected = EXPECTED[name]
    params = {param.key: param.value.text for param in reading.params}
    assert params["C"] == str(expected["C"])
    assert params["max_iter"] == str(expected["max_iter"])
    assert fact(reading, "framework.version") == expected["version"]
    assert json.loads(fact(reading, "features")) == expected["features"]
    assert json.loads(fact(reading, "classes")) == expected["classes"]
    assert fact(reading, "architecture") == "LogisticRegression"
    assert not reading.notices


def test_parquet_gives_columns_rows_and_keys():
    reading = registry.read(FIXTURES / "table.parquet")
    expected = EXPECTED["table.parquet"]
    assert [column.name for column in reading.columns] == expected["columns"]
    assert fact(reading, "rows") == str(expected["rows"])
    assert fact(reading, "producer") == expected["created_by"]
    assert sorted(json.loads(fact(reading, "metadata.keys"))) == expected["keys"]


@pytest.mark.parametrize("name", ["table.csv", "table.jsonl"])
def test_text_tables_give_columns_and_rows(name):
    reading = registry.read(FIXTURES / name)
    types = {column.name: column.type for column in reading.columns}
    assert list(types) == ["age", "name", "score", "when"]
    assert (types["age"], types["score"], types["name"]) == ("integer", "real", "text")
    assert fact(reading, "rows") == "3"
    assert reading.kind is Kind.DATASET


def test_packed_arrays_have_shapes_and_no_place():
    tensors = registry.read(FIXTURES / "packed.npz").tensors
    shapes = {one.name: list(one.shape) for one in tensors}
    assert shapes == EXPECTED["packed.npz"]["tensors"]
    assert {one.offset for one in tensors} == {None}
