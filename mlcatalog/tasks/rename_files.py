"""Renames on disk, all or none: written down first, so that a kill can be mended.

Each plan has a folder of its own beside the catalogue. `plan.json` says what
is to be done, `old/` keeps the texts as they were, and `log` grows by a line
when all is done on disk and when the catalogue knows it. What a run that was
killed left behind is taken back while the first line is missing, and finished
once it is there. Names on the way are ours alone, so that swapped names,
names that differ only by case and other devices need no case of their own.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mlcatalog.conventions.references import Move
from mlcatalog.domain.errors import MlcatalogError

DONE, RECORDED, CLEAN, UNDONE = STATES = ("done", "recorded", "clean", "undone")
AWAY, BACK, COPY = "away", "back", "copy"
MARK = ".mlcatalog-"  # such names are left out of every scan
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Edit:
    """A text file that names renamed ones; digests of its bytes before and after."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Written:
    """A plan as it is written down."""

    id: str
    moves: tuple[Move, ...]
    edits: tuple[Edit, ...] = ()
    undoes: str = ""  # the plan that this one takes back


def no_step(name: str) -> None:
    """Called between two steps; tests stop the program here."""


class PlanFolder:
    """One written plan with what it needs to be taken back."""

    def __init__(self, folder: Path, step: Step = no_step) -> None:
        self.folder = folder
        self._step = step

    # what is written

    def write(self, plan: Written, texts: Sequence[tuple[bytes, bytes]]) -> None:
        """Write the plan and the texts of its edits, before and after."""
        (self.folder / "old").mkdir(parents=True)
        (self.folder / "new").mkdir()
        for number, (before, after) in enumerate(texts):
            _write_new(self.folder / "old" / str(number), before)
            _write_new(self.folder / "new" / str(number), after)
        scratch = self.folder / "plan.part"
        _write_new(scratch, json.dumps(asdict(plan)).encode())
        scratch.rename(self.folder / "plan.json")
        _sync_folder(self.folder)

    def plan(self) -> Written | None:
        """The plan; None where writing it was not finished, so that nothing began."""
        try:
            raw = json.loads((self.folder / "plan.json").read_bytes())
        except FileNotFoundError:
            return None
        raw["moves"] = tuple(Move(**move) for move in raw["moves"])
        raw["edits"] = tuple(Edit(**edit) for edit in raw["edits"])
        return Written(**raw)

    @property
    def state(self) -> str:
        """How far the plan has come, "" while nothing is finished."""
        return next((line for line in reversed(self._log()) if line in STATES), "")

    def note(self, line: str) -> None:
        """Add a line to the log, on the disk before anything else happens."""
        with (self.folder / "log").open("a") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(self.folder)
        self._step(line)

    def _log(self) -> list[str]:
        try:
            return (self.folder / "log").read_text().split("\n")[:-1]
        except FileNotFoundError:
            return []

    # doing and taking back

    def do(self, plan: Written) -> None:
        """Edit and rename; raises OSError or MlcatalogError with nothing taken back."""
        for number, edit in enumerate(plan.edits):
            self._replace(plan, number, Path(edit.path), "new", edit.before)
            self._step(f"edit {number}")
        for depth, group in by_depth(plan.moves):
            for number, move in group:
                self._away(plan, number, move)
                self._step(f"away {number}")
            self.note(f"{AWAY} {depth}")
            for number, move in group:
                _rename_new(self._middle(plan, number, move), Path(move.new))
                self._step(f"there {number}")
        _sync_folders(Path(move.new).parent for move in plan.moves)

    def take_back(self, plan: Written) -> list[str]:
        """Bring everything to what it was; gives what could not be, in words."""
        problems: list[str] = []
        log = self._log()
        for depth, group in reversed(list(by_depth(plan.moves))):
            # Once all had gone away, what is not on its way has arrived.
            if f"{AWAY} {depth}" in log and f"{BACK} {depth}" not in log:
                for number, move in reversed(group):
                    middle, new = self._middle(plan, number, move), Path(move.new)
                    if not _exists(middle) and _exists(new):
                        os.rename(new, middle)  # noqa: PTH104
                        self._step(f"away again {number}")
            self.note(f"{BACK} {depth}")
            for number, move in reversed(group):
                self._home(plan, number, move, problems)
                self._step(f"home {number}")
        for number, edit in reversed(list(enumerate(plan.edits))):
            path = Path(edit.path)
            if _digest(path) == edit.after and edit.after != edit.before:
                self._replace(plan, number, path, "old", edit.after)
            elif _digest(path) != edit.before:
                problems.append(f"{edit.path} was changed since and is left as it is")
            self._step(f"restore {number}")
        self._sweep(plan)
        return problems

    def finish(self, plan: Written) -> None:
        """Remove what was kept only to be able to take the renames back."""
        for number, move in enumerate(plan.moves):
            kept = self._kept(plan, number, move)
            _remove(Path(final_path(str(kept), plan.moves)))
        self._sweep(plan)

    # one rename

    def _away(self, plan: Written, number: int, move: Move) -> None:
        """Give the file a name of our own, in the folder where it will be."""
        old, middle = Path(move.old), self._middle(plan, number, move)
        if not _exists(old):
            raise _trouble("A file that was to be renamed is gone.", move.old)
        try:
            os.rename(old, middle)  # noqa: PTH104 - tells another device apart
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self.note(f"{COPY} {number}")
            _copy(old, middle)
            self._step(f"copied {number}")
            os.rename(old, self._kept(plan, number, move))  # noqa: PTH104

    def _home(
        self, plan: Written, number: int, move: Move, problems: list[str]
    ) -> None:
        old, middle = Path(move.old), self._middle(plan, number, move)
        kept = self._kept(plan, number, move)
        was_copied = f"{COPY} {number}" in self._log()
        if _exists(kept) and not _exists(old):
            os.rename(kept, old)  # noqa: PTH104
        if was_copied and _exists(old):
            _remove(middle)  # a copy, of which the original is in its place
        elif _exists(middle) and not _exists(old):
            os.rename(middle, old)  # noqa: PTH104
        elif _exists(middle):
            where = middle if _exists(Path(move.new)) else Path(move.new)
            os.rename(middle, where)  # noqa: PTH104
            problems.append(f"{old} was made anew meanwhile; the former is {where}")
        elif not _exists(old):
            problems.append(f"{old} is gone: it is neither there nor renamed")

    def _middle(self, plan: Written, number: int, move: Move) -> Path:
        return Path(move.new).parent / f"{MARK}{plan.id}-{number}"

    def _kept(self, plan: Written, number: int, move: Move) -> Path:
        return Path(move.old).parent / f"{MARK}{plan.id}-{number}-kept"

    # one edit

    def _replace(
        self, plan: Written, number: int, path: Path, side: str, expected: str
    ) -> None:
        """Put a text in a file's place, in one step, if it is what it should be."""
        if path.is_symlink() or _digest(path) != expected:
            raise _trouble("A file changed while it was to be edited.", str(path))
        info = path.stat()
        scratch = path.parent / f"{MARK}{plan.id}-edit-{number}"
        _remove(scratch)
        try:
            _write_new(scratch, (self.folder / side / str(number)).read_bytes())
        except OSError as error:  # a full disk names no file
            raise OSError(error.errno, error.strerror, str(path)) from error
        scratch.chmod(stat.S_IMODE(info.st_mode))
        self._step(f"{side} {number}")
        scratch.replace(path)

    def _sweep(self, plan: Written) -> None:
        for number, edit in enumerate(plan.edits):
            _remove(Path(edit.path).parent / f"{MARK}{plan.id}-edit-{number}")


def by_depth(moves: Sequence[Move]) -> Iterator[tuple[int, list[tuple[int, Move]]]]:
    """The moves, the deepest places first, so that no path changes on the way."""
    depths = sorted({move.old.count("/") for move in moves}, reverse=True)
    for depth in depths:
        group = [
            (number, move)
            for number, move in enumerate(moves)
            if move.old.count("/") == depth
        ]
        yield depth, group


def final_path(path: str, moves: Sequence[Move]) -> str:
    """Where a path leads once all is renamed."""
    for _, group in by_depth(moves):
        for _, move in group:
            if path == move.old or path.startswith(f"{move.old}/"):
                path = move.new + path[len(move.old) :]
                break
    return path


def digest_of(raw: bytes) -> str:
    """SHA-256 of bytes."""
    return hashlib.sha256(raw).hexdigest()


def _digest(path: Path) -> str:
    try:
        return digest_of(path.read_bytes())
    except OSError:
        return ""


def _exists(path: Path) -> bool:
    return os.path.lexists(path)


def _rename_new(old: Path, new: Path) -> None:
    """Rename where nothing is yet."""
    if _exists(new):
        raise _trouble("Something of this name is there already.", str(new))
    os.rename(old, new)  # noqa: PTH104 - Path.rename follows no other rule


def _copy(old: Path, new: Path) -> None:
    """Copy to another device, with times and modes, and onto its disk."""
    if old.is_dir() and not old.is_symlink():
        shutil.copytree(old, new, symlinks=True)
        for place, _, names in os.walk(new):
            for name in names:
                _sync_file(Path(place) / name)
    else:
        shutil.copy2(old, new, follow_symlinks=False)
        _sync_file(new)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _write_new(path: Path, raw: bytes) -> None:
    with path.open("xb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def _sync_file(path: Path) -> None:
    if not path.is_symlink():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _sync_folders(folders: Iterable[Path]) -> None:
    for folder in set(folders):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """Have a folder's names on the disk, where the system lets folders be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _trouble(what: str, where: str) -> MlcatalogError:
    return MlcatalogError(
        what, where=where, remedy="Nothing was renamed; look at the preview again."
    )
