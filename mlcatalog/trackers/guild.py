"""Runs of Guild AI: folders `runs/ID` with a `.guild` of attributes in each.

The operation is in `opref`, every attribute a YAML file below `attrs`, what
was copied into the run's folder in `manifest`. Scalars are TensorBoard's event
files, in `.guild` too: read by its tracker and joined to the run.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import (
    Claim,
    Fact,
    Notice,
    Reference,
    RunReading,
    Scheme,
)
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.trackers import bounded_yaml, file_kinds, told
from mlcatalog.trackers.bounded_yaml import as_table
from mlcatalog.trackers.hydra import flattened

OPERATION = "opref"
RUN_ID = re.compile(r"[0-9a-f]{32}")
FILE_LIMIT = 2_000  # files of a run's folder that are looked at
DEPTH_LIMIT = 6
MAIN = "guild.op_main"
ATTRIBUTES = (
    "cmd", "comments", "deps", "exit_status", "flags", "host", "label", "marked",
    "pip_freeze", "random_seed", "sourcecode_digest", "started", "stopped", "tags",
    "user", "vcs_commit",
)  # fmt: skip
FACTS = {
    "label": "label",
    "tagged": "tags",
    "comments": "comments",
    "marked": "marked",
    "exit.status": "exit_status",
    "seed": "random_seed",
    "code.digest": "sourcecode_digest",
    "host": "host",
    "user": "user",
    "dependencies": "pip_freeze",
}


class GuildTracker:
    """Reads flags, label, tags, status, times, source code and dependencies."""

    tool = "guild"
    title = "Guild AI"
    version = 1

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The operation's name beside the attributes, in a run's `.guild`."""
        is_run = {OPERATION, "attrs/"} <= folder_names
        return frozenset({OPERATION}) if is_run else frozenset()

    def owned(self, folder_names: frozenset[str]) -> frozenset[str]:
        """All in `.guild`; what lies beside it are copies and outputs."""
        return folder_names

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The run; none for a batch's prototype or a deleted one."""
        folder = place.parent.parent
        is_prototype = folder.name == "proto" and folder.parent.name == ".guild"
        if is_prototype or folder.parent.parent.name == "trash":
            return ()
        return (_Run.of(folder, place).reading(),)


@dataclass(frozen=True, slots=True)
class _Run:
    """One run's folder with its attributes, each read once."""

    folder: Path
    package: str  # "guildfile:/home/ana/churn/guild.yml"
    operation: str  # "churn:train"
    attributes: dict[str, object]
    notices: tuple[Notice, ...]

    @classmethod
    def of(cls, folder: Path, place: Path) -> _Run:
        package, operation = _operation(told.small_text(place))
        prototype = told.small_text(place.parent / "proto/.guild" / OPERATION)
        if prototype:  # a batch: Guild calls it by what it tries
            package, tried = _operation(prototype)
            operation = f"{tried}{operation}"
        attributes: dict[str, object] = {}
        notices: list[Notice] = []
        for name in ATTRIBUTES:
            try:
                attributes[name] = bounded_yaml.load(place.parent / "attrs" / name)
            except FormatError as problem:
                why = f"attrs/{name}: {problem.what} {problem.why}".strip()
                notices.append(Notice("integrity.unreadable", why))
        return cls(folder, package, operation, attributes, tuple(notices))

    def reading(self) -> RunReading:
        """All that the folder says."""
        name = self.folder.name
        flags = as_table(self.attributes.get("flags"))
        return RunReading(
            tool="guild",
            native_id=name,
            name=f"{self.operation} {name[:8]}".strip(),
            folder=str(self.folder),
            status=self._status(),
            started=_moment(self.attributes.get("started")),
            ended=_moment(self.attributes.get("stopped")),
            facts=tuple(self._facts()),
            params=tuple(flattened(flags)) if flags else (),
            claims=(*self._code_claims(), *self._file_claims(), *self._trial_claims()),
            notices=self.notices,
            same=told.twins(flags),
        )

    def _status(self) -> str:
        code = self.attributes.get("exit_status")
        if isinstance(code, int):
            return "FINISHED" if code == 0 else "KILLED" if code < 0 else "FAILED"
        marks = {path.name for path in told.files(self.folder / ".guild")}
        if marks & {"PENDING", "STAGED"}:
            return "SCHEDULED"
        return "RUNNING" if marks & {"LOCK", "LOCK.remote"} else ""

    def _facts(self) -> Iterator[Fact]:
        yield from told.fact("experiment", self.operation, OPERATION)
        for key, name in FACTS.items():
            yield from told.fact(key, self.attributes.get(name), f"attrs/{name}")
        command = self.attributes.get("cmd")
        if isinstance(command, list):
            shown = shlex.join(str(part) for part in command)
            yield from told.fact("command", shown, "attrs/cmd")
        commit = str(self.attributes.get("vcs_commit") or "")
        source = "attrs/vcs_commit"
        plain = commit.rpartition(":")[2]
        yield from told.fact("code.commit", plain.rstrip("*"), source)
        if plain:
            yield from told.fact("code.dirty", plain.endswith("*"), source)

    def _code_claims(self) -> Iterator[Claim]:
        """The script as it lies in the run's folder, and the guild file."""
        command = self.attributes.get("cmd")
        words = [str(one) for one in command] if isinstance(command, list) else []
        if MAIN in words[:-1]:
            module = words[words.index(MAIN) + 1].rpartition(":")[2]
            path = module.removesuffix(".py").replace(".", "/") + ".py"
            target = Reference(Scheme.PATH, path, kind=Kind.SCRIPT)
            yield told.claim(Relation.EXECUTED, target, "attrs/cmd")
        kind, _, path = self.package.partition(":")
        if kind == "guildfile" and path:
            # The copy that the run was given says what it was then.
            name = path.replace("\\", "/").rpartition("/")[2]
            path = name if (self.folder / name).is_file() else path
            target = Reference(Scheme.PATH, path, kind=Kind.CONFIG)
            yield told.claim(Relation.CONFIGURED_BY, target, OPERATION)

    def _file_claims(self) -> Iterator[Claim]:
        """What the run was given, what links in its folder lead to, what it made."""
        given = dict.fromkeys(self._dependencies())
        for path in given:
            yield from self._taken(path, "attrs/deps")
        copied = self._copied()
        for entry in _entries(self.folder):
            inner = Path(entry.path).relative_to(self.folder).as_posix()
            if entry.is_symlink():
                target = self._outer(str(Path(entry.path).readlink()), inner)
                if target and target not in given and not RUN_ID.fullmatch(inner):
                    yield from self._taken(target, f"link {inner}")
            elif inner not in copied and _is_product(inner):
                subject = Reference(
                    Scheme.PATH, entry.path, kind=file_kinds.made(inner)
                )
                yield told.claim(
                    Relation.PRODUCED_BY, self._own(), "run folder", subject=subject
                )

    def _taken(self, path: str, source: str) -> Iterator[Claim]:
        relation, kind = file_kinds.taken(path)
        target = Reference(Scheme.PATH, path, kind=kind)
        yield told.claim(relation, target, source)

    def _dependencies(self) -> Iterator[str]:
        """The places that dependencies were resolved to."""
        for sources in as_table(self.attributes.get("deps")).values():
            for one in as_table(sources).values():
                # Before 0.8 a list of paths, since then a table that holds one.
                paths = as_table(one).get("paths") if isinstance(one, dict) else one
                for path in paths if isinstance(paths, list) else []:
                    if isinstance(path, str) and path:
                        yield self._outer(path)

    def _outer(self, path: str, beside: str = "") -> str:
        """A path that starts from a place in the run's folder, as a whole one."""
        return os.path.normpath(self.folder / Path(beside).parent / path)

    def _copied(self) -> frozenset[str]:
        """What the manifest says was copied in: kind, path, SHA-1 and source."""
        found = told.small_text(self.folder / ".guild/manifest", 4 * 2**20)
        lines = (_words(line) for line in found.splitlines())
        return frozenset(words[1] for words in lines if len(words) > 1)

    def _trial_claims(self) -> Iterator[Claim]:
        """A batch has a link to each of its trials, by the trial's id."""
        for entry in _entries(self.folder, depth=DEPTH_LIMIT):
            if entry.is_symlink() and RUN_ID.fullmatch(entry.name):
                trial = Reference(Scheme.RUN, f"guild:{entry.name}", kind=Kind.RUN)
                yield told.claim(
                    Relation.CHILD_OF, self._own(), "link of a batch", subject=trial
                )

    def _own(self) -> Reference:
        return Reference(Scheme.RUN, f"guild:{self.folder.name}", kind=Kind.RUN)


def _operation(text: str) -> tuple[str, str]:
    """The package and the operation of `TYPE:NAME VERSION MODEL OPERATION`."""
    words = _words(text)
    if len(words) != 4:
        return "", text.strip()[:200]
    package, _, model, operation = words
    return package, f"{model}:{operation}" if model else operation


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _entries(folder: Path, depth: int = 0) -> Iterator[os.DirEntry[str]]:
    """Files and links of a run's folder and of folders in it, `.guild` left out."""
    count = 0
    waiting = [(folder, depth)]
    while waiting and count < FILE_LIMIT:
        here, level = waiting.pop()
        for entry in told.entries(here)[:FILE_LIMIT]:
            count += 1
            if not entry.is_dir(follow_symlinks=False):
                yield entry
            elif level < DEPTH_LIMIT and entry.name != ".guild":
                waiting.append((Path(entry.path), level + 1))


def _is_product(path: str) -> bool:
    suffix = Path(path).suffix.lower()
    return suffix in file_kinds.MODELS or suffix in file_kinds.TABLES


def _moment(raw: object) -> int | None:
    """What Guild writes: UTC µs."""
    return raw if isinstance(raw, int) and 0 < raw < 10**17 else None
