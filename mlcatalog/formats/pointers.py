"""Files that stand for others: pointers of git-lfs, git-annex and Git-Theta, downloads.

A pointer says the digest of bytes that are not here. Beside a download, and in
the hub's cache, lies what it was downloaded from.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mlcatalog.domain.annex import AnnexKey, key_in, linked_key
from mlcatalog.domain.parameter_versions import parameters
from mlcatalog.domain.reading import (
    Claim,
    Fact,
    Notice,
    Reading,
    Reference,
    Scheme,
    Tensor,
)
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.formats import bounded, saying

VERSION = 3
LFS = b"version https://git-lfs.github.com/spec/v1\n"
LFS_LIMIT = 1_024
OID = re.compile(rb"^oid sha256:([0-9a-f]{64})$", re.M)
SIZE = re.compile(rb"^size (\d{1,18})$", re.M)
THETA = (b'"tensor_metadata"', b'"lfs_metadata"')
THETA_LIMIT = 32 * 2**20
DTYPES = {
    **{f"float{bits}": f"F{bits}" for bits in (16, 32, 64)},
    **{f"int{bits}": f"I{bits}" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"U{bits}" for bits in (8, 16, 32, 64)},
    "bfloat16": "BF16",
    "bool": "BOOL",
}
CACHED = re.compile(
    r"(?:.*/)?(?P<kind>models|datasets|spaces)--(?P<id>[^/]+)/snapshots/(?P<commit>[^/]+)/"
)
METADATA_LIMIT = 4_096
COMMIT = re.compile(r"[0-9a-f]{40}")
DIGEST = re.compile(r"[0-9a-f]{64}")
RECORDED = Evidence.RECORDED


def pointer(head: bytes, kind: Kind | None) -> Reading | None:
    """The reading of a pointer; None for a file that is what it seems to be."""
    if head.startswith(LFS):
        oid, size = OID.search(head[:LFS_LIMIT]), SIZE.search(head[:LFS_LIMIT])
        if oid and size:
            digest, amount = oid[1].decode(), int(size[1])
            return _standing("git-lfs pointer", kind, "SHA256", digest, amount)
    if head.startswith(b"/annex/objects/") or head.startswith(b"../.git/annex/"):
        return _annexed(key_in(head), kind)
    return None


def of_link(path: Path, kind: Kind | None) -> Reading | None:
    """The reading of a link to bytes that git-annex keeps elsewhere; else None.

    What the link leads to is not looked at.
    """
    try:
        target = os.fsencode(path.readlink())
    except OSError:
        return None
    return _annexed(linked_key(target), kind)


def _annexed(key: AnnexKey | None, kind: Kind | None) -> Reading | None:
    if key is None:
        return None
    return _standing("git-annex pointer", kind, key.hashed, key.digest, key.size)


def _standing(
    name: str, kind: Kind | None, hashed: str, shown: str, size: int
) -> Reading:
    scheme = {"SHA256": Scheme.SHA256, "MD5": Scheme.MD5}.get(hashed)
    claims: tuple[Claim, ...] = ()
    if scheme and kind in (Kind.MODEL, Kind.DATASET):
        same = Reference(scheme, shown, kind=kind)
        claims = (saying.claim(Relation.COPY_OF, same, name, evidence=RECORDED),)
    notice = Notice(
        "integrity.bytes-elsewhere",
        f"Only a {name} is here; {size:,} bytes are kept elsewhere",
        "note",
    )
    return Reading(
        name,
        kind,
        facts=(
            *saying.fact(f"content.{hashed.lower()}", shown, name, RECORDED),
            *saying.fact("content.size", size, name, RECORDED),
        ),
        claims=claims,
        notices=(notice,),
    )


def is_theta(head: bytes) -> bool:
    """Whether a file is what Git-Theta commits in place of a model."""
    return head.lstrip()[:1] == b"{" and all(word in head for word in THETA)


def theta(path: Path) -> Reading:
    """The parameters that stand in place of a model; raises FormatError."""
    found = parameters(bounded.raw_text(path, THETA_LIMIT))
    if found is None:
        raise bounded.damaged(path, "It is not as Git-Theta writes it")
    tensors = tuple(
        Tensor(name, DTYPES.get(one.dtype, one.dtype), one.shape)
        for name, one in found.items()
    )
    stored = sum({one.oid: one.size for one in found.values()}.values())
    notice = Notice(
        "integrity.bytes-elsewhere",
        "Only what Git-Theta commits in place of the model is here; "
        f"{stored:,} bytes of {len(found):,} parameter groups are kept by git-lfs",
        "note",
    )
    return Reading(
        "git-theta pointer",
        Kind.MODEL,
        facts=(
            *saying.totals(tensors),
            *saying.fact("content.stored", stored, "lfs_metadata", RECORDED),
        ),
        tensors=tensors,
        notices=(notice,),
    )


def with_origin(path: Path, reading: Reading) -> Reading:
    """The reading with what the place of a download says of its origin."""
    facts = tuple(_cached(path)) or tuple(_downloaded(path))
    return replace(reading, facts=(*reading.facts, *facts)) if facts else reading


def _cached(path: Path) -> Iterator[Fact]:
    """Id and commit, out of the folders of the hub's cache."""
    match = CACHED.match(path.as_posix())
    if match:
        hub = match["id"].replace("--", "/")
        source = "folders of the hub's cache"
        yield Fact("hub.id", Value.of(hub), source, RECORDED)
        yield Fact("hub.revision", Value.of(match["commit"]), source, RECORDED)


def _downloaded(path: Path) -> Iterator[Fact]:
    """Commit and digest that huggingface_hub noted beside a download."""
    for above in path.parents[:4]:
        notes = above / ".cache" / "huggingface" / "download"
        if not notes.is_dir():
            continue
        inner = path.relative_to(above)
        note = notes / inner.parent / f"{inner.name}.metadata"
        try:
            with note.open("rb") as file:
                lines = file.read(METADATA_LIMIT).decode("utf-8", "replace").split("\n")
        except OSError:
            return
        source = f".cache/huggingface/download/{inner.name}.metadata"
        if COMMIT.fullmatch(lines[0].strip()):
            yield Fact("hub.revision", Value.of(lines[0].strip()), source, RECORDED)
        if len(lines) > 1 and DIGEST.fullmatch(lines[1].strip()):
            yield Fact("download.sha256", Value.of(lines[1].strip()), source, RECORDED)
        return
