"""Rename: all or nothing, with the texts that name the files, and a way back."""

from __future__ import annotations

import contextlib
import errno
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.catalog.editing import new_uid
from mlcatalog.catalog.store import Catalog
from mlcatalog.conventions.names import display_name
from mlcatalog.conventions.references import Move
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.errors import MlcatalogError, NotFoundError
from mlcatalog.tasks.rename_files import (
    CLEAN,
    DONE,
    RECORDED,
    UNDONE,
    Edit,
    PlanFolder,
    Step,
    Written,
    digest_of,
    final_path,
    no_step,
)
from mlcatalog.tasks.rename_plan import RenamePlan

KEPT = 100  # finished plans that can still be taken back


@dataclass(frozen=True, slots=True)
class Renamed:
    """What a rename did."""

    id: str
    moves: tuple[Move, ...]
    edits: tuple[str, ...]
    problems: tuple[str, ...] = ()


def apply(catalog: Catalog, plan: RenamePlan, step: Step = no_step) -> Renamed:
    """Do what a preview showed, all of it or nothing.

    Raises MlcatalogError with everything as it was: for a conflict, for a
    file that changed since the preview, and for what the system refuses.
    """
    refused = next((row for row in plan.rows if row.conflicts), None)
    if refused is not None:
        raise MlcatalogError(
            f"{refused.old_name} cannot be renamed.",
            where=refused.old,
            why=refused.conflicts[0],
            remedy="Nothing was renamed; leave it out or choose another name.",
        )
    if not plan.rows:
        raise MlcatalogError("There is nothing to rename.")
    written = Written(
        id=new_uid(),
        moves=plan.moves,
        edits=tuple(
            Edit(one.path, digest_of(one.before), digest_of(one.after))
            for one in plan.changes
        ),
    )
    return _run(catalog, written, [(c.before, c.after) for c in plan.changes], step)


def undo(catalog: Catalog, plan_id: str = "", step: Step = no_step) -> Renamed:
    """Take a rename back (the last one without an id), texts included.

    A text that was changed since stays as it is, and is named.
    """
    folder = _finished(catalog, plan_id)
    former = folder.plan()
    if former is None:
        raise NotFoundError("There is no such rename.", where=plan_id)
    moves = tuple(
        Move(
            final_path(move.old, former.moves),
            _parent(final_path(move.old, former.moves)) + move.old_name,
            move.is_folder,
        )
        for move in former.moves
    )
    edits, texts, problems = [], [], []
    for number, edit in enumerate(former.edits):
        path = final_path(edit.path, former.moves)
        before, after = (
            (folder.folder / side / str(number)).read_bytes() for side in ("new", "old")
        )
        try:
            same = Path(path).read_bytes() == before
        except OSError:
            same = False
        if same:
            edits.append(Edit(path, edit.after, edit.before))
            texts.append((before, after))
        else:
            problems.append(f"{path} was changed since and is left as it is")
    written = Written(
        id=new_uid(),
        moves=moves,
        edits=tuple(edits),
        undoes=former.id,
    )
    done = _run(catalog, written, texts, step)
    shutil.rmtree(folder.folder, ignore_errors=True)
    return Renamed(done.id, done.moves, done.edits, tuple(problems))


def recover(catalog: Catalog, step: Step = no_step) -> tuple[str, ...]:
    """Mend what a program that was killed left half renamed; says what it did.

    What was not finished on the disk is taken back; what was is recorded.
    """
    home = _home(catalog)
    if catalog.read_only or not home.is_dir():
        return ()
    with contextlib.suppress(BusyError), _locked(home):
        return tuple(
            said
            for folder in sorted(home.iterdir())
            if folder.is_dir() and (said := _mended(catalog, PlanFolder(folder, step)))
        )
    return ()


def last_rename(catalog: Catalog) -> Written | None:
    """The rename that would be taken back next, None when there is none."""
    try:
        return _finished(catalog, "").plan()
    except NotFoundError:
        return None


def _run(
    catalog: Catalog, plan: Written, texts: list[tuple[bytes, bytes]], step: Step
) -> Renamed:
    home = _home(catalog)
    home.mkdir(parents=True, exist_ok=True)
    folder = PlanFolder(home / plan.id, step)
    with _locked(home):
        folder.write(plan, texts)
        step("written")
        try:
            folder.do(plan)
        except (OSError, MlcatalogError) as error:
            problems = _taken_back(folder, plan)
            raise _refusal(error, problems) from error
        except BaseException:
            _taken_back(folder, plan)
            raise
        folder.note(DONE)
        _record(catalog, folder, plan)
        _prune(home)
    paths = tuple(final_path(edit.path, plan.moves) for edit in plan.edits)
    return Renamed(plan.id, plan.moves, paths)


def _taken_back(folder: PlanFolder, plan: Written) -> list[str]:
    problems = folder.take_back(plan)
    folder.note(UNDONE)
    shutil.rmtree(folder.folder, ignore_errors=True)
    return problems


def _record(catalog: Catalog, folder: PlanFolder, plan: Written) -> None:
    """Have the catalogue follow, then forget what was kept for the way back."""
    moves = [(move.old, move.new) for move in _in_order(plan.moves)]
    edits = [final_path(edit.path, plan.moves) for edit in plan.edits]
    payload: dict[str, object] = {"moves": [list(m) for m in moves], "edits": edits}
    if plan.undoes:
        payload["undoes"] = plan.undoes
    catalog.renames.follow(plan.id, moves, names=_names(catalog, plan), payload=payload)
    folder.note(RECORDED)
    folder.finish(plan)
    folder.note(CLEAN)


def _names(catalog: Catalog, plan: Written) -> dict[str, str]:
    """The new names of the artifacts that carry a renamed file's or folder's name."""
    found = {}
    for summary in catalog.list(""):
        new = final_path(summary.path, plan.moves)
        if summary.path and new != summary.path:
            name = _named(summary, new)
            if name != summary.name:
                found[summary.id] = name
    return found


def _named(summary: Summary, path: str) -> str:
    before = display_name(summary.path, summary.kind, is_bundle=summary.bundle)
    if before != summary.name:
        return summary.name  # a tool named it, not its file
    return display_name(path, summary.kind, is_bundle=summary.bundle)


def _in_order(moves: tuple[Move, ...]) -> list[Move]:
    return sorted(moves, key=lambda move: move.old.count("/"), reverse=True)


def _mended(catalog: Catalog, folder: PlanFolder) -> str:
    plan = folder.plan()
    if plan is None:
        shutil.rmtree(folder.folder, ignore_errors=True)
        return ""
    match folder.state:
        case "":
            problems = _taken_back(folder, plan)
            more = f" {'; '.join(problems)}." if problems else ""
            return f"A rename that was interrupted was taken back.{more}"
        case state if state == DONE:
            _record(catalog, folder, plan)
            return "A rename that was interrupted was finished."
        case state if state == RECORDED:
            folder.finish(plan)
            folder.note(CLEAN)
        case state if state == UNDONE:
            shutil.rmtree(folder.folder, ignore_errors=True)
    return ""


def _finished(catalog: Catalog, plan_id: str) -> PlanFolder:
    home = _home(catalog)
    names = [plan_id] if plan_id else _newest(home)
    for name in names:
        folder = PlanFolder(home / Path(name).name)
        plan = folder.plan()
        if plan is not None and folder.state == CLEAN and (plan_id or not plan.undoes):
            return folder
    raise NotFoundError(
        "There is no rename to take back.",
        where=plan_id,
        remedy="The journal lists what was renamed.",
    )


def _newest(home: Path) -> list[str]:
    if not home.is_dir():
        return []
    folders = [one for one in home.iterdir() if one.is_dir()]
    return [
        one.name
        for one in sorted(folders, key=lambda one: one.stat().st_mtime_ns, reverse=True)
    ]


def _prune(home: Path) -> None:
    for name in _newest(home)[KEPT:]:
        if PlanFolder(home / name).state == CLEAN:
            shutil.rmtree(home / name, ignore_errors=True)


def _home(catalog: Catalog) -> Path:
    """Where plans are written: beside the catalogue, not in the project."""
    return catalog.path.parent / f"{catalog.path.stem}-renames"


def _parent(path: str) -> str:
    return path.rpartition("/")[0] + "/"


def _refusal(error: Exception, problems: list[str]) -> MlcatalogError:
    kept = "Everything is as it was."
    if problems:
        kept = f"All but this is as it was: {'; '.join(problems)}."
    if isinstance(error, MlcatalogError):
        return MlcatalogError(error.what, where=error.where, why=error.why, remedy=kept)
    if getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT):
        kept = f"{kept} Free some space and try again."
    where = getattr(error, "filename", "") or ""
    why = getattr(error, "strerror", "") or str(error)
    return MlcatalogError(
        "The files could not be renamed.", where=str(where), why=why, remedy=kept
    )


class BusyError(MlcatalogError):
    """Another program is renaming just now."""


@contextlib.contextmanager
def _locked(home: Path) -> Iterator[None]:
    """One rename at a time; the system ends the lock of a program that is killed."""
    with (home / "lock").open("a+b") as file:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BusyError(
                "Another rename is going on.",
                where=str(home),
                remedy="Wait for it to end, then try again.",
            ) from error
        yield
