"""Keys of git-annex: what a link into its store says of bytes that may not be here."""

from __future__ import annotations

import re
from dataclasses import dataclass

KEY = re.compile(
    rb"/annex/objects/(?:[^/]+/)*(?P<kind>[A-Z0-9_]+)-s(?P<size>\d{1,18})"
    rb"(?:-[a-zA-Z]\d+)*--(?P<digest>[0-9a-f]{32,128})"
)
LINK = re.compile(rb"(?:\.\./)*\.git/annex/objects/")
LINK_LIMIT = 4_096  # bytes


@dataclass(frozen=True, slots=True)
class AnnexKey:
    """What a key names: the digest of the bytes, how it was made, and how many."""

    hashed: str  # SHA256, MD5, …
    digest: str
    size: int


def key_in(text: bytes) -> AnnexKey | None:
    """The key in what a link leads to or a pointer holds; None when there is none."""
    found = KEY.search(text[:LINK_LIMIT])
    if found is None:
        return None
    hashed = found["kind"].decode().removesuffix("E")
    return AnnexKey(hashed, found["digest"].decode(), int(found["size"]))


def linked_key(target: bytes) -> AnnexKey | None:
    """The key that a link into the store of its own repository names."""
    return key_in(target) if LINK.match(target) else None
