"""What a written reference means, as far as the known artifacts can tell."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha1

from mlcatalog.domain import dvc_words
from mlcatalog.domain.lineage import IN_DVC, IN_STORE, Node
from mlcatalog.domain.reading import Reference, Scheme
from mlcatalog.domain.words import Kind
from mlcatalog.lineage.known import Known, Match
from mlcatalog.lineage.names import lies_in, parent

NOTHING = Match()
EXTERNAL = "ext:"  # how the id of such a node begins
BY_SUFFIX = "matched by suffix"
BY_NAME = "matched by name"
SAME = "the same bytes still"
CHANGED = "changed since"
IN_OUTPUT = "lies in the folder that it names"
MOST_CANDIDATES = 3  # more than these and a suffix says nothing
COMMIT = re.compile(r"[0-9a-f]{7,64}")
WINDOWS = re.compile(r"^[A-Za-z]:[\\/]")


def find(
    reference: Reference,
    known: Known,
    *,
    kinds: frozenset[Kind],
    source: str,
    project: str,
) -> Match:
    """The artifacts of the wanted kinds that a reference means.

    source is the path of the file that holds it, project its root; both are
    absolute texts. SELF and RUN_OF_SELF are the caller's.
    """
    wanted = frozenset({reference.kind}) if reference.kind else kinds
    match reference.scheme:
        case Scheme.PATH | Scheme.STORED:
            found = find_path(
                reference.id, known, kinds=wanted, source=source, project=project
            )
            return _compared(found, reference, known)
        case Scheme.HUB:
            return _find_hub(
                reference.id, known, kinds=wanted, source=source, project=project
            )
        case Scheme.SHA256:
            return _of_kinds(known.by_sha256(reference.id), known, wanted)
        case Scheme.MD5:
            return _of_kinds(known.by_md5(reference.id), known, wanted)
        case Scheme.RUN:
            return Match(known.by_run(reference.id))
        case Scheme.RUN_IN:
            return _find_run_in(reference.id, known, source=source, project=project)
        case Scheme.NAME:
            return _find_name(reference.id, known, wanted, project)
        case _:
            return NOTHING


def _compared(found: Match, reference: Reference, known: Known) -> Match:
    """The match, with whether what is there has the bytes that were recorded."""
    digest = reference.revision or ""
    if found.how or len(found.ids) != 1 or not dvc_words.bare(digest):
        return found
    md5s = known.by_id[found.ids[0]].md5s
    if not md5s:
        return found
    return replace(found, how=SAME if digest in md5s else CHANGED)


def find_path(
    text: str, known: Known, *, kinds: frozenset[Kind], source: str, project: str
) -> Match:
    """What lies at a written path: exactly, else the one thing that ends in it."""
    for place in places_of(text, source=source, project=project):
        found = _of_kinds(_things_at(place, known, kinds), known, kinds)
        if found.ids:
            return found
    return _by_suffix(text, known, kinds, project)


def places_of(text: str, *, source: str, project: str) -> Iterator[str]:
    """The absolute paths that a written path may mean, likeliest first.

    A relative one is tried from its file's folder and from each folder above,
    up to the project's root.
    """
    path = plain(text)
    if not path or path.startswith("~"):
        return
    if path.startswith("/"):
        yield posixpath.normpath(path)
        return
    folder = parent(source)
    while folder and lies_in(folder, project):
        yield posixpath.normpath(posixpath.join(folder, path))
        folder = parent(folder)
    if project and not lies_in(parent(source), project):
        yield posixpath.normpath(posixpath.join(project, path))


def plain(text: str) -> str:
    """A written path with "/" and without `file://`."""
    path = text.strip().removeprefix("file://")
    if WINDOWS.match(path):
        return path[2:].replace("\\", "/")
    return path if "/" in path else path.replace("\\", "/")


def external(reference: Reference, kinds: frozenset[Kind]) -> Node:
    """The node of something that is known by reference only."""
    if reference.scheme is Scheme.MD5 and reference.revision:
        # One place, with the bytes that it had: the digest tells its version.
        place, digest = reference.revision, reference.id
        reference = Reference(Scheme.PATH, place, digest, reference.kind)
    key = f"{reference.scheme}|{reference.id}|{reference.revision}"
    kind = reference.kind or (
        Kind.MODEL if Kind.MODEL in kinds or len(kinds) != 1 else next(iter(kinds))
    )
    return Node(
        id=EXTERNAL
        + sha1(key.encode("utf-8", "replace"), usedforsecurity=False).hexdigest(),
        kind=kind,
        name=reference.id,
        external=True,
        format=_kept_in(reference),
        revision=reference.revision,
        digest=reference.id if reference.scheme is Scheme.SHA256 else None,
        facts={"scheme": str(reference.scheme)},
    )


def _kept_in(reference: Reference) -> str:
    if reference.scheme is Scheme.STORED:
        return IN_STORE
    return IN_DVC if is_kept_elsewhere(reference) else ""


def is_kept_elsewhere(reference: Reference) -> bool:
    """Whether a place is told with its digest: its bytes need not be here."""
    return bool(
        reference.scheme in {Scheme.PATH, Scheme.MD5}
        and reference.revision
        and (reference.scheme is Scheme.MD5 or dvc_words.bare(reference.revision))
    )


def is_external(node_id: str) -> bool:
    """Whether an id is that of something that is known by reference only."""
    return node_id.startswith(EXTERNAL)


def is_pinned(reference: Reference) -> bool:
    """Whether a reference names exact content: a digest, or a commit as revision."""
    if reference.scheme in {Scheme.SHA256, Scheme.MD5, Scheme.STORED}:
        return True
    return bool(reference.revision and COMMIT.fullmatch(reference.revision.lower()))


def _things_at(place: str, known: Known, kinds: frozenset[Kind]) -> tuple[str, ...]:
    """What is at a path; a folder means the one dataset, model or run in it."""
    exact = known.at(place)
    if any(known.by_id[i].kind in kinds for i in exact):
        return exact
    runs = known.by_run_folder(place)
    if runs and Kind.RUN in kinds:
        return runs
    return known.only_inside(place, kinds)


def _by_suffix(text: str, known: Known, kinds: frozenset[Kind], project: str) -> Match:
    parts = [
        part for part in plain(text).split("/") if part not in {"", ".", "..", "~"}
    ]
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        ids = _of_kinds(known.ending(tail, project), known, kinds).ids
        if len(ids) == 1:
            return Match(ids, f"{BY_SUFFIX} {tail}", 0.8)
        if ids:
            return _one_of(ids, f"{BY_SUFFIX} {tail}")
    return NOTHING


def _one_of(ids: tuple[str, ...], how: str) -> Match:
    if len(ids) > MOST_CANDIDATES:
        return NOTHING
    how = f"{how}, one of {len(ids)}"
    return Match(ids, how, round(1 / (len(ids) + 1), 2), certain=False)


def _find_hub(
    text: str, known: Known, *, kinds: frozenset[Kind], source: str, project: str
) -> Match:
    """A hub id; what a tool calls so may as well be a local folder, which wins."""
    for place in places_of(text, source=source, project=project):
        found = _of_kinds(known.at(place), known, kinds)
        if found.ids:
            return found
    return _of_kinds(known.by_hub(text), known, kinds)


def _find_run_in(text: str, known: Known, *, source: str, project: str) -> Match:
    for place in places_of(text or ".", source=source, project=project):
        found = known.by_run_folder(place)
        if found:
            return Match(found)
    return NOTHING


def find_model_in(text: str, known: Known, *, source: str, project: str) -> Match:
    """The one model that lies directly in a folder, or is it; runs aside."""
    for place in places_of(text, source=source, project=project):
        if place == project:
            continue
        beside = [artifact.id for artifact in known.beside(place, Kind.MODEL)]
        found = _of_kinds(beside, known, frozenset({Kind.MODEL}))
        if found.ids:
            sure = len(set(found.ids)) == 1
            return replace(found, how=IN_OUTPUT, confidence=0.9) if sure else NOTHING
    return NOTHING


def _find_name(name: str, known: Known, kinds: frozenset[Kind], project: str) -> Match:
    ids = known.by_name(name, kinds)
    own = tuple(i for i in ids if known.by_id[i].project == project)
    found = own or ids
    if kinds == {Kind.RUN} and found and len(found) <= MOST_CANDIDATES:
        return Match(found, BY_NAME)  # one run, as one or several tools saw it
    if len(found) == 1:
        return Match(found, BY_NAME, 0.7, certain=False)
    return _one_of(found, BY_NAME) if found else NOTHING


def _of_kinds(ids: Iterable[str], known: Known, kinds: frozenset[Kind]) -> Match:
    return replace(NOTHING, ids=tuple(i for i in ids if known.by_id[i].kind in kinds))
