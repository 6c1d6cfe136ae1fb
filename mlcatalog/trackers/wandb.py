"""Runs of Weights & Biases: `wandb/run-…` and `wandb/offline-run-…` folders.

The log is LevelDB's framing (a header of 7 bytes, blocks of 32 KiB) around
Record messages; field numbers are those of wandb/proto/wandb_internal.proto.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.growth import START, Followed, Position
from mlcatalog.domain.reading import (
    Claim,
    Fact,
    Notice,
    Param,
    Point,
    Reference,
    RunReading,
    Scheme,
)
from mlcatalog.domain.values import clipped
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.trackers import bounded_yaml, told, wire
from mlcatalog.trackers.hydra import flattened

FOLDER = re.compile(r"(?:offline-)?run-(\d{8}_\d{6})-([^/]+)/?$")
LOG = re.compile(r"run-(.+)\.wandb$")
HEADER = b":W&B"
BLOCK = 32_768
LAYOUT = 1  # of a mark
RECORD_LIMIT = 64 * 2**20
POINT_LIMIT = 5_000_000
SERIES_LIMIT = 20_000
OUTPUTS = {"model": Kind.MODEL, "dataset": Kind.DATASET}


class WandbTracker:
    """Reads the log where there is one, and the files of a synced run."""

    tool = "wandb"
    title = "Weights & Biases"
    version = 1

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The run folders in `wandb/`; `latest-run` only links to one."""
        return frozenset(
            name for name in folder_names if name.endswith("/") and FOLDER.match(name)
        )

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The one run of a folder; raises FormatError."""
        return self.follow(place, None).said

    def follow(
        self, place: Path, mark: bytes | None
    ) -> Followed[tuple[RunReading, ...]]:
        """The same, from the last whole record on where the log only grew."""
        logs = sorted(p for p in place.iterdir() if LOG.match(p.name))
        named = FOLDER.match(place.name)
        name = named.group(2) if named else place.name
        run = (_resumed(mark, logs, name) if mark else None) or _Run(name)
        start = run.position.offset
        for path in logs[:1]:
            _read_log(path, run)
        ahead = run.mark(logs[0].name) if run.position.offset else None
        _read_files(place / "files", run)
        if not logs and not run.config and not run.summary:
            raise FormatError(
                "This folder holds no run of Weights & Biases",
                where=str(place),
                why="It has neither a .wandb log nor the files of a synced run",
            )
        return Followed(
            (run.reading(place),),
            ahead,
            continues=start > 0,
            start=start,
            log=logs[0].name if logs else "",
        )


@dataclass(slots=True)
class _Run:
    id: str = ""
    name: str = ""
    status: str = ""
    started: int | None = None
    seconds: float | None = None
    config: dict[str, object] = field(default_factory=dict)
    summary: dict[str, object] = field(default_factory=dict)
    points: dict[str, list[Point]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    total: int = 0
    position: Position = START  # behind the last whole record of the log
    counts: dict[str, int] = field(default_factory=dict)  # points told earlier
    names: set[str] = field(default_factory=set)  # of series
    records: list[str] = field(default_factory=list)  # all but measurements, base 85

    def mark(self, log: str) -> bytes | None:
        """What reading on needs to know."""
        return told.packed(
            {
                "layout": LAYOUT,
                "log": log,
                "position": self.position.plain(),
                "summary": self.summary,
                "counts": told.counts(self.points, self.counts),
                "records": self.records,
                "notices": [[one.rule, one.message] for one in self.notices],
            }
        )

    def reading(self, place: Path) -> RunReading:
        """All that was found."""
        own = {key: value for key, value in self.config.items() if key != "_wandb"}
        for key, value in self.summary.items():
            number = told.number_of(value)
            if number is not None and not key.startswith("_") and key not in self.names:
                self.points[key] = [Point(None, number)]
        ended = None
        if self.started is not None and self.seconds is not None:
            ended = self.started + int(self.seconds * 1_000_000)
        params: tuple[Param, ...] = tuple(flattened(own)) if own else ()
        return RunReading(
            tool="wandb",
            native_id=self.id,
            name=self.name or self.id,
            folder=str(place),
            status=self.status,
            started=self.started,
            ended=ended if self.status else None,
            facts=tuple(dict.fromkeys(self.facts)),
            params=params,
            metrics=told.series(self.points, self.counts),
            claims=tuple(dict.fromkeys(self.claims)),
            notices=tuple(self.notices),
            same=told.twins(own),
        )


def _resumed(mark: bytes, logs: Sequence[Path], name: str) -> _Run | None:
    """What was read earlier; None where the log is not what it was."""
    state = told.unpacked(mark)
    if state.get("layout") != LAYOUT or not logs or state["log"] != logs[0].name:
        return None
    position = Position(*state["position"])
    with logs[0].open("rb") as file:
        if not position.holds_in(file):
            return None
    run = _Run(name)
    for record in state["records"]:
        with contextlib.suppress(wire.WireError, ValueError):  # told at first
            _record(base64.b85decode(record), run)
    run.position, run.summary, run.counts = position, state["summary"], state["counts"]
    run.names, run.total = set(run.counts), sum(run.counts.values())
    run.notices = [Notice(rule, message) for rule, message in state["notices"]]
    return run


def _read_log(path: Path, run: _Run) -> None:
    with path.open("rb") as file:
        head = file.read(7)
        if len(head) < 7 and HEADER.startswith(head[:4]):
            return  # a run that has just begun
        if head[:4] != HEADER:
            raise FormatError(
                "This is no log of Weights & Biases",
                where=str(path),
                why="Its first bytes are not those of a .wandb file",
            )
        offset = max(run.position.offset, 7)
        if run.notices:
            return  # damaged: what came before was kept
        file.seek(offset)
        try:
            for record, end in _records(file, path, run):
                _record(record, run)
                offset = end
        except (wire.WireError, ValueError) as error:
            why = f"{path.name} is damaged: what came before was kept ({error})"
            run.notices.append(Notice("integrity.unreadable", why))
        run.position = Position.at(file, offset)


def _records(file: BinaryIO, path: Path, run: _Run) -> Iterator[tuple[bytes, int]]:
    """Whole records and their ends; the half-written last one is left out."""
    parts: list[bytes] = []
    size, place = 0, file.tell()
    while True:
        left = BLOCK - place % BLOCK
        if left < 7:
            if len(file.read(left)) < left:
                return
            place += left
            continue
        head = file.read(7)
        if len(head) < 7:
            return
        check, length, kind = struct.unpack("<IHB", head)
        piece = file.read(length)
        if len(piece) < length:
            return
        place += 7 + length
        if kind == 0 and length == 0:
            continue
        if zlib.crc32(piece, zlib.crc32(bytes([kind]))) != check:
            why = f"{path.name} has a wrong checksum: what came before was kept"
            run.notices.append(Notice("integrity.unreadable", why))
            return
        size = size + length if kind in (3, 4) else length
        parts = [*parts, piece] if kind in (3, 4) else [piece]
        if kind in (1, 4) and size <= RECORD_LIMIT:
            yield b"".join(parts), place
        if size > RECORD_LIMIT:
            parts = []


def _record(record: bytes, run: _Run) -> None:
    for number, value in wire.fields(record):
        if isinstance(value, bytes) and number in READERS:
            if number not in MEASURED:
                run.records.append(base64.b85encode(record).decode())
            READERS[number](value, run)


def _history(message: bytes, run: _Run) -> None:
    row = dict(_items(message, 1))
    step = row.get("_step")
    if not isinstance(step, int):
        step = wire.whole(wire.first(message, 2), 1)
    time = told.microseconds(row.get("_timestamp"))
    for key, value in row.items():
        number = (
            told.number_of(value) if not isinstance(value, str) else _special(value)
        )
        if number is None or key.startswith("_") or run.total >= POINT_LIMIT:
            continue
        if key in run.names or len(run.names) < SERIES_LIMIT:
            run.names.add(key)
            run.points.setdefault(key, []).append(Point(step, number, time))
            run.total += 1


def _special(text: str) -> float | None:
    return told.number_of(text) if text in ("NaN", "Infinity", "-Infinity") else None


def _items(message: bytes, field_number: int) -> Iterator[tuple[str, object]]:
    """Key and value of items: the key in one piece or nested, the value as JSON."""
    for item in wire.messages(message, field_number):
        nested = [part.decode("utf-8", "replace") for part in wire.messages(item, 2)]
        key = clipped(wire.text(item, 1) or ".".join(nested))
        try:
            value = json.loads(wire.first(item, 16) or b"null")
        except (ValueError, RecursionError):
            value = None
        if key:
            yield key, value


def _config(message: bytes, run: _Run) -> None:
    run.config.update(_items(message, 1))


def _summary(message: bytes, run: _Run) -> None:
    run.summary.update(_items(message, 1))


def _run_record(message: bytes, run: _Run) -> None:
    run.id = wire.text(message, 1) or run.id
    run.name = wire.text(message, 8) or run.name
    config = wire.first(message, 4)
    if config:
        _config(config, run)
    started = wire.first(message, 17)
    if started:
        run.started = (
            wire.whole(started, 1) * 1_000_000 + wire.whole(started, 2) // 1_000
        )
    for key, number in (("project", 3), ("group", 6), ("job_type", 7), ("notes", 9)):
        run.facts += told.fact(key, wire.text(message, number), f"run.{key}")
    for tag in wire.messages(message, 10):
        run.facts += told.fact("tag", tag.decode("utf-8", "replace"), "run.tags")
    git = wire.first(message, 21)
    if git:
        run.facts += told.fact("code.remote", wire.text(git, 1), "run.git.remote_url")
        run.facts += told.fact("code.commit", wire.text(git, 2), "run.git.commit")


def _exit(message: bytes, run: _Run) -> None:
    code = wire.whole(message, 1)
    run.status = "FAILED" if code else "FINISHED"
    run.seconds = float(wire.whole(message, 2))


def _environment(message: bytes, run: _Run) -> None:
    """EnvironmentRecord: what wandb-metadata.json has for synced runs."""
    facts = (("python", 2), ("user", 13), ("code.program", 6))
    for key, number in facts:
        run.facts += told.fact(key, wire.text(message, number), f"environment.{key}")
    git = wire.first(message, 9)
    run.facts += told.fact("code.commit", wire.text(git, 2), "environment.git.commit")
    _script(wire.text(message, 7) or wire.text(message, 6), run)


def _script(program: str, run: _Run) -> None:
    if program and not program.startswith("<"):
        target = Reference(Scheme.PATH, program, kind=Kind.SCRIPT)
        run.claims.append(told.claim(Relation.EXECUTED, target, "environment.program"))


def _artifact(message: bytes, run: _Run) -> None:
    """ArtifactRecord: an output with the files it was made of."""
    kind = OUTPUTS.get(wire.text(message, 4))
    name = wire.text(message, 5)
    digest = wire.text(message, 6)
    shown = f"{name} ({wire.text(message, 4)}) {digest}".strip()
    run.facts += told.fact("logged artifact", shown, "artifact")
    if kind is None:
        return
    for entry in wire.messages(wire.first(message, 12), 4):
        local = wire.text(entry, 6) or wire.text(entry, 1)
        if not local:
            continue
        subject = Reference(Scheme.PATH, local, kind=kind)
        target = Reference(Scheme.RUN, f"wandb:{run.id}", kind=Kind.RUN)
        run.claims.append(
            told.claim(
                Relation.PRODUCED_BY,
                target,
                f"artifact.{name}",
                subject=subject,
                detail=f"digest {digest}",
            )
        )


def _use_artifact(message: bytes, run: _Run) -> None:
    kind, name = wire.text(message, 2), wire.text(message, 3)
    run.facts += told.fact("used artifact", f"{name} ({kind})", "use_artifact")
    bare = name.partition(":")[0].rpartition("/")[2]
    if bare and kind in OUTPUTS:
        target = Reference(Scheme.NAME, bare, kind=OUTPUTS[kind])
        relation = Relation.TRAINED_ON if kind == "dataset" else Relation.STARTED_FROM
        run.claims.append(told.claim(relation, target, "use_artifact", detail=name))


READERS = {
    2: _history,
    3: _summary,
    5: _config,
    8: _artifact,
    17: _run_record,
    18: _exit,
    25: _use_artifact,
    26: _environment,
}


MEASURED = frozenset({2, 3})  # history and summary: kept as counts and values


def _read_files(folder: Path, run: _Run) -> None:
    """The files that W&B writes beside the log when it is online."""
    config = bounded_yaml.table(folder / "config.yaml")
    for key, value in config.items():
        inner = bounded_yaml.as_table(value)
        if key not in ("wandb_version", "_wandb"):
            run.config.setdefault(key, inner.get("value", value))
    for key, value in told.json_table(folder / "wandb-summary.json").items():
        run.summary.setdefault(key, value)
    metadata = told.json_table(folder / "wandb-metadata.json")
    run.facts += _metadata_facts(metadata)
    if run.started is None:
        run.started = told.moment(metadata.get("startedAt"))
    program = metadata.get("codePath") or metadata.get("program")
    _script(program if isinstance(program, str) else "", run)


def _metadata_facts(metadata: Mapping[str, object]) -> Iterator[Fact]:
    git = bounded_yaml.as_table(metadata.get("git"))
    source = "wandb-metadata.json: "
    yield from told.fact("code.commit", git.get("commit"), source + "git.commit")
    yield from told.fact("code.remote", git.get("remote"), source + "git.remote")
    yield from told.fact("python", metadata.get("python"), source + "python")
    yield from told.fact("user", metadata.get("username"), source + "username")
