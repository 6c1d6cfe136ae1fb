"""LZ4 frames, as joblib writes them."""

from __future__ import annotations

import io
import pickle
import struct
from hashlib import sha256
from pathlib import Path

import pytest

from mlcatalog.domain.errors import FormatError
from mlcatalog.formats import registry
from mlcatalog.formats.lz4 import MAGIC, Lz4Stream

FIXTURES = Path(__file__).parent.parent / "fixtures" / "lz4"


def test_a_joblib_file_packed_with_lz4_tells_its_settings(made, expected, params):
    assert params(made("lz4/model.joblib"))["C"] == str(expected("lz4")["C"])


def test_linked_blocks_unpack_to_what_was_packed(expected):
    with (FIXTURES / "text.lz4").open("rb") as file:
        plain = io.BufferedReader(Lz4Stream(file)).read()
    assert [len(plain), sha256(plain).hexdigest()] == expected("lz4")["text"]


def frame(block: bytes, *, is_plain: bool = False) -> bytes:
    size = len(block) | (1 << 31 if is_plain else 0)
    return MAGIC + b"\x60\x40\x82" + struct.pack("<I", size) + block + bytes(4)


class Payload:
    def __reduce__(self):
        return exec, ("raise SystemExit",)


def test_a_malicious_pickle_in_lz4_is_named_and_not_run(tmp_path):
    path = tmp_path / "bad.joblib"
    path.write_bytes(frame(pickle.dumps(Payload()), is_plain=True))
    (notice,) = registry.read(path).notices
    assert "builtins.exec" in notice.message


HOSTILE = {
    "a match before the beginning": frame(b"\x10a\xff\xff"),
    "a match at no distance": frame(b"\x10a\0\0"),
    "a block longer than it may be": MAGIC + b"\x60\x40\x82\xff\xff\xff\x7f",
    "a bomb": frame(b"\x1fa\1\0" + b"\xff" * 20_000),
    "a block that ends too early": MAGIC + b"\x60\x40\x82\x10\0\0\0abc",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_lies_is_refused(tmp_path, case):
    path = tmp_path / "a.joblib"
    path.write_bytes(HOSTILE[case])
    with pytest.raises(FormatError):
        registry.read(path)
