"""Tests of digests and fingerprints."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcatalog.domain.errors import Cancelled
from mlcatalog.domain.reading import Tensor
from mlcatalog.scanning.digest import ChangedWhileReadError, digest, manifest

NOISE = random.Random(7).randbytes(100_000)


def f32(name: str, elements: int, offset: int | None) -> Tensor:
    return Tensor(name, "F32", (elements,), offset, 4 * elements)


def one(path: Path, content: bytes, tensor: Tensor, **options: int) -> str | None:
    path.write_bytes(content)
    return digest(path, [tensor], **options).tensors[0]


@pytest.mark.parametrize("size", [0, 1, 4_096, 100_000])
@pytest.mark.parametrize("block", [512, 1 << 20])
def test_the_digest_is_sha256(tmp_path: Path, size: int, block: int) -> None:
    path = tmp_path / "x"
    path.write_bytes(NOISE[:size])
    tensors = [f32("w", 64, 0)] if size > 256 else []
    found = digest(path, tensors, block=block)
    assert found.sha256 == hashlib.sha256(NOISE[:size]).hexdigest()
    assert found.size == size


def test_a_fingerprint_survives_renaming_and_moving(tmp_path: Path) -> None:
    path = tmp_path / "x"
    weights = NOISE[:4_000]
    expected = one(path, weights, f32("a", 1_000, 0))
    assert expected is not None
    assert one(path, b"head" + weights + b"tail", f32("b", 1_000, 4)) == expected
    other = Tensor("c", "torch.float32", (1_000,), 4, 4_000)
    assert one(path, b"head" + weights, other) == expected
    shaped = Tensor("c", "F32", (10, 100), 0, 4_000)
    assert one(path, weights, shaped) != expected
    assert one(path, weights[1:] + b"x", f32("a", 1_000, 0)) != expected


@pytest.mark.parametrize("block", [64, 100, 1_000, 1 << 20])
def test_a_fingerprint_does_not_depend_on_blocks(tmp_path: Path, block: int) -> None:
    path = tmp_path / "x"
    tensors = [f32("a", 1_000, 10), f32("b", 900, 4_010), f32("over", 1_500, 100)]
    path.write_bytes(NOISE[:9_000])
    assert digest(path, tensors, block=block) == digest(path, tensors)
    assert None not in digest(path, tensors).tensors


@pytest.mark.parametrize(
    ("content", "tensor"),
    [
        (NOISE, f32("small", 63, 0)),
        (NOISE, f32("no bytes of its own", 100, None)),
        (NOISE, f32("past the end", 100, len(NOISE) - 100)),
        (NOISE, f32("negative", 100, -1)),
        (bytes(4_000), f32("zeros", 1_000, 0)),
        (b"\x00\x00\x80\x3f" * 1_000, f32("ones", 1_000, 0)),
        (b"x" + b"\x00\x00\x80\x3f" * 1_000, f32("ones, at an odd place", 1_000, 1)),
        (NOISE, Tensor("empty", "F32", (0, 3), 0, 0)),
    ],
)
@pytest.mark.parametrize("block", [61, 1 << 20])
def test_what_proves_nothing_has_no_fingerprint(
    tmp_path: Path, content: bytes, tensor: Tensor, block: int
) -> None:
    assert one(tmp_path / "x", content, tensor, block=block) is None


def test_a_constant_but_for_its_last_element_has_a_fingerprint(tmp_path: Path) -> None:
    content = bytes(3_999) + b"\x01"
    for block in (61, 1 << 20):
        assert one(tmp_path / "x", content, f32("w", 1_000, 0), block=block)


def test_tied_weights_are_taken_once_and_answered_twice(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(NOISE)
    tied = [f32(f"t{i}", 25_000, 0) for i in range(50)]
    found = digest(path, tied).tensors
    assert found[0] is not None
    assert set(found) == {found[0]}


def test_a_header_that_asks_for_too_much_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(NOISE)
    greedy = [Tensor(f"t{i}", "F32", (20_000 + i,), 0, 80_000 + i) for i in range(50)]
    assert sum(found is not None for found in digest(path, greedy).tensors) <= 5


def at_once(action: Callable[[], object]) -> Callable[[int, int | None, str], None]:
    done: list[int] = []

    def report(*_: object) -> None:
        if not done:
            done.append(1)
            action()

    return report


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for change in (
        lambda: path.write_bytes(NOISE[::-1]),
        lambda: path.write_bytes(b""),
        path.unlink,
        lambda: (tmp_path / "y").rename(path),
    ):
        path.write_bytes(NOISE)
        os.utime(path, (1, 1))
        (tmp_path / "y").write_bytes(NOISE)
        with pytest.raises(ChangedWhileReadError):
            digest(path, progress=at_once(change), block=1_000)


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(NOISE)

    def stop(*_: object) -> None:
        raise Cancelled

    for tensors in ([], [f32("w", 1_000, 0)]):
        with pytest.raises(Cancelled):
            digest(path, tensors, stop)


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        digest(tmp_path / "pipe")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_manifest_tells_every_change_apart() -> None:
    one_tree = {b"a": sha("1"), b"d/b": sha("2"), b"d/e/c": sha("3")}
    variants = [
        {},
        one_tree,
        {**one_tree, b"a": sha("9")},
        {**one_tree, b"d/e/c": sha("9")},
        {b"a": sha("1"), b"d/b": sha("2"), b"d/ec": sha("3")},
        {b"a": sha("1"), b"d/b": sha("2"), b"d/f/c": sha("3")},
        {b"a": sha("1"), b"b": sha("2"), b"c": sha("3")},
    ]
    assert len({manifest(tree) for tree in variants}) == len(variants)
    assert manifest(dict(reversed(one_tree.items()))) == manifest(one_tree)


@given(st.dictionaries(st.binary(min_size=1, max_size=6), st.text(max_size=3)))
def test_a_manifest_takes_any_names(tree: dict[bytes, str]) -> None:
    members = {name: sha(text) for name, text in tree.items()}
    assert manifest(members) == manifest(dict(sorted(members.items(), reverse=True)))
