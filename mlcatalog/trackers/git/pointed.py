"""What commits say of data that DVC keeps: which bytes its pointer in git named."""

from __future__ import annotations

from collections.abc import Iterable

from mlcatalog.domain import dvc_words
from mlcatalog.domain.errors import FormatError
from mlcatalog.trackers.dvc import plain
from mlcatalog.trackers.git.changes import Change
from mlcatalog.trackers.git.commits import History

LIMIT = 2**20  # bytes of one pointer
SHORT = 8  # characters of a digest
SUFFIX = dvc_words.SUFFIX.encode()


def pointers(
    history: History, tree: bytes, paths: Iterable[bytes]
) -> dict[bytes, bytes]:
    """The pointers of files by their paths: the file itself, or one beside it in git."""
    found: dict[bytes, bytes] = {}
    for path in paths:
        if path.endswith(SUFFIX):
            found[path] = path
        elif history.at(tree, path + SUFFIX) is not None:
            found[path] = path + SUFFIX
    return found


def named(history: History, change: Change) -> str:
    """The bytes that a pointer named at a commit: "md5 9c78ea4d, 46 bytes"."""
    try:
        raw = history.objects.get(change.entry.id, "blob", LIMIT)
        table = plain.table(plain.parsed(raw or b"", "pointer.dvc"))
    except FormatError:
        return ""
    out = plain.table(next(iter(plain.listed(table.get("outs"))), None))
    digest = dvc_words.bare(out.get("md5"))
    if not digest:
        return ""
    words = [f"md5 {digest[:SHORT]}"]
    for key, unit in (("size", "bytes"), ("nfiles", "files")):
        amount = out.get(key)
        if isinstance(amount, int):
            words.append(f"{amount:,} {unit}")
    return ", ".join(words)
