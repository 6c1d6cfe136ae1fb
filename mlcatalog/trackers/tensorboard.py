"""Runs of TensorBoard: folders with event files.

A record is a length, its checksum, an Event message and its checksum
(tensorflow/core/lib/io/record_writer.h). Field numbers are those of
tensorflow/core/util/event.proto, summary.proto, tensor.proto and of
tensorboard/plugins/hparams/{plugin_data,api}.proto.
"""

from __future__ import annotations

import base64
import contextlib
import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.growth import START, Followed, Position
from mlcatalog.domain.reading import Fact, Notice, Param, Point, RunReading
from mlcatalog.domain.values import Value, clipped
from mlcatalog.trackers import told, wire

FILE_LIMIT = 1_000  # event files of one folder
RECORD_LIMIT = 64 * 2**20  # bytes; images and graphs are skipped
POINT_LIMIT = 5_000_000
SERIES_LIMIT = 20_000
LAYOUT = 1  # of a mark
MASK = 0xA282EAD8
SESSION_STATES = {1: "FINISHED", 2: "FAILED", 3: "RUNNING"}


class TensorboardTracker:
    """Reads scalars of both styles, hparams and the times of events."""

    tool = "tensorboard"
    title = "TensorBoard"
    version = 2

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """One name stands for all event files of a folder: the first."""
        found = self.owned(folder_names)
        return frozenset({min(found)} if found else ())

    def owned(self, folder_names: frozenset[str]) -> frozenset[str]:
        """Every event file."""
        return frozenset(n for n in folder_names if _is_events(n))

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The one run that the event files of a folder make; raises FormatError."""
        return self.follow(place, None).said

    def follow(
        self, place: Path, mark: bytes | None
    ) -> Followed[tuple[RunReading, ...]]:
        """The same, from the last whole record on where the files only grew."""
        folder = place.parent
        paths = sorted(p for p in folder.iterdir() if _is_events(p.name))
        run, files = _resumed(mark, paths[:FILE_LIMIT]) if mark else (_Run(), [])
        start = files[-1].position.offset if files else 0
        continues = bool(files)
        last = files.pop() if files else _File(paths[0].name)
        for path in paths[len(files) : FILE_LIMIT]:
            before = last if path.name == last.name else _File(path.name)
            files.append(_read_file(path, before, run))
        return Followed(
            self._runs(folder, paths[0].name, run),
            run.mark(files),
            continues=continues,
            start=start,
            log=paths[min(len(paths), FILE_LIMIT) - 1].name,
        )

    def _runs(self, folder: Path, first: str, run: _Run) -> tuple[RunReading, ...]:
        if run.first is None and not (run.params or run.points or run.counts):
            return ()  # Guild's summaries have no time
        return (
            RunReading(
                tool=self.tool,
                native_id=_started_name(first),
                name=folder.name,
                folder=str(folder),
                status=run.status,
                started=told.microseconds(run.first),
                ended=told.microseconds(run.last),
                facts=tuple(run.facts),
                params=tuple(run.params.values()),
                metrics=told.series(run.points, run.counts),
                notices=tuple(run.notices),
                same=told.twins({p.key: p.value.text for p in run.params.values()}),
            ),
        )


def _is_events(name: str) -> bool:
    return ".tfevents." in name and not name.endswith(("/", ".profile-empty"))


def _started_name(name: str) -> str:
    """What tells this folder's run from others: its first file's time and host."""
    return name.partition(".tfevents.")[2]


@dataclass(frozen=True, slots=True)
class _File:
    """How far one event file was read: to the end of its last whole record."""

    name: str
    position: Position = START
    size: int = 0
    records: int = 0
    is_damaged: bool = False

    def plain(self) -> list[object]:
        """As JSON has it."""
        place = self.position.plain()
        return [self.name, place, self.size, self.records, self.is_damaged]


@dataclass(slots=True)
class _Run:
    first: float | None = None
    last: float | None = None
    status: str = ""
    params: dict[str, Param] = field(default_factory=dict)
    points: dict[str, list[Point]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)  # points told earlier
    facts: list[Fact] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    total: int = 0
    plugins: dict[str, str] = field(default_factory=dict)  # tag to plugin
    sessions: list[str] = field(default_factory=list)  # summaries of hparams, base 85

    def mark(self, files: Iterable[_File]) -> bytes | None:
        """What reading on needs to know."""
        return told.packed(
            {
                "layout": LAYOUT,
                "files": [file.plain() for file in files],
                "times": [self.first, self.last],
                "plugins": self.plugins,
                "counts": told.counts(self.points, self.counts),
                "sessions": self.sessions,
                "notices": [[one.rule, one.message] for one in self.notices],
            }
        )


def _resumed(mark: bytes, paths: Sequence[Path]) -> tuple[_Run, list[_File]]:
    """What was read earlier; nothing where a file is not what it was."""
    state = told.unpacked(mark)
    files = [_File(n, Position(*p), *rest) for n, p, *rest in state.get("files", ())]
    if state.get("layout") != LAYOUT or not _only_grew(files, paths):
        return _Run(), []
    first, last = state["times"]
    run = _Run(first, last, plugins=state["plugins"], counts=state["counts"])
    run.tags, run.total = set(run.counts), sum(run.counts.values())
    run.notices = [Notice(rule, message) for rule, message in state["notices"]]
    for session in state["sessions"]:
        with contextlib.suppress(wire.WireError):  # told when it was read first
            _summary(base64.b85decode(session), 0, None, run)
    return run, files


def _only_grew(files: Sequence[_File], paths: Sequence[Path]) -> bool:
    """Whether the files are the first of the folder still, and but the last grew."""
    if not files or [file.name for file in files] != [
        p.name for p in paths[: len(files)]
    ]:
        return False
    for file, path in zip(files[:-1], paths, strict=False):
        status = path.stat()
        if (status.st_size, status.st_ino) != (file.size, file.position.inode):
            return False
    with paths[len(files) - 1].open("rb") as last:
        return files[-1].position.holds_in(last)


def _read_file(path: Path, before: _File, run: _Run) -> _File:
    """Add one file; a half-written last record is a live run's, and normal."""
    if before.is_damaged:
        return before
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        log = _Log(file, path, run, before.position.offset, before.records)
        for record in log.records():
            try:
                _event(record, run)
            except wire.WireError as error:
                number = log.number - 1
                why = f"{path.name}: record {number} makes no sense ({error})"
                run.notices.append(Notice("integrity.unreadable", why))
                log.is_damaged = True
                break
        here = Position.at(file, log.offset)
        return _File(path.name, here, size, log.number, log.is_damaged)


@dataclass(slots=True)
class _Log:
    """An open event file from its first unread record on."""

    file: BinaryIO
    path: Path
    run: _Run
    offset: int  # behind the last whole record
    number: int  # of records until there
    is_damaged: bool = False

    def records(self) -> Iterator[bytes]:
        """Whole records; raises FormatError when the first is none."""
        size = os.fstat(self.file.fileno()).st_size
        self.file.seek(self.offset)
        while len(head := self.file.read(12)) == 12:
            length, check = struct.unpack("<QI", head)
            if _masked(head[:8]) != check:
                self._damaged()
                return
            end = self.offset + 12 + length + 4
            if end > size:
                return
            self.number += 1
            self.offset = end
            if length > RECORD_LIMIT:
                self.file.seek(end)
                continue
            record = self.file.read(length)
            self.file.read(4)  # its checksum
            yield record

    def _damaged(self) -> None:
        if self.number == 0:
            raise FormatError(
                "This is no TensorBoard event file",
                where=str(self.path),
                why="The checksum of its first record is wrong",
                remedy="Look whether the file was copied whole.",
            )
        why = (
            f"{self.path.name} is damaged after record {self.number}: "
            "what came before was kept"
        )
        self.run.notices.append(Notice("integrity.unreadable", why))
        self.is_damaged = True


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
        run.sessions.append(base64.b85encode(message).decode())
        _hparams(tag, wire.first(plugin, 2), run)
        return
    number_found = simple if simple is not None else _scalar(tensor, name)
    if number_found is None or run.total >= POINT_LIMIT:
        return
    if tag in run.tags or len(run.tags) < SERIES_LIMIT:
        run.tags.add(tag)
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
