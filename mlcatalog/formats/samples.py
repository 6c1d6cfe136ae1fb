"""Streams of samples: WebDataset tars and TFRecord files.

Layouts: POSIX ustar headers of 512 bytes; TFRecord: u64 length, u32 masked
crc32c of it, the record, u32 masked crc32c (tensorflow/core/lib/io).
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import Column, Reading
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import saying
from mlcatalog.formats.bounded import damaged, exactly, truncated
from mlcatalog.formats.protobuf import Span, Walk

MEMBER_LIMIT = 300_000  # headers of a tar, records of a TFRecord file
RECORD_LIMIT = 64_000_000
KINDS = {1: "bytes", 2: "float", 3: "int64"}
POLYNOMIAL = 0x82F63B78


class TarReader:
    """Reads the names in a tar: samples of a WebDataset share all but endings."""

    format = "webdataset"
    title = "WebDataset shard"
    version = 1
    kind: Kind | None = Kind.DATASET
    suffixes: tuple[str, ...] = (".tar",)
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """The mark of a tar header."""
        return head[257:262] == b"ustar"

    def read(self, path: Path) -> Reading:
        """Samples and the endings of their parts; raises FormatError."""
        keys: dict[str, None] = {}
        endings: Counter[str] = Counter()
        files = 0
        with path.open("rb") as file:
            for name in _members(file, path):
                files += 1
                folder, _, last = name.rpartition("/")
                stem, _, ending = last.partition(".")
                keys[f"{folder}/{stem}"] = None
                endings[ending.lower()] += 1
        is_shard = bool(keys) and all(
            ending and count == len(keys) for ending, count in endings.items()
        )
        content = Evidence.CONTENT
        is_whole = files < MEMBER_LIMIT
        return Reading(
            self.format if is_shard else "tar",
            self.kind,
            facts=(
                *saying.fact("files", files, "headers", content),
                *saying.fact(
                    "rows",
                    len(keys) if is_shard and is_whole else None,
                    "names",
                    content,
                ),
            ),
            columns=tuple(
                Column(ending or "(none)", "file") for ending in list(endings)[:1_000]
            ),
        )


def _members(file: BinaryIO, path: Path) -> Iterator[str]:
    """The names of plain files; their bytes are stepped over."""
    size = file.seek(0, 2)
    place, longer = 0, ""
    for _ in range(MEMBER_LIMIT):
        if place + 512 > size:
            return
        file.seek(place)
        head = exactly(file, 512, path)
        if not head.strip(b"\0"):
            return
        if head[257:262] != b"ustar":
            raise damaged(path, "A header of the tar is broken")
        length = _octal(head[124:136])
        if place + 512 + length > size:
            raise truncated(path, has=size, needs=place + 512 + length)
        kind = head[156:157]
        if kind == b"L" and length < 65_536:  # GNU: the name of the next member
            longer = (
                exactly(file, length, path).rstrip(b"\0").decode("utf-8", "replace")
            )
        elif kind in (b"0", b"\0"):
            prefix = head[345:500].rstrip(b"\0") if head[257:263] == b"ustar\0" else b""
            name = head[:100].partition(b"\0")[0]
            whole = b"/".join(filter(None, (prefix, name))).decode("utf-8", "replace")
            yield longer or whole
            longer = ""
        place += 512 + -(-length // 512) * 512


def _octal(raw: bytes) -> int:
    if raw[0] & 0x80:  # base 256, for members of 8 GiB and more
        return int.from_bytes(raw[1:], "big")
    return int(raw.strip(b"\0 ") or b"0", 8)


class TfrecordReader:
    """Reads features of the first record, and counts the others by their lengths."""

    format = "tfrecord"
    title = "TFRecord samples"
    version = 1
    kind: Kind | None = Kind.DATASET
    suffixes: tuple[str, ...] = (".tfrecord", ".tfrecords", ".tfrec")
    names: tuple[str, ...] = ("*.tfrecord-*-of-*",)

    def claims(self, head: bytes) -> bool:
        """The checksum of the first length fits."""
        return len(head) >= 12 and masked(head[:8]) == int.from_bytes(
            head[8:12], "little"
        )

    def read(self, path: Path) -> Reading:
        """Features and records; raises FormatError."""
        records, place, first = 0, 0, b""
        with path.open("rb") as file:
            size = file.seek(0, 2)
            while place + 12 <= size and records < MEMBER_LIMIT:
                file.seek(place)
                length = int.from_bytes(exactly(file, 8, path), "little")
                if place + 16 + length > size:
                    raise truncated(path, has=size, needs=place + 16 + length)
                if not records and length <= RECORD_LIMIT:
                    file.seek(place + 12)
                    first = exactly(file, length, path)
                records += 1
                place += 16 + length
        columns = tuple(_features(first, path))
        is_whole = records < MEMBER_LIMIT
        content = Evidence.CONTENT
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.fact("rows", records if is_whole else None, "lengths", content),
                *saying.fact("columns", len(columns), "first record", content),
            ),
            columns=columns,
        )


def _features(raw: bytes, path: Path) -> Iterator[Column]:
    """The features of a tf.train.Example; none when the record is something else."""
    walk = Walk(io.BytesIO(raw), path)
    try:
        found = [
            dict(walk.fields(entry))
            for number, features in walk.fields(Span(0, len(raw)))
            if number == 1 and isinstance(features, Span)
            for inner, entry in walk.fields(features)
            if inner == 1 and isinstance(entry, Span)
        ]
        for pair in found:
            kinds = (
                [number for number, _ in walk.fields(value)]
                if isinstance(value := pair.get(2), Span)
                else []
            )
            name = walk.text(pair.get(1, 0))[:1_000]
            yield Column(name, KINDS.get(kinds[0], "?") if kinds else "empty")
    except FormatError:
        return


def masked(raw: bytes) -> int:
    """The masked crc32c that TensorFlow writes of some bytes."""
    crc = 0xFFFFFFFF
    for byte in raw:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (POLYNOMIAL if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
