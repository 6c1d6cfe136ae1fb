"""Doctor: whether the catalogue is sound, and what this program runs on."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mlcatalog import __version__
from mlcatalog.audit.content import FileState
from mlcatalog.catalog.opening import HEAD
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.errors import CatalogDamagedError
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.logs import log_folder
from mlcatalog.scanning.inotify import IS_HERE
from mlcatalog.scanning.mounts import volume_kind
from mlcatalog.tasks.backup import list_backups
from mlcatalog.tasks.verify import verify_artifacts

WATCHES = Path("/proc/sys/fs/inotify/max_user_watches")
LIBRARIES = ("sqlmodel", "sqlalchemy", "watchdog", "PySide6-Essentials", "typst")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination."""

    check: str
    ok: bool
    detail: str
    is_fatal: bool = False  # the catalogue is not sound


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The whole examination."""

    ok: bool
    lines: tuple[Finding, ...]
    versions: dict[str, str]


def examine(
    catalog: Catalog, *, is_deep: bool = False, progress: Progress = no_progress
) -> Diagnosis:
    """Check the database, the journal and the projects; changes nothing.

    Deep reads every file again and compares it with its digest.
    """
    lines = [
        _examined("database", catalog.integrity, "SQLite finds it sound"),
        _examined("rows", catalog.disorder, "all hold together and can be found"),
        _journal(catalog),
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
    missing = catalog.count("state:missing")
    lines.append(Finding("missing files", not missing, _missing_words(missing)))
    deep = _digests(catalog, progress) if is_deep else None
    lines += [deep] if deep else []
    return Diagnosis(not any(line.is_fatal for line in lines), tuple(lines), versions())


def _examined(check: str, ask: Callable[[], tuple[str, ...]], sound: str) -> Finding:
    try:
        problems = ask()
    except CatalogDamagedError as error:
        problems = (error.why or error.what,)
    more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
    said = "; ".join(problems[:5]) + more
    return Finding(check, not problems, said or sound, is_fatal=bool(problems))


def _journal(catalog: Catalog) -> Finding:
    try:
        holds, sentence = catalog.verify_journal()
    except CatalogDamagedError as error:
        holds, sentence = False, error.why or error.what
    return Finding("journal", holds, sentence, is_fatal=not holds)


def _missing_words(missing: int) -> str:
    if not missing:
        return "every artifact is where it was seen last"
    return f"{missing} not there any more; `mlcatalog list state:missing` names them"


def _digests(catalog: Catalog, progress: Progress) -> Finding:
    """Whether the files still have the digests that the catalogue remembers."""
    files = verify_artifacts(catalog, (), progress).files
    wrong = [
        f"{file.path} is {file.state.value}"
        for file in files
        if file.state not in (FileState.SAME, FileState.UNDIGESTED)
    ]
    said = "; ".join(wrong[:5]) or f"{len(files)} files are as the catalogue says"
    more = f"; and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    return Finding("digests", not wrong, said + more, is_fatal=bool(wrong))


def diagnostics(catalog: Catalog) -> dict[str, str]:
    """What a report of a problem needs besides versions: no path, name or secret."""
    import keyring
    from watchdog.observers import Observer

    states = Counter(project.state.value for project in catalog.projects())
    return {
        "catalogue bytes": str(catalog.path.stat().st_size),
        "catalogue format": HEAD,
        "catalogue volume": volume_kind(os.fsencode(catalog.path.parent)) or "unknown",
        "free bytes": str(shutil.disk_usage(catalog.path.parent).free),
        "backups": _backups(catalog.path),
        "opened": "for reading" if catalog.read_only else "for writing",
        "artifacts": str(catalog.count()),
        "projects": ", ".join(f"{n} {state}" for state, n in states.items()) or "none",
        "key store": type(keyring.get_keyring()).__module__,
        "watcher": "inotify" if IS_HERE else str(getattr(Observer, "__name__", "")),
        "watches allowed": _watches_allowed(),
        "log bytes": str(sum(f.stat().st_size for f in log_folder().glob("*.log*"))),
        "file names": sys.getfilesystemencoding(),
        "processors": str(os.cpu_count() or 0),
    }


def _backups(path: Path) -> str:
    kept = list_backups(path)
    if not kept:
        return "none"
    newest = datetime.fromtimestamp(kept[0].stat().st_mtime, UTC)
    return f"{len(kept)}, newest of {newest:%Y-%m-%d %H:%M} UTC"


def _watches_allowed() -> str:
    """How many folders may be watched, where there is a limit."""
    try:
        return WATCHES.read_text().strip()
    except OSError:
        return "no limit known"


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
