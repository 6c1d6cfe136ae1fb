"""Damaged and hostile files: a Reading or a FormatError, and nothing runs."""

from __future__ import annotations

import bz2
import contextlib
import io
import json
import os
import pickle
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import Reading
from mlcatalog.formats import registry

ALL = Path(__file__).parent.parent / "fixtures"
FIXTURES = ALL / "formats"
NOT_FILES = {"make.py", "make_fixtures.py", "expected.json", "VERSIONS.txt"}
FILES = sorted(
    path
    for path in ALL.rglob("*")
    if path.is_file()
    and "trackers" not in path.parts
    and path.name not in NOT_FILES
    and registry.guess(path.name) is not None
)
LEGACY_HEAD = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})


def reads_or_refuses(path: Path) -> None:
    with contextlib.suppress(FormatError):
        assert isinstance(registry.read(path), Reading)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ALL)))
def test_a_file_cut_anywhere_is_read_or_refused(path, tmp_path):
    raw = path.read_bytes()
    cut = tmp_path / path.name
    for length in range(0, len(raw), max(1, len(raw) // 150)):
        cut.write_bytes(raw[:length])
        reads_or_refuses(cut)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ALL)))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    edits=st.lists(
        st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=8
    )
)
def test_a_file_with_changed_bytes_is_read_or_refused(path, tmp_path, edits):
    raw = bytearray(path.read_bytes())
    for place, byte in edits:
        raw[place % len(raw)] = byte
    changed = tmp_path / path.name
    changed.write_bytes(raw)
    reads_or_refuses(changed)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ALL)))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    start=st.integers(0, 1 << 16),
    length=st.integers(0, 64),
    piece=st.binary(max_size=16)
    | st.sampled_from([b"\xff" * 8, b"\0" * 8, b"\x7f" * 4]),
    times=st.integers(0, 3),
)
def test_a_file_with_pieces_put_in_or_out_is_read_or_refused(
    path, tmp_path, start, length, piece, times
):
    raw = path.read_bytes()
    start %= len(raw) + 1
    changed = tmp_path / path.name
    changed.write_bytes(raw[:start] + piece * times + raw[start + length :])
    reads_or_refuses(changed)


BINARY = {
    "arrow", "catboost", "coreml", "coreml weights", "gguf", "hdf5", "joblib", "keras",
    "keras hdf5", "keras weights", "npy", "npz", "onnx", "parquet", "pickle", "pytorch",
    "safetensors", "savedmodel", "savedmodel fingerprint", "skops",
    "tensorflow checkpoint", "tflite", "tfrecord", "torchscript",
    "training arguments", "webdataset", "xgboost",
}  # fmt: skip


def test_a_real_file_of_every_binary_format_is_changed_in_these_tests():
    read = set()
    for path in FILES:
        with contextlib.suppress(FormatError):
            read.add(registry.read(path).format)
    assert read >= BINARY


def test_safetensors_cut_short_say_that_they_are_truncated(tmp_path):
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes((FIXTURES / "notes.safetensors").read_bytes()[:-4])
    with pytest.raises(FormatError, match="truncated"):
        registry.read(cut)


class Payload:
    """Runs a command when it is loaded."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self._marker}",)


def _plain(raw: bytes) -> bytes:
    return raw


def _zipped(raw: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("model/data.pkl", raw)
    return packed.getvalue()


def _legacy(raw: bytes) -> bytes:
    heads = (pickle.dumps(one, protocol=2) for one in LEGACY_HEAD)
    return b"".join(heads) + raw + pickle.dumps([], protocol=2)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    ("name", "wrapped"),
    [
        ("model.pkl", _plain),
        ("model.joblib", zlib.compress),
        ("model.joblib", bz2.compress),
        ("model.pt", _zipped),
        ("model.ckpt", _legacy),
    ],
)
def test_a_malicious_pickle_is_named_and_not_run(tmp_path, name, wrapped, protocol):
    marker, path = tmp_path / "ran", tmp_path / name
    path.write_bytes(wrapped(pickle.dumps(Payload(marker), protocol=protocol)))
    reading = registry.read(path)
    assert [notice.rule for notice in reading.notices] == ["safety.pickle"]
    assert ".system" in reading.notices[0].message
    assert not marker.exists()


HOSTILE: dict[str, tuple[str, bytes]] = {
    "huge memo index": ("a.pkl", b"\x80\x04Nr\xff\xff\xff\x7f0N."),
    "huge text": ("b.pkl", b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7f."),
    "extension code": ("c.pkl", b"\x80\x02\x82\x01."),
    "deep json": ("d.json", b"[" * 100_000),
    "deep whole json": ("e.json", b"[" * 100_000 + b"]" * 100_000),
    "deep yaml": ("f.yaml", b"[" * 100_000),
    "yaml mapping keys": ("g.yaml", b"? [a]\n: 1\n"),
    "python tag": ("h.yaml", b"a: !!python/object/apply:os.system ['false']\n"),
    "huge header": ("i.safetensors", struct.pack("<Q", 1 << 62) + b"{}"),
    "deep code": ("j.py", b"(" * 50_000),
    "nul in code": ("k.py", b"x = 1\n" + b"\n" * 600 + b"\0"),
    "wide csv": ("l.csv", b"," * 300_000),
    "long csv field": ("m.csv", b'"' + b"a" * 2_000_000),
    "deep toml": ("n.toml", b"a = " + b"[" * 10_000),
    "endless header": ("o.npy", b"\x93NUMPY\x02\0\xff\xff\xff\x7f{"),
    "nested literal": ("p.npy", b"\x93NUMPY\x01\0\xe8\x03" + b"(" * 1_000),
    "empty": ("q.safetensors", b""),
    "empty config": ("r.yaml", b""),
    "big footer": ("s.parquet", b"PAR1" + b"\0" * 8 + b"\xff\xff\xff\x7fPAR1"),
    "odd card": ("README.md", b"---\nbase_model: [1, {a: b}]\nmodel-index: 3\n---\n"),
    "odd config": ("config.json", b'{"architectures": 3, "id2label": [], "dtype": []}'),
    "odd notebook": ("t.ipynb", b'{"cells": [1, {"cell_type": "code", "source": 3}]}'),
    "odd metrics": ("metrics.json", b'{"step": [1e400], "loss": [NaN, 1e999, "x"]}'),
    "odd tests": ("data_tests.json", b'{"results": {"a": 1}, "dataset": 4}'),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_read_or_refused(tmp_path, case):
    name, raw = HOSTILE[case]
    path = tmp_path / name
    path.write_bytes(raw)
    reads_or_refuses(path)


@pytest.mark.parametrize("merge", [False, True])
def test_a_billion_laughs_are_refused(tmp_path, merge):
    levels = ["a0: &a0 {x: lol, y: lol}" if merge else "a0: &a0 [lol, lol]"]
    for level in range(1, 12):
        ten = ", ".join([f"*a{level - 1}"] * 10)
        inner = f"{{<<: [{ten}]}}" if merge else f"[{ten}]"
        levels.append(f"a{level}: &a{level} {inner}")
    path = tmp_path / "laughs.yaml"
    path.write_text("\n".join(levels))
    with pytest.raises(FormatError):
        registry.read(path)


def test_a_packed_bomb_is_refused_before_it_unpacks(tmp_path):
    path = tmp_path / "bomb.joblib"
    path.write_bytes(
        zlib.compress(b"\x80\x04\x8e" + struct.pack("<Q", 10**8) + bytes(10**8))
    )
    with pytest.raises(FormatError):
        registry.read(path)


def test_onnx_data_outside_its_folder_is_a_notice(tmp_path):
    def part(number: int, raw: bytes) -> bytes:
        return bytes([number << 3 | 2, len(raw)]) + raw

    entry = part(13, part(1, b"location") + part(2, b"../../etc/passwd"))
    tensor = b"\x08\x01\x10\x01" + part(8, b"w") + entry
    path = tmp_path / "away.onnx"
    path.write_bytes(b"\x08\x08" + part(7, part(5, tensor)) + part(8, b"\x10\x11"))
    reading = registry.read(path)
    assert [notice.rule for notice in reading.notices] == ["safety.external-data"]
    assert json.loads(
        next(f.value.text for f in reading.facts if f.key == "external_data")
    ) == ["../../etc/passwd"]


@pytest.mark.parametrize(
    ("name", "member"), [("bomb.pt", "m/data.pkl"), ("bomb.npz", "a.npy")]
)
def test_a_zip_bomb_costs_no_memory(tmp_path, name, member):
    path = tmp_path / name
    raw = b"\x80\x04\x8e" + struct.pack("<Q", 10**8) + bytes(10**8)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, raw)
    with pytest.raises(FormatError):
        registry.read(path)
