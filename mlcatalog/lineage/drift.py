"""Data and models that are no longer what a run or a DVC pointer recorded of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mlcatalog.domain import dvc_words
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.reading import Reference, Scheme
from mlcatalog.domain.words import Kind, Severity
from mlcatalog.lineage.known import Known, KnownArtifact
from mlcatalog.lineage.placing import PlacedClaim
from mlcatalog.lineage.references import places_of

NAMED = 3  # runs that one finding names
SHORT = 12  # characters of a digest


@dataclass(frozen=True, slots=True)
class Pointed:
    """What a DVC pointer records of the data beside it."""

    artifact: str
    name: str
    path: str
    md5: str


@dataclass(slots=True)
class _Differing:
    """One artifact, and the runs that recorded other bytes of it."""

    md5: str
    is_made: bool  # it is what they made
    runs: dict[str, None] = field(default_factory=dict)


def drift(
    claims: Iterable[PlacedClaim], pointed: Iterable[Pointed], known: Known
) -> list[Finding]:
    """What changed since runs read or made it, and since `dvc add`."""
    found: dict[tuple[str, str, bool], _Differing] = {}
    for placed in claims:
        claim = placed.claim
        for end, is_made in ((claim.subject, True), (claim.target, False)):
            artifact = _changed(end, placed, known)
            if artifact is not None:
                key = (artifact.id, end.revision or "", is_made)
                one = found.setdefault(key, _Differing(key[1], is_made))
                run = known.by_id.get(placed.owner)
                one.runs[run.name if run else placed.owner] = None
    by_artifact: dict[str, list[_Differing]] = defaultdict(list)
    for (artifact_id, _, _), differing in sorted(found.items()):
        by_artifact[artifact_id].append(differing)
    since_runs = [
        _since_run(known.by_id[artifact_id], one)
        for artifact_id, several in by_artifact.items()
        for one in several
    ]
    return [*since_runs, *_since_added(pointed, known)]


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


def _since_run(artifact: KnownArtifact, one: _Differing) -> Finding:
    names = list(one.runs)
    runs = ", ".join(names[:NAMED])
    if len(names) > NAMED:
        runs += f" and {len(names) - NAMED} more"
    digests = f"MD5 {one.md5[:SHORT]} is recorded, {artifact.md5s[0][:SHORT]} is here"
    if one.is_made:
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
        detail=f"{one.md5} {'made' if one.is_made else 'read'}",
        found=artifact.md5s[0],
        expected=one.md5,
        remedy=remedy,
    )


def _since_added(pointed: Iterable[Pointed], known: Known) -> Iterator[Finding]:
    for one in pointed:
        artifact = known.by_id.get(one.artifact)
        if artifact is None or not artifact.md5s or one.md5 in artifact.md5s:
            continue
        pointer = one.path.rpartition("/")[2].removesuffix(dvc_words.SUFFIX)
        pointer += dvc_words.SUFFIX
        yield Finding(
            "integrity.changed-since-added",
            Severity.WARNING,
            f"{one.name} changed since it was added to DVC: MD5 {one.md5[:SHORT]} is "
            f"recorded in {pointer}, {artifact.md5s[0][:SHORT]} is here",
            artifact=one.artifact,
            path=one.path,
            detail=one.md5,
            found=artifact.md5s[0],
            expected=one.md5,
            remedy="dvc add records what is here; dvc checkout brings back what was added.",
        )
