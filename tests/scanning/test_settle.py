"""Tests of when a file counts as settled."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from mlcatalog.domain.moments import now
from mlcatalog.scanning.listing import Entry
from mlcatalog.scanning.settle import is_complete, is_settled

SECOND = 1_000_000


def entry_of(path: Path) -> Entry:
    s = path.stat()
    return Entry(
        os.fsencode(path.name),
        s.st_size,
        s.st_mtime_ns,
        s.st_ctime_ns,
        s.st_ino,
        s.st_dev,
    )


def safetensors(missing: int = 0) -> bytes:
    header = {"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}
    head = json.dumps(header).encode()
    return len(head).to_bytes(8, "little") + head + bytes(16 - missing)


def zipped(path: Path) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.pkl", "x" * 300)
    return path.read_bytes()


def test_a_quiet_file_has_settled_and_a_fresh_one_has_not(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("x")
    entry = entry_of(path)
    assert not is_settled(path, entry, now())
    assert is_settled(path, entry, now() + 3 * SECOND)
    assert is_settled(path, entry, now(), quiet=0)


def test_a_file_that_changed_since_it_was_listed_has_not_settled(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log.txt"
    path.write_text("x")
    entry = entry_of(path)
    path.write_text("xx")
    assert not is_settled(path, entry, now() + 60 * SECOND)
    path.unlink()
    assert not is_settled(path, entry, now() + 60 * SECOND)


def test_a_copy_with_an_old_time_waits_for_the_time_of_its_inode(
    tmp_path: Path,
) -> None:
    path = tmp_path / "copy"
    path.write_text("x")
    os.utime(path, (1, 1))
    assert not is_settled(path, entry_of(path), now())


def test_a_time_in_the_future_does_not_wait_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("x")
    os.utime(path, (4e9, 4e9))
    assert is_settled(path, entry_of(path), now() + 3 * SECOND)


def test_a_complete_safetensors_settles_at_once(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(safetensors())
    assert is_settled(path, entry_of(path), now())


@pytest.mark.parametrize(
    ("content", "complete"),
    [
        (safetensors(), True),
        (safetensors(missing=1), False),
        (safetensors()[:20], False),
        (b"PAR1" + bytes(20) + b"PAR1", True),
        (b"PAR1" + bytes(20), False),
        (b"PAR1", False),
        (b"", False),
        (b"plain text", False),
        (b"\xff" * 8 + b"{", False),
        (b"\x20" + bytes(7) + b'{"w":{"data_offsets":[0,99999' + b"9" * 5_000, False),
    ],
)
def test_a_format_proves_that_a_file_is_whole(
    tmp_path: Path, content: bytes, complete: bool
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert is_complete(path) is complete


def test_a_zip_is_whole_with_its_end_record(tmp_path: Path) -> None:
    path = tmp_path / "m.pt"
    whole = zipped(path)
    assert is_complete(path)
    path.write_bytes(whole[:-30])
    assert not is_complete(path)


def test_a_pipe_is_never_complete_and_nobody_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert not is_complete(tmp_path / "pipe")
