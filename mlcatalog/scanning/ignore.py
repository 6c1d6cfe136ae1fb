"""What a scan leaves out: `.mlcatalogignore` files and sensible defaults.

The last rule that matches decides, deeper files speak after higher ones, and
what lies in an ignored folder cannot come back, as in git.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mlcatalog.scanning.patterns import Rule, parse_rules

IGNORE_FILE = b".mlcatalogignore"
IGNORE_FILE_LIMIT = 1 << 20  # bytes read of one ignore file

DEFAULTS = b"""
.git/
.hg/
.svn/
.bzr/
.jj/
__pycache__/
node_modules/
.venv/
venv/
.tox/
.nox/
.eggs/
*.egg-info/
site-packages/
.ipynb_checkpoints/
.cache/
.mypy_cache/
.ruff_cache/
.pytest_cache/
.hypothesis/
.idea/
.vscode/
.dvc/cache
.dvc/tmp
.Trash-*
$RECYCLE.BIN/
System Volume Information/
lost+found/
.DS_Store
._*
Thumbs.db
desktop.ini
credentials.yml
credentials.yaml
.mlcatalog*
*.pyc
*.pyo
*.swp
*.tmp
*.part
*.partial
*.incomplete
*.crdownload
*.lock
!dvc.lock
!poetry.lock
!uv.lock
!pdm.lock
!Pipfile.lock
!conda-lock.yml
!pixi.lock
*~
.#*
.nfs*
.fuse_hidden*
"""


class _Names:
    """A set of name patterns, matched at once."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        found = list(rules)
        self.literals = frozenset(rule.literal for rule in found if rule.literal)
        self.suffixes = tuple(rule.suffix for rule in found if rule.suffix)
        self.prefixes = tuple(rule.prefix for rule in found if rule.prefix)
        self._names = _alternatives(rule.name for rule in found)
        # Most names are ruled out by their two ends.
        self._first = frozenset(prefix[0] for prefix in self.prefixes)
        self._last = frozenset(suffix[-1] for suffix in self.suffixes)

    def match(self, name: bytes) -> bool:
        if name in self.literals:
            return True
        if name[-1] in self._last and name.endswith(self.suffixes):
            return True
        if name[0] in self._first and name.startswith(self.prefixes):
            return True
        return self._names is not None and bool(self._names.fullmatch(name))


class _Group:
    """Neighbouring rules of one polarity, compiled together for speed."""

    def __init__(self, rules: list[Rule]) -> None:
        self.rules = rules
        self.negated = rules[0].negated
        self.folders_only = rules[0].folders_only
        self.has_paths = any(rule.path for rule in rules)
        self._names = _Names(rule for rule in rules if not rule.path)
        self._paths = _alternatives(rule.path for rule in rules)

    def matches(self, name: bytes, prefix: bytes) -> bool:
        if self._names.match(name):
            return True
        return self._paths is not None and bool(self._paths.fullmatch(prefix + name))


@dataclass(frozen=True, slots=True)
class _Level:
    """The rules of one ignore file, last first, seen from a folder below it."""

    groups: tuple[_Group, ...]
    prefix: bytes = b""  # from the ignore file's folder to here, "" or ending in /
    needs_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Ignore:
    """The verdicts for the names of one folder.

    A walk starts with `Ignore.default()` at the project's root, adds a
    folder's own file with `with_rules` and goes down with `child`.
    """

    levels: tuple[_Level, ...]  # deepest first
    any_rule: _Names  # what no rule at all speaks of is most of the names

    @classmethod
    def default(cls, extra: Iterable[str] = ()) -> Ignore:
        """Our defaults, then `extra` patterns, as at a project's root."""
        text = "\n".join(extra).encode("utf-8", "surrogateescape")
        return _DEFAULT.with_rules(text) if text else _DEFAULT

    @classmethod
    def nothing(cls) -> Ignore:
        """Leaves nothing out."""
        return cls((), _Names(()))

    def with_rules(self, text: bytes) -> Ignore:
        """The same, with this folder's own ignore file (its content) on top."""
        groups = _grouped(parse_rules(text)) if text else ()
        if not groups:
            return self
        level = _Level(groups, needs_prefix=any(g.has_paths for g in groups))
        levels = (level, *self.levels)
        rules = (r for each in levels for group in each.groups for r in group.rules)
        return Ignore(levels, _Names(rules))

    def child(self, name: bytes) -> Ignore:
        """The same rules, for the subfolder of that name; shared where possible."""
        if not any(level.needs_prefix for level in self.levels):
            return self
        below = tuple(_below(level, name) for level in self.levels)
        return Ignore(below, self.any_rule)

    def ignores(self, name: bytes | str, is_dir: bool) -> bool:
        """Whether an entry of this folder is left out."""
        raw = name if isinstance(name, bytes) else os.fsencode(name)
        if not self.any_rule.match(raw):
            return False
        for level in self.levels:
            for group in level.groups:
                if group.folders_only and not is_dir:
                    continue
                if group.matches(raw, level.prefix):
                    return not group.negated
        return False


def _below(level: _Level, name: bytes) -> _Level:
    if not level.needs_prefix:
        return level
    return replace(level, prefix=level.prefix + name + b"/")


def _grouped(rules: tuple[Rule, ...]) -> tuple[_Group, ...]:
    runs: list[list[Rule]] = []
    for rule in rules:
        if runs and _alike(runs[-1][-1], rule):
            runs[-1].append(rule)
        else:
            runs.append([rule])
    return tuple(_Group(run) for run in reversed(runs))


def _alike(one: Rule, other: Rule) -> bool:
    return (one.negated, one.folders_only) == (other.negated, other.folders_only)


def _alternatives(expressions: Iterable[bytes]) -> re.Pattern[bytes] | None:
    found = [expression for expression in expressions if expression]
    if not found:
        return None
    return re.compile(b"|".join(b"(?:" + e + b")" for e in found), re.DOTALL)


_DEFAULT = Ignore.nothing().with_rules(DEFAULTS)
