"""Repair: back up, save what can be read, and make anew what the files can tell."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlcatalog.catalog import backups, recovering
from mlcatalog.catalog.database import UNREADABLE, plain_error
from mlcatalog.catalog.leases import of_project
from mlcatalog.catalog.recovering import Recovered
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Project
from mlcatalog.domain.errors import (
    CatalogDamagedError,
    CatalogError,
    CatalogLockedError,
    ProjectError,
)
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.domain.words import ProjectState
from mlcatalog.tasks.doctor import Diagnosis, examine
from mlcatalog.tasks.index import scanned
from mlcatalog.tasks.indexing.indexer import SETTLE_SECONDS, Indexer
from mlcatalog.tasks.indexing.listing import Scope, Survey
from mlcatalog.tasks.indexing.turns import new_owner, turn
from mlcatalog.tasks.rename import recover as mend_renames

STAYS = (  # what a person or a program that runs beside says of a project
    ProjectState.PAUSED,
    ProjectState.WATCHING,
    ProjectState.POLLING,
    ProjectState.LIMITED,
)
MIDDLE = Scope(b"", recursive=False)  # the project's own folder alone


@dataclass(slots=True)
class Repair:
    """What was done, what is as it was, and what could not be repaired."""

    backup: Path
    done: list[str] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)  # as it was, and why
    not_repaired: list[str] = field(default_factory=list)
    set_aside: Path | None = None  # the damaged file
    offer: Path | None = None  # the newest sound backup, where something was lost


def repair(
    path: Path,
    progress: Progress = no_progress,
    *,
    actor: str = "",
    is_deep: bool = False,
    settle_seconds: float = SETTLE_SECONDS,
) -> tuple[Repair, Diagnosis]:
    """Repair the catalogue at a path; gives what came of it, and a new examination.

    Raises CatalogDamagedError for a file of which nothing can be read and
    CatalogLockedError where the file has to be replaced while another program
    uses it; it is as it was then.
    """
    backups.clear_leftovers(path)
    good = backups.newest_sound(path)
    told = Repair(_backed_up(path, good))
    progress(0, None, "examining the file")
    damage = recovering.damage(path)
    if not _mended_in_place(path, has_damage=bool(damage)):
        _replace(path, told, good, damage=damage, progress=progress)
    elif damage:
        told.done.append(f"Made the indices anew: {damage[0]}.")
    with Catalog.open(path, actor=actor) as catalog:
        _make_anew(catalog, told, progress, settle_seconds)
        told.kept = catalog.repairs.typed()
        diagnosis = examine(catalog, is_deep=is_deep, progress=progress)
    told.not_repaired += [
        f"{line.check}: {line.detail}" for line in diagnosis.lines if line.is_fatal
    ]
    if told.not_repaired:
        told.offer = good
    return told, diagnosis


def _backed_up(path: Path, good: Path | None) -> Path:
    try:
        return backups.backup(path, "before-repair", may_be_damaged=True)
    except CatalogError as error:
        if "not a database" not in error.why and "malformed" not in error.why:
            raise
        raise _beyond_repair(path, good, error.why) from error


def _beyond_repair(path: Path, good: Path | None, why: str) -> CatalogDamagedError:
    remedy = (
        f"`mlcatalog restore {good}` tells what the newest sound backup would bring "
        "back; with --yes it does."
        if good
        else "There is no sound backup. Move the file away and index the folders again."
    )
    return CatalogDamagedError(
        "Nothing of this catalogue can be read; it was left as it is.",
        where=str(path),
        why=why,
        remedy=remedy,
    )


def _mended_in_place(path: Path, *, has_damage: bool) -> bool:
    try:
        return recovering.mend_in_place(path, has_damage=has_damage)
    except UNREADABLE as error:
        raise plain_error(error, path) from error


def _replace(
    path: Path,
    told: Repair,
    good: Path | None,
    *,
    damage: Sequence[str],
    progress: Progress,
) -> None:
    """Put what can be read into a new file, and that in the damaged one's place."""
    if backups.is_held(path):
        raise CatalogLockedError(
            "The catalogue's file is damaged and has to be replaced, but it is in use.",
            where=str(path),
            remedy="Close the window and every other mlcatalog, then try again.",
        )
    new = path.with_name(f"{path.name}.restoring")
    try:
        for suffix in ("", "-wal", "-shm"):
            new.with_name(new.name + suffix).unlink(missing_ok=True)
        found = recovering.recover(
            path, new, backup=good, told=lambda name: progress(0, None, name)
        )
    except (*UNREADABLE, OSError) as error:
        new.unlink(missing_ok=True)
        raise _beyond_repair(path, good, str(error)) from error
    for suffix in ("-wal", "-shm"):
        new.with_name(new.name + suffix).unlink(missing_ok=True)
    told.set_aside = backups.replace(path, new, "damaged")
    rows = sum(one.rows for one in found)
    why = damage[0] if damage else "the search index cannot be made anew"
    told.done.append(
        f"Read {rows:,} rows out of the damaged file into a new one: {why}."
    )
    _say_lost(told, found, good)


def _say_lost(told: Repair, found: Sequence[Recovered], good: Path | None) -> None:
    for one in found:
        if one.from_backup:
            told.done.append(
                f"Took {one.from_backup:,} rows of {one.table} that could not be read"
                f" from the backup {good}."
            )
        if one.is_kept and one.lost:
            most = f"up to {one.lost:,}" if one.lost > 0 else "an unknown number of"
            told.not_repaired.append(f"{one.table}: {most} rows could not be read.")


def _make_anew(
    catalog: Catalog, told: Repair, progress: Progress, settle_seconds: float
) -> None:
    """Remove what is derived, and have the projects tell it again."""
    mend_renames(catalog)
    told.done.append("Filled the search index anew.")
    strays = catalog.repairs.remove_strays()
    if strays:
        told.done.append(f"Removed {strays:,} rows that belonged to nothing.")
    known = catalog.repairs.first_seen()
    emptied = [p for p in catalog.projects() if _emptied(catalog, p, told, progress)]
    catalog.repairs.empty_lineage()
    missing = 0
    with Indexer(catalog, settle_seconds=settle_seconds) as indexer:
        for project in emptied:
            report = scanned(catalog, indexer, project, progress)
            missing += catalog.repairs.miss(catalog.ingest.place(project.id))
            if project.state in STAYS:
                catalog.set_project_state(project.id, project.state, project.note)
            told.done.append(
                f"Read the {report.files:,} files of {project.path} again."
            )
        indexer.finish(progress)
    if missing:
        told.done.append(f"Found {missing:,} artifacts to be missing.")
    catalog.repairs.put_first_seen(known)
    catalog.repairs.record(
        {"done": told.done, "not repaired": told.not_repaired, "left": told.left}
    )


def _emptied(
    catalog: Catalog, project: Project, told: Repair, progress: Progress
) -> bool:
    """Remove what a project's files can tell again; False where they are away."""
    place = catalog.ingest.place(project.id)
    try:
        list(Survey(catalog.ingest, place, MIDDLE).differing(progress))
    except ProjectError as error:
        told.left.append(f"{os.fsdecode(place.root)}: {error.what}")
        return False
    with turn(catalog.ingest, of_project(place.number), new_owner(), progress):
        catalog.repairs.empty(place)
    return True
