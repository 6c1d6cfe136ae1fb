"""Changing the file `.mlcatalog.toml`: comments, order and everything else stay."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, Table

from mlcatalog.conventions.presets import PRESETS
from mlcatalog.conventions.project_file import FileSaid, parsed
from mlcatalog.domain.errors import SettingsError

WIDE = 72  # characters of a list that still stands in one line
HEAD = "The naming convention of this folder; mlcatalog reads it."


@dataclass(frozen=True, slots=True)
class WordsChange:
    """What a field's values become.

    `values` replace those of the rule (None leaves them), `added` those under
    [vocabulary]; `only` says whether nothing else is right (None leaves it).
    """

    added: tuple[str, ...] = ()
    values: tuple[str, ...] | None = None
    only: bool | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be said of the names of one kind; "" and {} leave it as it is."""

    kind: str = "model"
    template: str = ""
    preset: str = ""
    words: Mapping[str, WordsChange] = field(default_factory=dict)


def edited(text: str, change: Change, path: Path) -> str:
    """The file's text with a change made; raises SettingsError for a bad one."""
    try:
        document = tomlkit.parse(text)
        if not text.strip():
            document.add(tomlkit.comment(HEAD))
        if change.template or change.preset:
            names = _table(_table(document, "names"), change.kind)
            _write_template(names, change)
        for name, words in change.words.items():
            _write_words(document, change.kind, name, words)
        made = tomlkit.dumps(document)
    except (TOMLKitError, ValueError, AttributeError, TypeError) as error:
        raise SettingsError(
            "The convention of this folder cannot be changed.",
            where=str(path),
            why=f"it is not valid TOML: {error}",
            remedy="Mend the file by hand, then try again.",
        ) from error
    return made


def said(text: str, path: Path) -> FileSaid:
    """What a text would say as the file; raises SettingsError that names the key."""
    return parsed(tomllib.loads(text), path, text.encode())


def _write_template(names: Any, change: Change) -> None:
    preset = change.preset or names.get("preset", "")
    usual = PRESETS[preset].template if preset in PRESETS else ""
    if change.preset:
        names["preset"] = change.preset
    if change.template and change.template != usual:
        names["template"] = change.template
    elif "template" in names:
        del names["template"]


def _write_words(document: Any, kind: str, name: str, words: WordsChange) -> None:
    known = document.get("vocabulary", {})
    if words.added or name in known:
        vocabulary = _table(document, "vocabulary")
        if words.added:
            _set_list(vocabulary, name, words.added)
        else:
            del vocabulary[name]
    if words.values is None and words.only is None:
        return
    kinds = _table(document, "names")
    if kind not in kinds:
        kinds[kind] = tomlkit.table(is_super_table=True)
    rule = _table(_table(kinds[kind], "fields"), name)
    if words.values is not None:
        _set_list(rule, "values", words.values)
    if words.only is not None:
        rule["type"] = "vocabulary" if words.only else "word"


def _table(parent: Any, name: str) -> Any:
    if name not in parent:
        is_super = name in ("names", "fields")
        parent[name] = tomlkit.table(is_super_table=is_super)
    found = parent[name]
    if not isinstance(found, (Table, Mapping)):
        raise TypeError(f"{name} is no table")
    return found


def _set_list(table: Any, key: str, values: Sequence[str]) -> None:
    """Make a list these values; those that stay keep their place and comments."""
    old = table.get(key)
    if isinstance(old, Array):
        for at in reversed(range(len(old))):
            if old[at] not in values:
                del old[at]
        kept = list(old)
        for value in values:
            if value not in kept:
                old.append(value)
        return
    made = tomlkit.array()
    made.extend(values)
    made.multiline(sum(len(one) + 4 for one in values) > WIDE)
    table[key] = made
