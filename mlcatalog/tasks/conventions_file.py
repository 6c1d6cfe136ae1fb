"""Writing a folder's convention: shown first, all or nothing, and it can be taken back."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.conventions.in_force import Conventions
from mlcatalog.conventions.project_file import FILE, MOST_BYTES, FileSaid
from mlcatalog.conventions.references import difference
from mlcatalog.conventions.writing import Change, edited, said
from mlcatalog.domain.errors import MlcatalogError, SettingsError


@dataclass(frozen=True, slots=True)
class FilePlan:
    """A change of one file that has not happened yet; before is None for a new file."""

    path: Path
    before: bytes | None
    after: bytes

    @property
    def diff(self) -> str:
        """What changes, line by line."""
        before = (self.before or b"").decode("utf-8", "replace")
        return difference(str(self.path), before, self.after.decode())

    @property
    def said(self) -> FileSaid:
        """What the file will say."""
        return said(self.after.decode(), self.path)

    @property
    def back(self) -> FilePlan:
        """The change that takes this one back."""
        return FilePlan(self.path, self.after, self.before or b"")


def plan_change(folder: Path, change: Change, template: str = "") -> FilePlan:
    """What a change would make of a folder's file; `template` is that of the settings.

    Raises SettingsError when the file, or what it would become, cannot be used.
    """
    path = folder / FILE
    before = read(path)
    try:
        text = (before or b"").decode("utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(
            "The convention of this folder cannot be changed.",
            where=str(path),
            why="it is not UTF-8",
            remedy="Mend the file by hand, then try again.",
        ) from error
    plan = FilePlan(path, before, edited(text, change, path).encode())
    rules = Conventions(template, instead={str(path): plan.said})
    rules.at(change.kind, str(folder))
    refused = rules.errors.get(str(path))
    if refused is not None:
        raise refused
    return plan


def write(catalog: Catalog, plan: FilePlan) -> None:
    """Do what was shown; raises MlcatalogError when the file changed since."""
    now = read(plan.path)
    if now != plan.before and not (now is None and plan.before == b""):
        raise MlcatalogError(
            f"{plan.path.name} was changed by another program meanwhile.",
            where=str(plan.path),
            why="it is not what the preview was made from",
            remedy="Nothing was written. Look at the new preview, then save again.",
        )
    try:
        _replace(plan.path, plan.after)
    except OSError as error:
        raise MlcatalogError(
            "The convention could not be saved.",
            where=str(plan.path),
            why=error.strerror or str(error),
            remedy="The file is as it was. Make its folder writable, then try again.",
        ) from error
    catalog.record("convention", str(plan.path), {"diff": plan.diff[:20_000]})


def read(path: Path) -> bytes | None:
    """A file's bytes, None where there is none; raises SettingsError otherwise."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unread(path, error.strerror or str(error)) from error
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise _unread(path, "it is not a plain file")
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise _unread(path, f"it is larger than {MOST_BYTES:,} bytes")
    return raw


def _unread(path: Path, why: str) -> SettingsError:
    return SettingsError(
        "The convention of this folder cannot be read.",
        where=str(path),
        why=why,
        remedy="Mend the file by hand, then try again.",
    )


def _replace(path: Path, text: bytes) -> None:
    """Put a text in a file's place at once; the file's rights stay, links are followed."""
    target = Path(os.path.realpath(path))
    if not text:
        target.unlink(missing_ok=True)
        return
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    handle, name = tempfile.mkstemp(prefix=".mlcatalog-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        made = Path(name)
        made.chmod(0o644 if mode is None else mode)
        made.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
