"""Runs of TensorBoard: folders with event files.

A record is a length, its checksum, an Event message and its checksum
(tensorflow/core/lib/io/record_writer.h). Field numbers are those of
tensorflow/core/util/event.proto, summary.proto, tensor.proto and of
tensorboard/plugins/hparams/{plugin_data,api}.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import Fact, Notice, Param, Point, RunReading
from mlcatalog.domain.values import Value, clipped
from mlcatalog.trackers import told, wire

FILE_LIMIT = 1_000  # event files of one folder
RECORD_LIMIT = 64 * 2**20  # bytes; images and graphs are skipped
POINT_LIMIT = 5_000_000
SERIES_LIMIT = 20_000
MASK = 0xA282EAD8
SESSION_STATES = {1: "FINISHED", 2: "FAILED", 3: "RUNNING"}


class TensorboardTracker:
    """Reads scalars of both styles, hparams and the times of events."""

    tool = "tensorboard"
    title = "TensorBoard"
    version = 1

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """One name stands for all event files of a folder: the first."""
        found = self.owned(folder_names)
        return frozenset({min(found)} if found else ())

    def owned(self, folder_names: frozenset[str]) -> frozenset[str]:
        """Every event file."""
        return frozenset(n for n in folder_names if _is_events(n))

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The one run that the event files of a folder make; raises FormatError."""
        folder = place.parent
        paths = sorted(p for p in folder.iterdir() if _is_events(p.name))
        run = _Run()
        for path in paths[:FILE_LIMIT]:
            _read_file(path, run)
        if run.first is None and not run.params:
            return ()
        return (
            RunReading(
                tool=self.tool,
                native_id=_started_name(paths[0].name),
                name=folder.name,
                folder=str(folder),
                status=run.status,
                started=told.microseconds(run.first),
                ended=told.microseconds(run.last),
                facts=tuple(run.facts),
                params=tuple(run.params.values()),
                metrics=told.series(run.points),
                notices=tuple(run.notices),
                same=told.twins({p.key: p.value.text for p in run.params.values()}),
            ),
        )


def _is_events(name: str) -> bool:
    return ".tfevents." in name and not name.endswith(("/", ".profile-empty"))


def _started_name(name: str) -> str:
    """What tells this folder's run from others: its first file's time and host."""
    return name.partition(".tfevents.")[2]


@dataclass(slots=True)
class _Run:
    first: float | None = None
    last: float | None = None
    status: str = ""
    params: dict[str, Param] = field(default_factory=dict)
    points: dict[str, list[Point]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    total: int = 0
    plugins: dict[str, str] = field(default_factory=dict)  # tag to plugin


def _read_file(path: Path, run: _Run) -> None:
    """Add one file; a half-written last record is a live run's, and normal."""
    with path.open("rb") as file:
        for number, record in enumerate(_records(file, path, run)):
            try:
                _event(record, run)
            except wire.WireError as error:
                why = f"{path.name}: record {number} makes no sense ({error})"
                run.notices.append(Notice("integrity.unreadable", why))
                return


def _records(file: BinaryIO, path: Path, run: _Run) -> Iterator[bytes]:
    number = 0
    while len(head := file.read(12)) == 12:
        length, check = struct.unpack("<QI", head)
        if _masked(head[:8]) != check:
            if number == 0:
                raise FormatError(
                    "This is no TensorBoard event file",
                    where=str(path),
                    why="The checksum of its first record is wrong",
                    remedy="Look whether the file was copied whole.",
                )
            why = f"{path.name} is damaged after record {number}: what came before was kept"
            run.notices.append(Notice("integrity.unreadable", why))
            return
        number += 1
        if length > RECORD_LIMIT:
            file.seek(length + 4, 1)
            continue
        record = file.read(length)
        if len(record) < length or len(file.read(4)) < 4:
            return
        yield record


def _event(record: bytes, run: _Run) -> None:
    wall, step, summary = None, 0, b""
    for number, value in wire.fields(record):
        if number == 1:
            wall = wire.real(value)
        elif number == 2 and isinstance(value, int):
            step = value - 2**64 if value >= 2**63 else value
        elif number == 5 and isinstance(value, bytes):
            summary = value
    if wall is not None:
        run.first = wall if run.first is None else min(run.first, wall)
        run.last = wall if run.last is None else max(run.last, wall)
    for one in wire.messages(summary, 1):
        _summary(one, step, wall, run)


def _summary(message: bytes, step: int, wall: float | None, run: _Run) -> None:
    tag, simple, tensor, metadata = "", None, b"", b""
    for number, value in wire.fields(message):
        if number == 1 and isinstance(value, bytes):
            tag = clipped(value.decode("utf-8", "replace"))
        elif number == 2:
            simple = wire.real(value)
        elif number == 8 and isinstance(value, bytes):
            tensor = value
        elif number == 9 and isinstance(value, bytes):
            metadata = value
    plugin = wire.first(metadata, 1)
    name = wire.text(plugin, 1) or run.plugins.get(tag, "")
    if name:
        run.plugins.setdefault(tag, name)
    if name == "hparams":
        _hparams(tag, wire.first(plugin, 2), run)
        return
    number_found = simple if simple is not None else _scalar(tensor, name)
    if number_found is None or run.total >= POINT_LIMIT:
        return
    if tag in run.points or len(run.points) < SERIES_LIMIT:
        point = Point(step, number_found, told.microseconds(wall))
        run.points.setdefault(tag, []).append(point)
        run.total += 1


def _scalar(tensor: bytes, plugin: str) -> float | None:
    """The one number of a tensor that the scalars plugin wrote."""
    if not tensor or plugin != "scalars":
        return None
    dtype, content = 0, b""
    for number, value in wire.fields(tensor):
        if number == 1 and isinstance(value, int):
            dtype = value
        elif number in (4, 5, 6) and isinstance(value, bytes):
            content = value
    width = {1: 4, 2: 8}.get(dtype)  # DT_FLOAT, DT_DOUBLE
    return wire.real(content) if width == len(content) else None


def _hparams(tag: str, content: bytes, run: _Run) -> None:
    """Settings of the session out of HParamsPluginData."""
    started = wire.first(content, 3)
    for entry in wire.messages(started, 1):
        key, value = clipped(wire.text(entry, 1)), _protobuf_value(wire.first(entry, 2))
        if key:
            run.params[key] = Param(key, Value.of(value))
    group = wire.text(started, 4)
    run.facts += told.fact("group", group, f"{tag}: group_name")
    ended = wire.first(content, 4)
    if ended:
        run.status = SESSION_STATES.get(wire.whole(ended, 1), "")


def _protobuf_value(message: bytes) -> object:
    """google.protobuf.Value: null, number, text or boolean."""
    for number, value in wire.fields(message):
        if number == 2:
            found = wire.real(value)
            return int(found) if found is not None and found.is_integer() else found
        if number == 3 and isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        if number == 4:
            return bool(value)
    return None


def _table() -> tuple[int, ...]:
    found = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        found.append(byte)
    return tuple(found)


TABLE = _table()


def _masked(raw: bytes) -> int:
    """The masked CRC-32C of a record's length."""
    check = 0xFFFFFFFF
    for byte in raw:
        check = TABLE[(check ^ byte) & 0xFF] ^ (check >> 8)
    check ^= 0xFFFFFFFF
    return ((check >> 15 | check << 17) + MASK) & 0xFFFFFFFF
