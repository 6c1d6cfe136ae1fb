"""SavedModel, checkpoints, TFLite and Core ML held against their own tools."""

from __future__ import annotations

import struct
import zlib

import pytest

from mlcatalog.domain.errors import FormatError
from mlcatalog.formats import registry

NUMPY = {"F32": "float32", "F16": "float16"}


@pytest.mark.parametrize(
    ("name", "key"),
    [("ckpt-1.index", "ckpt"), ("saved/variables/variables.index", "variables")],
)
def test_an_index_lists_the_variables_that_tensorflow_lists(name, key, made, expected):
    reading = made(f"tensorflow/{name}")
    found = {t.name: [NUMPY[t.dtype], list(t.shape)] for t in reading.tensors}
    assert found == expected("tensorflow")[key]


def test_equal_variables_have_one_digest_wherever_they_are(made, facts):
    saved = facts(made("tensorflow/saved/variables/variables.index"))
    checkpoint = facts(made("tensorflow/ckpt-1.index"))
    assert saved["weights.digest"] == checkpoint["weights.digest"]


def test_a_saved_model_tells_version_tags_and_signature(made, expected, facts):
    reading = made("tensorflow/saved/saved_model.pb")
    shown = facts(reading)
    assert shown["framework.version"] == expected("tensorflow")["version"]
    assert shown["tags"] == '["serve"]'
    assert (shown["inputs"], shown["outputs"]) == ('["measures"]', '["scores"]')
    assert [(c.name, c.type) for c in reading.columns] == [("measures", "F32 [-1, 4]")]
    assert not reading.notices


def test_operations_that_touch_files_are_a_finding(made):
    notices = made("tensorflow/unsafe/saved_model.pb").notices
    assert [one.rule for one in notices] == ["safety.code"]
    assert "WriteFile" in notices[0].message


def test_a_fingerprint_is_the_one_that_tensorflow_reads(made, expected, facts):
    shown = facts(made("tensorflow/saved/fingerprint.pb"))
    for key, value in expected("tensorflow")["fingerprint"].items():
        assert shown[f"fingerprint.{key}"] == value


def test_tflite_gives_inputs_outputs_and_weights(made, expected, facts, raw):
    reading, wanted = (
        made("tensorflow/tiny.tflite"),
        expected("tensorflow")["tiny.tflite"],
    )
    shown = facts(reading)
    assert shown["inputs"] == f'["{wanted["inputs"][0]}"]'
    assert shown["outputs"] == f'["{wanted["outputs"][0]}"]'
    (weights,) = reading.tensors
    assert [NUMPY[weights.dtype], list(weights.shape)] == wanted["tensors"]["matmul"]
    content = raw("tensorflow/tiny.tflite")[weights.offset :][: weights.size]
    values = struct.unpack("<12f", content)
    assert sorted(values) == [float(n) for n in range(12)]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("net.mlmodel", "net.mlmodel"),
        (
            "program.mlpackage/Data/com.apple.CoreML/model.mlmodel",
            "program.mlpackage",
        ),
    ],
)
def test_core_ml_tells_its_description(name, key, made, expected, facts):
    shown, wanted = facts(made(f"coreml/{name}")), expected("coreml")[key]
    assert shown["specification"] == str(wanted["specification"])
    for end in ("inputs", "outputs"):
        assert shown[end] == f'["{wanted[end][0]}"]'
    for word in ("summary", "owner", "license"):
        assert shown.get(word, "") == wanted[word]
    for note, value in wanted["notes"].items():
        assert shown[f"metadata.{note}"] == value


def test_core_ml_weights_lie_where_the_reader_says(made, expected, raw):
    folder = "coreml/program.mlpackage/Data/com.apple.CoreML/weights/weight.bin"
    first = made(folder).tensors[0]
    assert (first.dtype, first.shape) == ("F16", (4096,))
    start = raw(folder)[first.offset : first.offset + 32].hex()
    assert start == expected("coreml")["program.mlpackage"]["bytes"]


HOSTILE: dict[str, tuple[str, bytes]] = {
    "an index that ends otherwise": ("ckpt.index", bytes(100)),
    "an index whose handle lies": (
        "ckpt.index",
        bytes(2) + b"\xff" * 9 + bytes(29) + bytes.fromhex("57fb808b247547db"),
    ),
    "tflite with a root beyond the end": ("a.tflite", struct.pack("<I", 1 << 30) + b"TFL3"),
    "tflite with endless buffers": (
        "a.tflite",
        struct.pack("<I4s7HHiII", 24, b"TFL3", 14, 8, 0, 0, 0, 0, 4, 0, 16, 4, 1 << 31),
    ),
    "a blob before its header": (
        "weight.bin",
        struct.pack("<II", 9, 2) + bytes(56) + struct.pack("<IIQQ", 0xDEADBEEF, 1, 0, 0),
    ),
    "a saved model of noise": ("saved_model.pb", b"\x08\x01" + zlib.compress(b"x" * 99)),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_what_lies_is_refused(tmp_path, case):
    name, content = HOSTILE[case]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError):
        registry.read(path)
