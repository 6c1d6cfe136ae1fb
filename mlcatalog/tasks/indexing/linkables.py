"""What the catalogue holds of artifacts, as the rules of lineage take it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import blake2b

from mlcatalog.catalog.ingest import StoredClaim
from mlcatalog.catalog.linkables import Linkable
from mlcatalog.domain import dvc_words
from mlcatalog.domain.code_history import SINCE, STATE, files_since
from mlcatalog.domain.lineage import Edge
from mlcatalog.domain.moments import parse_moment
from mlcatalog.domain.parameter_versions import VERSIONS, history_in
from mlcatalog.domain.words import Kind
from mlcatalog.lineage.at_commit import CodeFile, Recorded
from mlcatalog.lineage.fingerprints import Weights, relations
from mlcatalog.lineage.kept_versions import Kept, kept_versions
from mlcatalog.lineage.known import KnownArtifact
from mlcatalog.lineage.merging import merged
from mlcatalog.lineage.names import lies_in
from mlcatalog.lineage.placing import PlacedClaim
from mlcatalog.lineage.rules import NOTHING, Said

PIPELINES = frozenset({"dvc"})  # whose stages share the folder of the project
MD5S = ("content.md5", "content.md5.lines")


def known_artifact(artifact: Linkable) -> KnownArtifact:
    """An artifact by every key that a reference may use."""
    return KnownArtifact(
        id=artifact.id,
        kind=artifact.kind,
        path=artifact.path,
        project=artifact.project,
        name=artifact.name,
        format=artifact.format,
        members=(*artifact.members, *_stood_for(artifact)),
        digests=_digests(artifact),
        md5s=tuple(filter(None, map(artifact.facts.get, MD5S))),
        run=_run_of(artifact),
        run_folder=_run_folder(artifact),
        hub=artifact.facts.get("hub.id", ""),
        step=_step(artifact.facts),
        created=_created(artifact),
        recorded=_recorded(artifact),
        code=_code(artifact),
        pointed=artifact.facts.get("dvc.md5", ""),
    )


def _stood_for(artifact: Linkable) -> tuple[str, ...]:
    """The place of the data that a DVC pointer stands for: what is said of that."""
    inner = artifact.facts.get("dvc.path", "")
    if not inner or not dvc_words.pointed(artifact.path):
        return ()
    folder = posixpath.dirname(artifact.path)
    place = posixpath.normpath(posixpath.join(folder, inner))
    return (place,) if lies_in(place, artifact.project) else ()


def _recorded(artifact: Linkable) -> Recorded | None:
    """The commit that a run or a model recorded, and what became of files since."""
    facts = artifact.facts
    since = files_since(facts.get(SINCE, "null"))
    if since is None:
        return None
    commit = facts.get("code.commit", "")
    is_dirty = facts.get("code.dirty", "").lower() == "true"
    return Recorded(artifact.project, commit, since, is_dirty)


def _code(artifact: Linkable) -> CodeFile | None:
    """A script or config as git knows it."""
    if artifact.kind not in (Kind.SCRIPT, Kind.CONFIG):
        return None
    return CodeFile(
        artifact.project,
        artifact.name,
        artifact.path.removeprefix(artifact.project.rstrip("/") + "/"),
        artifact.facts.get(STATE, ""),
        artifact.facts.get("git.commit", ""),
    )


def stored_versions(artifact: Linkable) -> Said:
    """What a repository keeps of a model."""
    text = artifact.facts.get(VERSIONS, "")
    history = history_in(text) if text else None
    if artifact.kind is not Kind.MODEL or history is None:
        return NOTHING
    kept = kept_versions([Kept(artifact.id, history, artifact.facts.get(STATE, ""))])
    return Said(merged(kept.edges), kept.nodes)


def _digests(artifact: Linkable) -> tuple[str, ...]:
    """Its own digest, and that of the bytes that a pointer stands for."""
    stands_for = artifact.facts.get("content.sha256", "")
    return tuple(filter(None, (artifact.digest, stands_for)))


def _run_folder(artifact: Linkable) -> str:
    """A run's own folder; a stage of a pipeline has none: all that it read is told."""
    is_own = artifact.kind is Kind.RUN and artifact.format not in PIPELINES
    return artifact.path if is_own else ""


def _run_of(artifact: Linkable) -> str:
    if artifact.run_key is None:
        return ""
    _, _, tool, native_id = artifact.run_key.split("|", 3)
    return f"{tool}:{native_id}"


def _step(facts: Mapping[str, str]) -> int | None:
    for key in ("step", "epoch"):
        text = facts.get(key, "")
        if text.isdecimal() and len(text) < 16:
            return int(text)
    return None


def _created(artifact: Linkable) -> int | None:
    recorded = parse_moment(artifact.facts.get("created", ""))
    return recorded if recorded is not None else artifact.modified


def placed_claims(said: Iterable[StoredClaim]) -> list[PlacedClaim]:
    """Claims with where they were made."""
    return [
        PlacedClaim(one.claim, one.owner, one.source_path, one.project) for one in said
    ]


def by_kind(artifacts: Iterable[Linkable]) -> list[tuple[Kind, list[Weights]]]:
    """The versions whose bytes are compared with each other."""
    found: dict[Kind, list[Weights]] = {}
    for artifact in artifacts:
        if weights := weights_of(artifact):
            found.setdefault(artifact.kind, []).extend(weights)
    return sorted(found.items())


def proven_by_bytes(weights: Iterable[tuple[Kind, list[Weights]]]) -> list[Edge]:
    """Copies, heads-only fine-tunes and conversions, kind by kind."""
    return [edge for _, versions in weights for edge in relations(versions).edges]


def weights_of(artifact: Linkable) -> list[Weights]:
    """An artifact's content, and what it was before it was overwritten."""
    if artifact.kind is Kind.RUN or not artifact.digest:
        return []
    now = Weights(
        id=artifact.id,
        digest=artifact.digest,
        tensors=artifact.tensors,
        created=_created(artifact),
        format=artifact.format,
        run=artifact.facts.get("run.id", ""),
        step=_step(artifact.facts),
        path=artifact.path,
    )
    return [now, *_overwritten(artifact)]


def _overwritten(artifact: Linkable) -> list[Weights]:
    """Earlier versions, by which an export that is out of date is known."""
    return [
        Weights(
            id=artifact.id,
            digest=past.digest,
            tensors=past.tensors,
            created=past.at,
            format=artifact.format,
            path=artifact.path,
            current=False,
        )
        for past in artifact.past
        if past.digest != artifact.digest
    ]


def signatures(artifact: Linkable) -> tuple[str, str, str]:
    """Others when an artifact is: all but its content, its content, its tensors."""
    known, weights = known_artifact(artifact), weights_of(artifact)
    # What a repository said in its own words: sets have no order of their own.
    said = artifact.facts.get(SINCE, "")
    content = known.digests, known.created
    known = replace(known, recorded=None, digests=(), created=None)
    commit = [artifact.facts.get(f"code.{key}", "") for key in ("commit", "dirty")]
    return (
        _digest(repr((known, said, commit))).hex(),
        _digest(repr(content)).hex(),
        _digest(repr((artifact.kind, weights))).hex(),
    )


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
