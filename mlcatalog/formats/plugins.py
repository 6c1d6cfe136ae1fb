"""Readers of other packages: found by entry points, each failure its own.

A package names its readers in the group `mlcatalog.readers`; the object that an
entry point loads is called without arguments and gives a Reader.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from mlcatalog.formats.reader import Reader

GROUP = "mlcatalog.readers"
WANTED = ("format", "title", "version", "kind", "suffixes", "names", "claims", "read")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point: its reader, or why there is none."""

    name: str
    source: str  # the package and its version
    reader: Reader | None = None
    problem: str = ""


@cache
def plugins() -> tuple[Plugin, ...]:
    """What other packages registered, in the order of their names."""
    return tuple(_loaded())


def _loaded() -> Iterator[Plugin]:
    for entry in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        source = _source(entry)
        try:
            reader = entry.load()()
            missing = [name for name in WANTED if not hasattr(reader, name)]
        except Exception as error:  # noqa: BLE001 - a stranger's package must not stop ours
            problem = f"{type(error).__name__}: {error}"[:300]
            log.warning("The reader %s of %s cannot be loaded", entry.name, source)
            yield Plugin(entry.name, source, problem=problem)
            continue
        if missing:
            yield Plugin(entry.name, source, problem=f"it has no {', '.join(missing)}")
        else:
            yield Plugin(entry.name, source, reader)


def _source(entry: EntryPoint) -> str:
    package = entry.dist
    return f"{package.name} {package.version}" if package else entry.module
