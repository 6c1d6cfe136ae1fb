"""Keras and HDF5 files held against what Keras and h5py say of them."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.words import Kind
from mlcatalog.formats import registry

FIXTURES = Path(__file__).parent.parent / "fixtures"


@pytest.mark.parametrize("name", ["tiny.keras", "tiny.h5", "tiny.weights.h5"])
def test_weights_lie_where_the_reader_says(name, made, expected, raw):
    reading, wanted = made(f"keras/{name}"), expected("keras")
    assert reading.kind is Kind.MODEL
    content = raw(f"keras/{name}")
    found = [content[t.offset : t.offset + t.size].hex() for t in reading.tensors]
    assert sorted(found) == sorted(wanted["bytes"])
    shapes = sorted(list(tensor.shape) for tensor in reading.tensors)
    assert shapes == sorted(wanted["weights"].values())


@pytest.mark.parametrize("name", ["tiny.keras", "tiny.h5"])
def test_a_model_tells_layers_loss_and_version(name, made, expected, facts, params):
    reading = made(f"keras/{name}")
    shown = facts(reading)
    assert shown["framework.version"] == expected("keras")["version"]
    assert shown["parameters"] == str(expected("keras")["parameters"])
    assert shown["architecture"] == "Sequential"
    assert json.loads(shown["layers"]) == ["InputLayer", "Dense", "Dense"]
    assert shown["loss"] == "mse"
    rates = [value for key, value in params(reading).items() if "learning_rate" in key]
    assert [round(float(rate), 6) for rate in rates] == [0.01]


def test_code_in_a_layer_is_a_finding_and_does_not_run(made):
    notices = made("keras/code.keras").notices
    assert [(one.rule, one.severity) for one in notices] == [("safety.code", "error")]


@pytest.mark.parametrize(
    "name", ["tiny.h5", "tiny.weights.h5", "new.hdf5", "many.hdf5"]
)
def test_arrays_are_those_that_h5py_lists(name, expected):
    from mlcatalog.formats.hdf5 import Hdf5

    path = FIXTURES / "keras" / name
    with path.open("rb") as file:
        nodes = list(Hdf5(file, path, size=path.stat().st_size).nodes())
    arrays = {n.path: n for n in nodes if n.shape is not None}
    wanted = expected("keras")[name]
    assert arrays.keys() == wanted.keys()
    for key, (_, shape, offset) in wanted.items():
        assert list(arrays[key].shape or ()) == shape
        if arrays[key].size:
            assert arrays[key].offset == offset


def test_arrays_without_a_model_are_a_dataset(made, facts):
    reading = made("keras/new.hdf5")
    assert reading.kind is Kind.DATASET
    assert facts(reading)["rows"] == "20"
    assert facts(reading)["attribute.source"] == "sensor 7"
    assert {column.name for column in reading.columns} == {
        "label",
        "packed",
        "signal/left",
    }
    assert "away" in reading.notices[0].message  # a link to another file stays one


HEAD = b"\x89HDF\r\n\x1a\n"
HOSTILE = {
    "nothing behind the signature": HEAD,
    "addresses of seven bytes": HEAD + b"\0\0\0\0\0\7\7" + b"\0" * 90,
    "a root beyond the end": HEAD
    + b"\2\x08\x08\0"
    + struct.pack("<4Q", 0, 0, 0, 1 << 60),
    "a root that is the superblock": HEAD
    + b"\2\x08\x08\0"
    + struct.pack("<4Q", 0, 0, 0, 0)
    + b"\0" * 64,
    "a header that continues in itself": HEAD
    + b"\2\x08\x08\0"
    + struct.pack("<4Q", 0, 0, 0, 48)
    + b"\0" * 4
    + b"\1\0\1\0\1\0\0\0\x18\0\0\0\0\0\0\0"
    + struct.pack("<HHIQQ", 16, 16, 0, 64, 24),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_broken_structure_is_refused(tmp_path, case):
    path = tmp_path / "a.h5"
    path.write_bytes(HOSTILE[case])
    with pytest.raises(FormatError):
        registry.read(path)
