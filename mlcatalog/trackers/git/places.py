"""Where a repository keeps what: its folder, what work trees share, its layout."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.trackers.git.bounded import Boundary, damaged, outside

LEVELS = 16  # folders above a project that are looked at
NAME_LIMIT = 4_096  # bytes of a file that holds one name
CONFIG_LIMIT = 2**18
SECTION = re.compile(r"\s*\[\s*([A-Za-z0-9.-]+)\s*(?:\"((?:[^\"\\]|\\.)*)\")?\s*\]")
SETTING = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*?))?\s*(?:[#;].*)?$")
# What may be on in a repository that is read here; all else changes its layout.
EXTENSIONS = frozenset(
    {"objectformat", "refstorage", "worktreeconfig", "partialclone", "noop"}
    | {"preciousobjects", "relativeworktrees"}
)


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one repository."""

    work_tree: Path
    git: Path  # its own: HEAD, index
    common: Path  # of all its work trees: objects, refs
    id_size: int  # bytes: 20 for SHA-1, 32 for SHA-256
    kind: str  # "repository", "work tree" or "submodule"


def find(folder: Path, boundary: Boundary) -> Places | None:
    """The repository whose work tree a folder is; None when it is none.

    Raises FormatError for one that is damaged or of a layout that is not
    known, OutsideError for one that lies out of the project: all but that of a
    work tree around the project, and one that names this folder as its own.
    """
    mark = folder / ".git"
    if not os.path.lexists(mark):
        return None
    if boundary.is_below(folder):
        _admit_above(mark, boundary)
    elif not boundary.holds(mark):
        raise outside(mark)
    git, kind = (mark, "repository") if mark.is_dir() else _elsewhere(mark, boundary)
    common = _common(git, boundary)
    if common != git:
        kind = "work tree"
    if not (git / "HEAD").is_symlink() and not (git / "HEAD").is_file():
        raise damaged(git, "It has no HEAD")
    return Places(folder, git, common, _id_size(common, boundary), kind)


def above(root: Path) -> Path | None:
    """The nearest folder above a project that is a work tree of the same user.

    Looking up ends where another file system begins.
    """
    real = Path(os.path.realpath(root))
    try:
        device = real.stat().st_dev
        for folder in list(real.parents)[:LEVELS]:
            if folder.stat().st_dev != device:
                return None
            if is_git(folder / ".git") or (folder / ".git").is_file():
                return folder
    except OSError:
        return None
    return None


def is_git(folder: Path) -> bool:
    """Whether a folder is laid out as git lays out a repository."""
    return (
        not folder.is_symlink()
        and (folder / "objects").is_dir()
        and (folder / "refs").is_dir()
        and (folder / "HEAD").is_file()
    )


def _admit_above(mark: Path, boundary: Boundary) -> None:
    """Let the repository of the work tree above the project be read, and only it."""
    if mark.is_symlink():
        raise outside(mark, "It is a link")
    if hasattr(os, "geteuid") and mark.lstat().st_uid != os.geteuid():
        raise outside(mark, "It belongs to another user")
    if not mark.is_dir():
        boundary.admit_mark(mark)
    elif is_git(mark):
        boundary.admit(mark)
    else:
        raise damaged(mark, "It is not laid out as git lays out a repository")


def _admit_linked(git: Path, mark: Path, boundary: Boundary) -> None:
    """Let a repository be read that says itself that this is its work tree."""
    inner = Boundary.of(git)
    said = inner.read(git / "gitdir", NAME_LIMIT)  # of an added work tree
    if said is not None:
        tree = git / os.fsdecode(said.strip())
    else:  # of a submodule
        config = settings(inner.read(git / "config", CONFIG_LIMIT) or b"")
        tree = git / config.get("core.worktree", "") / ".git"
    if not (git / "HEAD").is_file():
        raise outside(git, "What lies there is no git repository")
    if os.path.realpath(tree) != os.path.realpath(mark):
        raise outside(git, "It does not name this folder as its work tree")
    boundary.admit(git)


def _admit_common(common: Path, git: Path, boundary: Boundary) -> None:
    """Let the repository be read that an admitted work tree is of."""
    if git.parent.parent != common or git.parent.name != "worktrees":
        raise outside(common, "It does not hold this work tree")
    if not is_git(common):
        raise damaged(common, "It is not laid out as git lays out a repository")
    boundary.admit(common)


def _elsewhere(mark: Path, boundary: Boundary) -> tuple[Path, str]:
    raw = boundary.read(mark, NAME_LIMIT) or b""
    if not raw.startswith(b"gitdir:"):
        raise damaged(mark, "It does not say where the repository lies")
    git = mark.parent / os.fsdecode(raw[len(b"gitdir:") :].strip())
    if not boundary.holds(git):
        _admit_linked(git, mark, boundary)
    if not git.is_dir():
        raise FormatError(
            "The repository of this work tree is not there",
            where=str(mark),
            why=f"It should lie at {git}",
            remedy="`git worktree repair` mends work trees that were moved.",
        )
    return git, "submodule" if "modules" in git.parts else "work tree"


def _common(git: Path, boundary: Boundary) -> Path:
    raw = boundary.read(git / "commondir", NAME_LIMIT)
    if raw is None:
        return git
    common = Path(os.path.normpath(git / os.fsdecode(raw.strip())))
    if not boundary.holds(common):
        _admit_common(common, git, boundary)
    return common


def _id_size(common: Path, boundary: Boundary) -> int:
    """Bytes of an id; raises FormatError for a layout that is not known."""
    said = settings(boundary.read(common / "config", CONFIG_LIMIT) or b"")
    version = said.get("core.repositoryformatversion", "0")
    if version not in ("0", "1"):
        raise _unknown(common, f"its format is {version}")
    if said.get("extensions.refstorage", "files").lower() != "files":
        kept = said["extensions.refstorage"]
        raise _unknown(common, f"its branches are kept as {kept}, which is not read")
    if version == "1":
        names = (k.removeprefix("extensions.") for k in said if k[:11] == "extensions.")
        strange = sorted(set(names) - EXTENSIONS)
        if strange:
            raise _unknown(common, f"it uses {', '.join(strange)}")
    kind = said.get("extensions.objectformat", "sha1").lower()
    if kind not in ("sha1", "sha256"):
        raise _unknown(common, f"its ids are made with {kind}")
    return 32 if kind == "sha256" else 20


def settings(raw: bytes) -> dict[str, str]:
    """The plain settings of a config; what it includes is not followed."""
    found: dict[str, str] = {}
    section = ""
    for line in raw.decode("utf-8", "replace").splitlines():
        head = SECTION.match(line)
        if head:
            section = head[1].lower() + (f".{head[2]}" if head[2] else "")
            line = line[head.end() :]
        setting = SETTING.match(line)
        if setting and section:
            value = "true" if setting[2] is None else setting[2].strip('"')
            found[f"{section}.{setting[1].lower()}"] = value
    return found


def _unknown(place: Path, why: str) -> FormatError:
    return FormatError(
        "This git repository is of a kind that is not read here",
        where=str(place),
        why=why[0].upper() + why[1:],
        remedy="Everything else of the project was indexed.",
    )
