"""What dvc.lock says of a stage that ran: schema 1.0 and 2.0, and the run cache."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from mlcatalog.domain import dvc_words
from mlcatalog.domain.errors import FormatError
from mlcatalog.trackers.dvc import plain

STAGE_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Item:
    """One dependency or output, as it was when the stage ran."""

    path: str
    md5: str = ""  # with the mark of a folder; "" where another digest is told
    size: int | None = None
    files: int | None = None


@dataclass(frozen=True, slots=True)
class Execution:
    """One stage that ran: its command, and all that went in and came out."""

    stage: str
    command: str
    deps: tuple[Item, ...] = ()
    outs: tuple[Item, ...] = ()
    params: tuple[tuple[str, str, object], ...] = ()  # file, key, value

    @property
    def id(self) -> str:
        """Another one as soon as anything that went in or came out is another."""
        told = {
            "cmd": self.command,
            "deps": sorted((one.path, one.md5) for one in self.deps),
            "outs": sorted((one.path, one.md5) for one in self.outs),
            "params": sorted((f, k, repr(v)) for f, k, v in self.params),
        }
        return sha256(json.dumps(told).encode("utf-8", "replace")).hexdigest()[:12]

    def md5_of(self, path: str) -> str:
        """The digest that an output or a dependency had."""
        return next((i.md5 for i in (*self.outs, *self.deps) if i.path == path), "")


def executions(raw: bytes, place: str) -> dict[str, Execution]:
    """The stages in a lock; raises FormatError."""
    lock = plain.table(plain.parsed(raw, "dvc.lock"))
    schema = str(lock.get("schema", "1.0"))
    if not schema.startswith(("1.", "2.")):
        raise FormatError(
            "This dvc.lock is newer than what is known here",
            where=place,
            why=f"Its schema is {schema}",
        )
    stages = plain.table(lock.get("stages") if "schema" in lock else lock)
    if len(stages) > STAGE_LIMIT:
        raise FormatError(
            "This dvc.lock has too many stages",
            where=place,
            why=f"It has {len(stages):,} of them",
        )
    return {name: execution(name, said) for name, said in stages.items()}


def execution(name: str, said: object) -> Execution:
    """One stage as a lock or the run cache has it."""
    stage = plain.table(said)
    command = stage.get("cmd")
    return Execution(
        name,
        "\n".join(map(str, command))
        if isinstance(command, list)
        else str(command or ""),
        tuple(_items(stage.get("deps"))),
        tuple(_items(stage.get("outs"))),
        tuple(_params(stage.get("params"))),
    )


def _items(raw: object) -> Iterator[Item]:
    for one in plain.listed(raw):
        entry = plain.table(one)
        path, size, files = entry.get("path"), entry.get("size"), entry.get("nfiles")
        md5 = str(entry.get("md5") or "")
        if isinstance(path, str) and path:
            yield Item(
                path,
                md5 if dvc_words.bare(md5) else "",
                size if isinstance(size, int) else None,
                files if isinstance(files, int) else None,
            )


def _params(raw: object) -> Iterator[tuple[str, str, object]]:
    for file, values in plain.table(raw).items():
        for key, value in plain.table(values).items():
            yield file, key, value
