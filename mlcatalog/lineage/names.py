"""Artifacts by every key that a reference may use, and what they are called."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache

from mlcatalog.domain.words import Kind
from mlcatalog.lineage.at_commit import CodeFile, Recorded

EXPORT_FOLDERS = frozenset(
    {
        "export",
        "exports",
        "exported",
        "onnx",
        "deploy",
        "deployment",
        "serving",
        "tflite",
    }
)
STEP = re.compile(
    r"(?:^|(?<=[-_. ]))(?:global[-_]?step|checkpoint|ckpt|chkpt|steps?|epochs?|ep|iters?|iteration)"
    r"(?:[-_.= ]?(?:step|epoch))?[-_.= ]?(\d{1,12})(?=$|[-_. ])",
    re.IGNORECASE,
)
HOMES = frozenset(
    {"checkpoints", "checkpoint", "ckpts", "ckpt", "weights", "snapshots"}
)


@dataclass(frozen=True, slots=True)
class KnownArtifact:
    """One artifact by every key that a reference may use.

    Paths are absolute texts with "/". For a bundle that is a folder, path is
    the folder; members are the paths of its files.
    """

    id: str
    kind: Kind
    path: str = ""
    project: str = ""  # the project's root
    name: str = ""
    format: str = ""
    members: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()  # SHA-256 of its versions and members
    md5s: tuple[str, ...] = ()
    run: str = ""  # "tool:native id"
    run_folder: str = ""
    hub: str = ""  # "org/name", if a card or the hub's cache says so
    step: int | None = None  # of a checkpoint, when its own files say so
    created: int | None = None  # UTC µs of the current content
    recorded: Recorded | None = None  # the commit that it recorded
    code: CodeFile | None = None  # of a script or config
    pointed: str = ""  # the MD5 that a DVC pointer beside it records


def names_of(artifact: KnownArtifact) -> set[str]:
    """What an artifact may be called: its name, file name and stem."""
    last = artifact.path.rpartition("/")[2]
    return {name for name in (artifact.name, last, stem(last)) if name}


def place_of(artifact: KnownArtifact) -> str:
    """The path whose last part is what an artifact is called.

    Of a file that a framework named (`checkpoint-500/model.safetensors`, known
    by its artifact bearing the folder's name) that is the folder.
    """
    folder = parent(artifact.path)
    named_by_folder = artifact.name and artifact.name == folder.rpartition("/")[2]
    return folder if named_by_folder else artifact.path


def title_of(artifact: KnownArtifact) -> str:
    """What an artifact is called by its path: a folder's name, a file's stem."""
    place = place_of(artifact)
    last = place.rpartition("/")[2]
    is_folder = place != artifact.path or (
        bool(artifact.members) and artifact.path not in artifact.members
    )
    return last if is_folder else stem(last)


def parent(path: str) -> str:
    """The folder that a path lies in, "" above the top."""
    return posixpath.dirname(path) if path not in {"", "/"} else ""


def stem(name: str) -> str:
    """A file name without its last suffix; versions ("v1.2") are no suffix."""
    head, dot, suffix = name.rpartition(".")
    return head if dot and head and not suffix.isdigit() else name


def lies_in(path: str, folder: str) -> bool:
    """Whether a path is a folder or below it."""
    return bool(folder) and (
        path == folder or path.startswith(folder.rstrip("/") + "/")
    )


def step_of(model: KnownArtifact) -> int | None:
    """The step or epoch that a model's own name states, None for a final model."""
    home = parent(place_of(model)).rpartition("/")[2].lower()
    return _step_in(title_of(model), is_at_home=home in HOMES)


@lru_cache(maxsize=10_000)
def _step_in(title: str, *, is_at_home: bool) -> int | None:
    found = STEP.search(title)
    if found:
        return int(found[1])
    number = re.fullmatch(r".*?(\d{1,12})", title) if is_at_home else None
    return int(number[1]) if number else None


def is_final(artifact: KnownArtifact) -> bool:
    """Whether an artifact is a model that no step or epoch stands on."""
    return artifact.kind is Kind.MODEL and step_of(artifact) is None
