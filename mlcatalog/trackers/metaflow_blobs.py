"""Artifacts of a Metaflow datastore, by SHA-1: small values, types of the rest."""

from __future__ import annotations

import io
import pickle
import re
import zlib
from pathlib import Path

from mlcatalog.domain.inert_pickle import InertUnpickler, Name, Thing
from mlcatalog.domain.pickled_values import number_of_numpy, plain

# What is read of a task's metadata (metaflow/metadata_provider/metadata.py, task.py).
FIELDS = frozenset(
    {
        "attempt-done", "attempt_ok", "code-package", "end_step", "git-info",
        "metaflow_version", "origin-run-id", "python_version", "script-name",
    }
)  # fmt: skip
UNKNOWN = object()  # not there, too large, or no plain value
SHA = re.compile(r"[0-9a-f]{40}")
PACKED_LIMIT = 65_536  # bytes of a blob that is opened
UNPACKED_LIMIT = 1_048_576  # bytes of a pickle that is looked at
READ_LIMIT = 2_000  # blobs that are opened for one run
TEXT_LIMIT = 500  # of a value that is shown
TYPE = re.compile(r"<class '([^']+)'>")
SURPRISES = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    pickle.PickleError,
    zlib.error,
)


class Blobs:
    """The `data` folder of a flow; each blob is looked at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, object] = {}
        self.names: dict[str, None] = {}  # every global that the pickles name

    def value(self, sha: str) -> object:
        """The plain value of an artifact; UNKNOWN for what is none."""
        root = self._root(sha)
        if isinstance(root, Thing):
            number = number_of_numpy(root)
            return UNKNOWN if number is None else number
        return root if _is_plain(root) else UNKNOWN

    def shown(self, sha: str, type_text: object) -> object:
        """What is shown of an artifact: its value where short, else its type."""
        value = self.value(sha)
        if value is not UNKNOWN and len(str(value)) <= TEXT_LIMIT:
            return value
        root = self._root(sha)
        if isinstance(root, Thing | Name):
            return root.name
        found = TYPE.fullmatch(type_text) if isinstance(type_text, str) else None
        return found[1] if found else "unknown"

    def fields(self, sha: str) -> dict[str, object]:
        """The state of an artifact that is an object."""
        root = self._root(sha)
        return dict(plain(root.fields())) if isinstance(root, Thing) else {}

    def _root(self, sha: str) -> object:
        if sha not in self._known:
            is_full = len(self._known) >= READ_LIMIT
            self._known[sha] = UNKNOWN if is_full else self._looked_at(sha)
        return self._known[sha]

    def _looked_at(self, sha: str) -> object:
        if not SHA.fullmatch(sha):
            return UNKNOWN
        path = self._folder / sha[:2] / sha
        try:
            if path.is_symlink() or path.stat().st_size > PACKED_LIMIT:
                return UNKNOWN
            raw = path.read_bytes()
        except OSError:
            return UNKNOWN
        try:
            machine = zlib.decompressobj(wbits=31)
            unpacked = machine.decompress(raw, UNPACKED_LIMIT)
            if not machine.eof:
                return UNKNOWN
            unpickler = InertUnpickler(io.BytesIO(unpacked))
            unpickler.names = self.names
            return unpickler.look()
        except SURPRISES:
            return UNKNOWN


def _is_plain(value: object, depth: int = 0) -> bool:
    """Whether a value is made of texts, numbers, lists and tables alone."""
    if depth > 16 or value is UNKNOWN:
        return False
    if isinstance(value, dict):
        return all(_is_plain(one, depth + 1) for one in (*value, *value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return all(_is_plain(one, depth + 1) for one in value)
    return value is None or isinstance(value, str | int | float)
