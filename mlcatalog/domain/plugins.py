"""What other packages add by entry points: each failure is its own, and is told."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

REASON_LIMIT = 300  # characters
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point: what it made, or why there is nothing."""

    name: str
    source: str  # the package and its version
    made: Any = None
    problem: str = ""


def loaded(group: str, wanted: Collection[str]) -> Iterator[Plugin]:
    """What the entry points of a group make, in the order of their names.

    The object that an entry point loads is called without arguments; what it
    gives must have the attributes that are wanted.
    """
    for entry in sorted(entry_points(group=group), key=lambda one: one.name):
        source = _source(entry)
        try:
            made = entry.load()()
            missing = [name for name in wanted if not hasattr(made, name)]
        except Exception as error:  # noqa: BLE001 - a stranger's package must not stop ours
            problem = _reason(error)
            log.warning("%s of %s cannot be loaded: %s", entry.name, source, problem)
            yield Plugin(entry.name, source, problem=problem)
            continue
        if missing:
            yield Plugin(entry.name, source, problem=f"it has no {', '.join(missing)}")
        else:
            yield Plugin(entry.name, source, made)


def _reason(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"it needs {error.name.partition('.')[0]}, which is not installed"
    return f"{type(error).__name__}: {error}"[:REASON_LIMIT]


def _source(entry: EntryPoint) -> str:
    package = entry.dist
    return f"{package.name} {package.version}" if package else entry.module
