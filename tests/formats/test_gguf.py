"""GGUF held against the gguf package, and what it could be made to do."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from mlcatalog.domain.errors import FormatError
from mlcatalog.formats import registry
from mlcatalog.formats.gguf import TYPES


@pytest.mark.parametrize("name", ["tiny.gguf", "adapter.gguf"])
def test_keys_and_tensors_are_those_that_the_package_reads(name, made, expected):
    reading, wanted = made(f"gguf/{name}"), expected("gguf")[name]
    tensors = {
        t.name: [t.dtype, list(t.shape), t.offset, t.size] for t in reading.tensors
    }
    assert tensors == wanted["tensors"]
    assert sorted(param.key for param in reading.params) == wanted["keys"]


def test_every_tensor_type_of_the_package_has_its_size(expected):
    known = {name: [block, width] for name, block, width in TYPES.values()}
    assert known == expected("gguf")["types"]


def test_base_data_and_source_are_claims(made, facts, said):
    reading = made("gguf/tiny.gguf")
    assert said(reading) == {
        ("derived_from", "hub", "acme/tiny-base"),
        ("trained_on", "hub", "acme/talks"),
        ("converted_from", "hub", "acme/tiny-chat"),
    }
    shown = facts(reading)
    assert shown["architecture"] == "llama"
    assert shown["quantization"] == "Q8_0"
    assert shown["vocabulary"] == "205"
    assert shown["tags"] == '["chat", "tiny"]'


def test_an_adapter_says_so(made, said):
    assert said(made("gguf/adapter.gguf")) == {("adapter_of", "hub", "acme/tiny-base")}


def gguf(pairs: list[bytes], tail: bytes = b"", tensors: int = 0) -> bytes:
    return (
        b"GGUF" + struct.pack("<IQQ", 3, tensors, len(pairs)) + b"".join(pairs) + tail
    )


def text(word: bytes) -> bytes:
    return struct.pack("<Q", len(word)) + word


def words(key: bytes, listed: list[bytes]) -> bytes:
    head = text(key) + struct.pack("<IIQ", 9, 8, len(listed))
    return head + b"".join(map(text, listed))


ODD = [
    b"",
    b"\0" * 7,
    b"\0" * 9,
    b"a" * 255,
    b"a" * 256,
    b"b" * 70_000,
    b"\1" + b"\0" * 8,
]


@pytest.mark.parametrize("every", [1, 2, 7, 90, 100_000])
def test_what_follows_a_vocabulary_is_found_whatever_its_words_are(tmp_path, every):
    listed = [b"word%d" % n for n in range(70_000)]
    for place, odd in enumerate(ODD * (3 if every < 10 else 1)):
        listed.insert(80 + place * every, odd)
    path = tmp_path / "words.gguf"
    pairs = [words(b"tokens", listed), text(b"last") + struct.pack("<II", 4, 77)]
    path.write_bytes(gguf(pairs))
    found = {param.key: param.value.text for param in registry.read(path).params}
    assert found == {"tokens": f"{len(listed):,} values", "last": "77"}


HOSTILE: dict[str, bytes] = {
    "endless pairs": b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 62),
    "endless tensors": b"GGUF" + struct.pack("<IQQ", 3, 1 << 62, 0),
    "endless text": gguf([struct.pack("<Q", 1 << 63)]),
    "endless array": gguf([text(b"a") + struct.pack("<IIQ", 9, 4, 1 << 61)]),
    "nested arrays": gguf([text(b"a") + struct.pack("<IIQ", 9, 9, 1) * 100]),
    "unknown type": gguf([text(b"a") + struct.pack("<I", 99)]),
    "a tensor beyond the end": gguf(
        [], text(b"w") + struct.pack("<IQIQ", 1, 8, 0, 1 << 40), tensors=1
    ),
    "an impossible shape": gguf(
        [], text(b"w") + struct.pack("<IQQIQ", 2, 1 << 40, 1 << 40, 0, 0), tensors=1
    ),
    "a vocabulary that ends too early": gguf([words(b"t", [b"a"] * 500)])[:-3],
    "a future version": b"GGUF" + struct.pack("<IQQ", 9, 0, 0),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_header_that_lies_is_refused(tmp_path, case):
    path = tmp_path / "a.gguf"
    path.write_bytes(HOSTILE[case])
    with pytest.raises(FormatError):
        registry.read(path)


def test_a_model_cut_short_says_that_it_is_truncated(tmp_path: Path, raw):
    path = tmp_path / "cut.gguf"
    path.write_bytes(raw("gguf/tiny.gguf")[:-8])
    with pytest.raises(FormatError, match="truncated"):
        registry.read(path)
