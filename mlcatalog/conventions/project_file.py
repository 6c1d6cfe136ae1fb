"""The file `.mlcatalog.toml`: what a project, or a folder in it, says of its names."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapidfuzz import process

from mlcatalog.conventions.presets import PRESETS
from mlcatalog.conventions.rules import RefusedError
from mlcatalog.conventions.toml_lines import line_of

FILE = ".mlcatalog.toml"
KINDS = ("model", "dataset", "config", "script", "run", "folder")
MOST_BYTES = 1 << 20
SCHEMA = 1
LINE_END = b"\n"
# Key of a field's table: the name in the rule, and what it must be.
FIELD_KEYS: dict[str, tuple[str, type]] = {
    "type": ("type", str),
    "values": ("values", list),
    "case": ("case", str),
    "min": ("least", int),
    "max": ("most", int),
    "inside": ("inside", str),
    "format": ("format", str),
    "pattern": ("pattern", str),
    "prefix": ("prefix", str),
    "fact": ("fact", str),
    "expected": ("said", str),
}


@dataclass(frozen=True, slots=True)
class NamesSaid:
    """What a file says of the names of one kind; "" where it says nothing."""

    template: str = ""
    preset: str = ""
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    exempt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileSaid:
    """What one file says."""

    path: str
    text: bytes = b""
    is_root: bool = False
    project: tuple[str, ...] = ()
    vocabulary: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, NamesSaid] = field(default_factory=dict)


def read_file(path: Path) -> FileSaid | None:
    """What a file says, None where there is none.

    Raises RefusedError that names the key and its line, or the one that is no TOML.
    """
    raw = _bytes(path)
    if raw is None:
        return None
    try:
        said = tomllib.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        end = f"at the end, line {raw.count(LINE_END) + 1}"
        why = str(error).replace("at end of document", end)
        raise _refusal(path, "", f"it is not valid TOML: {why}") from error
    return parsed(said, path, raw)


def parsed(said: Mapping[str, Any], path: Path, raw: bytes = b"") -> FileSaid:
    """What plain values say; raises RefusedError that names the key, and its line."""
    try:
        return _parsed(said, path, raw)
    except RefusedError as error:
        raise with_line(error, raw) from error


def with_line(error: RefusedError, raw: bytes) -> RefusedError:
    """An error with the line of a file's text on which its key stands."""
    line = line_of(raw.decode("utf-8", "replace"), error.key) if error.key else 0
    if not line:
        return error
    return RefusedError.of(
        error.key,
        error.what,
        where=error.where,
        why=f"line {line}: {error.why}",
        remedy=error.remedy,
    )


def _parsed(said: Mapping[str, Any], path: Path, raw: bytes) -> FileSaid:
    table = _Table(path, "", said)
    table.only("schema", "root", "project", "vocabulary", "names")
    schema = table.get("schema", int, SCHEMA)
    if schema != SCHEMA:
        raise _refusal(path, "schema", f"{schema} is not known; this version reads 1")
    project = said.get("project", [])
    texts = [project] if isinstance(project, str) else project
    return FileSaid(
        path=str(path),
        text=raw,
        is_root=table.get("root", bool, False),
        project=_texts(path, "project", texts),
        vocabulary={
            name: _texts(path, f"vocabulary.{name}", values)
            for name, values in table.get("vocabulary", dict, {}).items()
        },
        names={
            kind: _names(path, kind, values)
            for kind, values in table.get("names", dict, {}).items()
        },
    )


def _names(path: Path, kind: str, values: Any) -> NamesSaid:
    where = f"names.{kind}"
    if kind not in KINDS:
        raise _refusal(path, where, f"there is no kind {kind}{_near(kind, KINDS)}")
    table = _Table(path, where, values)
    table.only("template", "preset", "fields", "exempt")
    preset = table.get("preset", str, "")
    if preset and preset not in PRESETS:
        why = f"there is no preset {preset}{_near(preset, PRESETS)}"
        raise _refusal(path, f"{where}.preset", why)
    fields = table.get("fields", dict, {})
    return NamesSaid(
        template=table.get("template", str, ""),
        preset=preset,
        fields={
            name: _field(path, f"{where}.fields.{name}", rule)
            for name, rule in fields.items()
        },
        exempt=_texts(path, f"{where}.exempt", table.get("exempt", list, [])),
    )


def _field(path: Path, where: str, values: Any) -> dict[str, Any]:
    table = _Table(path, where, values)
    table.only(*FIELD_KEYS, "length")
    found: dict[str, Any] = {}
    length = table.get("length", int, 0)
    if length:
        found |= {"least": length, "most": length}
    for key, (name, kind) in FIELD_KEYS.items():
        if key in table.values:
            value = table.get(key, kind, None)
            if kind is list:
                value = _texts(path, f"{where}.{key}", value)
            found[name] = value
    return found


class _Table:
    """A table of the file, with the words for what is wrong in it."""

    def __init__(self, path: Path, where: str, values: Any) -> None:
        self._path = path
        self._where = where
        if not isinstance(values, dict):
            raise _refusal(path, where, "a table is expected here")
        self.values: dict[str, Any] = values

    def only(self, *known: str) -> None:
        """Refuse keys that mean nothing: a typing error must not go unseen."""
        for key in self.values:
            if key not in known:
                why = f"this key is not known{_near(key, known)}"
                raise _refusal(self._path, self._key(key), why)

    def get(self, key: str, kind: type, default: Any) -> Any:
        value = self.values.get(key, default)
        is_number = kind is int and isinstance(value, bool)
        if value is not default and (not isinstance(value, kind) or is_number):
            words = {
                str: "text",
                int: "a number",
                bool: "true or false",
                list: "a list",
            }
            said = words.get(kind, "a table")
            raise _refusal(self._path, self._key(key), f"{said} is expected here")
        return value

    def _key(self, key: str) -> str:
        return f"{self._where}.{key}" if self._where else key


def _texts(path: Path, where: str, values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        raise _refusal(path, where, "a list of texts is expected here")
    return tuple(dict.fromkeys(values))


def _near(word: str, known: Any) -> str:
    found = process.extractOne(word, list(known), score_cutoff=60)
    return f"; did you mean {found[0]}?" if found else ""


def _refusal(path: Path, key: str, why: str) -> RefusedError:
    return RefusedError.of(
        tuple(key.split(".")) if key else (),
        "The convention of this folder cannot be used.",
        where=str(path),
        why=f"{key}: {why}" if key else why,
        remedy="Until it is mended, the convention of the folder above is used.",
    )


def _bytes(path: Path) -> bytes | None:
    """A file's bytes, None where there is none; only of a plain file of some size."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError as error:
        raise _refusal(path, "", error.strerror or str(error)) from error
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise _refusal(path, "", "it is not a plain file")
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise _refusal(path, "", f"it is larger than {MOST_BYTES:,} bytes")
    return raw
