"""Doctor: whether the catalogue is sound, and what this program runs on."""

from __future__ import annotations

import platform
import sqlite3
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from mlcatalog import __version__
from mlcatalog.catalog.store import Catalog

LIBRARIES = ("sqlmodel", "sqlalchemy", "watchdog", "PySide6-Essentials", "typst")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination."""

    check: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The whole examination."""

    ok: bool
    lines: tuple[Finding, ...]
    versions: dict[str, str]


def examine(catalog: Catalog) -> Diagnosis:
    """Check the database, the journal and the projects; changes nothing."""
    problems = catalog.integrity()
    chain, sentence = catalog.verify_journal()
    lines = [
        Finding(
            "database", not problems, "; ".join(problems[:5]) or "SQLite finds it sound"
        ),
        Finding("journal", chain, sentence),
    ]
    for project in catalog.projects():
        offline = project.state.value in ("offline", "error")
        lines.append(
            Finding(
                f"project {project.name}",
                not offline,
                project.note or f"{project.artifacts} artifacts, {project.state.value}",
            )
        )
    sound = not problems and chain
    return Diagnosis(sound, tuple(lines), versions())


def versions() -> dict[str, str]:
    """The versions of what matters, for a report of a problem."""
    found = {
        "mlcatalog": __version__,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "sqlite": sqlite3.sqlite_version,
    }
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
