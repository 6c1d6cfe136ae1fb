"""Data and models that are no longer what a run or a DVC pointer recorded of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from mlcatalog.domain import dvc_words
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.reading import Reference, Scheme
from mlcatalog.domain.words import Kind, Severity
from mlcatalog.lineage.known import Known
from mlcatalog.lineage.names import KnownArtifact
from mlcatalog.lineage.placing import PlacedClaim
from mlcatalog.lineage.references import places_of

DIFFERS = "recorded bytes"  # the rule of a note, which nobody sees
MADE, READ = "made", "read"
NAMED = 3  # runs that one finding names
SHORT = 12  # characters of a digest


def drift_key(artifact_id: str) -> str:
    """The key by which what differs of an artifact is looked up."""
    return f"differs:{artifact_id}"


def differing(
    run: KnownArtifact, claims: Iterable[PlacedClaim], known: Known
) -> Iterator[Finding]:
    """A note for each thing of which a run recorded other bytes than are here."""
    for placed in claims:
        claim = placed.claim
        for end, way in ((claim.subject, MADE), (claim.target, READ)):
            artifact = _changed(end, placed, known)
            if artifact is not None:
                yield Finding(
                    DIFFERS,
                    Severity.NOTE,
                    run.name,
                    artifact=artifact.id,
                    detail=end.revision or "",
                    path=way,
                )


def drift(artifact: KnownArtifact, notes: Iterable[Finding]) -> Iterator[Finding]:
    """What changed of an artifact since runs read or made it, and since `dvc add`."""
    runs: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for note in notes:
        runs[note.detail, note.path == MADE].append(note.message)
    for (digest, is_made), names in sorted(runs.items()):
        if artifact.md5s:
            yield _since_run(artifact, digest, sorted(set(names)), is_made=is_made)
    yield from _since_added(artifact)


def _changed(end: Reference, placed: PlacedClaim, known: Known) -> KnownArtifact | None:
    """What lies where bytes were recorded, if its own are known and are others."""
    digest = end.revision or ""
    if end.scheme is not Scheme.PATH or not dvc_words.bare(digest):
        return None
    for place in places_of(end.id, source=placed.source_path, project=placed.project):
        for artifact_id in known.at(place):
            artifact = known.by_id[artifact_id]
            if artifact.kind is not Kind.RUN and artifact.md5s:
                return None if digest in artifact.md5s else artifact
    return None


def _since_run(
    artifact: KnownArtifact, digest: str, names: list[str], *, is_made: bool
) -> Finding:
    runs = ", ".join(names[:NAMED])
    if len(names) > NAMED:
        runs += f" and {len(names) - NAMED} more"
    digests = f"MD5 {digest[:SHORT]} is recorded, {artifact.md5s[0][:SHORT]} is here"
    if is_made:
        message = f"{artifact.name} is not what {runs} made: {digests}"
        remedy = (
            "dvc checkout brings back what was made; dvc commit keeps what is here."
        )
    else:
        message = f"{artifact.name} changed since {runs} read it: {digests}"
        remedy = "dvc repro runs what depends on it again; dvc checkout brings it back."
    return Finding(
        "integrity.changed-since-run",
        Severity.WARNING,
        message,
        artifact=artifact.id,
        path=artifact.path,
        detail=f"{digest} {'made' if is_made else 'read'}",
        found=artifact.md5s[0],
        expected=digest,
        remedy=remedy,
    )


def _since_added(artifact: KnownArtifact) -> Iterator[Finding]:
    digest = artifact.pointed
    if not digest or not artifact.md5s or digest in artifact.md5s:
        return
    pointer = artifact.path.rpartition("/")[2].removesuffix(dvc_words.SUFFIX)
    pointer += dvc_words.SUFFIX
    yield Finding(
        "integrity.changed-since-added",
        Severity.WARNING,
        f"{artifact.name} changed since it was added to DVC: MD5 {digest[:SHORT]} is "
        f"recorded in {pointer}, {artifact.md5s[0][:SHORT]} is here",
        artifact=artifact.id,
        path=artifact.path,
        detail=digest,
        found=artifact.md5s[0],
        expected=digest,
        remedy="dvc add records what is here; dvc checkout brings back what was added.",
    )
