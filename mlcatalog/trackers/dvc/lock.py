"""What dvc.lock says of a stage that ran: schema 1.0 and 2.0, and the run cache."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from mlcatalog.domain import dvc_words
from mlcatalog.domain.errors import FormatError
from mlcatalog.trackers.dvc import plain

STAGE_LIMIT = 10_000
HEAD = re.compile(rb"schema: '2\.0'\nstages:\n")
STAGE = re.compile(rb"^(?=  [^ \n])", re.M)
# Another key beside the stages, a line of no stage, an anchor or an alias.
OTHERWISE = re.compile(rb"^[^ \n]|\A   |^ [^ ]|\t|\r|(?:: |- )[&*]", re.M)


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


class Locks:
    """Locks of one history: a stage that is written as before is not parsed again."""

    def __init__(self) -> None:
        self._known: dict[bytes, Execution] = {}

    def executions(self, raw: bytes, place: str) -> dict[str, Execution]:
        """The stages in a lock; raises FormatError."""
        blocks = _blocks(raw)
        found: dict[str, Execution] = {}
        for block in blocks:
            one = self._known.get(block)
            if one is None:
                stages = _stages(block)
                if len(stages) != 1:
                    return executions(raw, place)
                one = next(execution(name, said) for name, said in stages.items())
                self._known[block] = one
            found[one.stage] = one
        return found if blocks and len(found) == len(blocks) else executions(raw, place)


def _stages(block: bytes) -> dict[str, object]:
    try:
        return plain.table(plain.parsed(block, "dvc.lock"))
    except FormatError:
        return {}  # the whole says what is wrong, if anything


def _blocks(raw: bytes) -> list[bytes]:
    """The stages of a lock as texts, as DVC writes it; none where it is otherwise."""
    head = HEAD.match(raw)
    body = raw[head.end() :] if head else b""
    if not body or OTHERWISE.search(body):
        return []
    return [part for part in STAGE.split(body) if part]


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
