"""The link stage: all claims and fingerprints to edges."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping

import mlcatalog
from mlcatalog.catalog.linkables import Linkable
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain import dvc_words
from mlcatalog.domain.code_history import SINCE, STATE, files_since
from mlcatalog.domain.lineage import Edge
from mlcatalog.domain.moments import parse_moment
from mlcatalog.domain.parameter_versions import VERSIONS, history_in
from mlcatalog.domain.words import Kind
from mlcatalog.lineage.at_commit import CodeFile, Recorded, with_versions
from mlcatalog.lineage.drift import Pointed, drift
from mlcatalog.lineage.fingerprints import Weights, relations
from mlcatalog.lineage.kept_versions import Kept, kept_versions
from mlcatalog.lineage.known import Known, KnownArtifact, lies_in
from mlcatalog.lineage.placing import PlacedClaim
from mlcatalog.lineage.resolve import resolve

RULES = f"{mlcatalog.__version__} 4"  # the number grows with each change of a rule

MD5S = ("content.md5", "content.md5.lines")


def link(catalog: Catalog) -> int:
    """Resolve everything that was said, if anything changed; gives how many rows did."""
    if not catalog.ingest.take_link(RULES):
        return 0
    artifacts = catalog.ingest.linkables()
    known = Known([_known(artifact) for artifact in artifacts])
    claims = [
        PlacedClaim(said.claim, said.owner, said.source_path, said.project)
        for said in catalog.ingest.claims()
    ]
    kept = kept_versions(_kept(artifacts))
    resolution = resolve(
        claims,
        known,
        content=[*proven_by_bytes(artifacts), *kept.edges],
        externals=kept.nodes.values(),
    )
    edges = with_versions(resolution.edges, *_code(artifacts))
    findings = [*resolution.findings, *drift(claims, _pointed(artifacts), known)]
    return catalog.ingest.write_link(tuple(edges), resolution.externals, findings)


def _pointed(artifacts: Iterable[Linkable]) -> Iterator[Pointed]:
    """What DVC pointers record of the data that lies beside them."""
    for artifact in artifacts:
        md5 = artifact.facts.get("dvc.md5", "")
        if md5:
            yield Pointed(artifact.id, artifact.name, artifact.path, md5)


def _kept(artifacts: Iterable[Linkable]) -> Iterator[Kept]:
    """The models of which a repository keeps versions."""
    for artifact in artifacts:
        text = artifact.facts.get(VERSIONS, "")
        history = history_in(text) if text else None
        if artifact.kind is Kind.MODEL and history is not None:
            yield Kept(artifact.id, history, artifact.facts.get(STATE, ""))


def _code(
    artifacts: Iterable[Linkable],
) -> tuple[dict[str, Recorded], dict[str, CodeFile]]:
    """What recorded a commit, and the scripts and configs that git knows."""
    recorded: dict[str, Recorded] = {}
    code: dict[str, CodeFile] = {}
    for artifact in artifacts:
        facts, project = artifact.facts, artifact.project
        since = files_since(facts.get(SINCE, "null"))
        if since is not None:
            commit = facts.get("code.commit", "")
            is_dirty = facts.get("code.dirty", "").lower() == "true"
            recorded[artifact.id] = Recorded(project, commit, since, is_dirty)
        if artifact.kind in (Kind.SCRIPT, Kind.CONFIG):
            path = artifact.path.removeprefix(project.rstrip("/") + "/")
            code[artifact.id] = CodeFile(
                project,
                artifact.name,
                path,
                facts.get(STATE, ""),
                facts.get("git.commit", ""),
            )
    return recorded, code


def _known(artifact: Linkable) -> KnownArtifact:
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
        run_folder=artifact.path if artifact.kind is Kind.RUN else "",
        hub=artifact.facts.get("hub.id", ""),
        step=_step(artifact.facts),
        created=_created(artifact),
    )


def _stood_for(artifact: Linkable) -> tuple[str, ...]:
    """The place of the data that a DVC pointer stands for: what is said of that."""
    inner = artifact.facts.get("dvc.path", "")
    if not inner or not dvc_words.pointed(artifact.path):
        return ()
    folder = posixpath.dirname(artifact.path)
    place = posixpath.normpath(posixpath.join(folder, inner))
    return (place,) if lies_in(place, artifact.project) else ()


def _digests(artifact: Linkable) -> tuple[str, ...]:
    """Its own digest, and that of the bytes that a pointer stands for."""
    stands_for = artifact.facts.get("content.sha256", "")
    return tuple(filter(None, (artifact.digest, stands_for)))


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


def proven_by_bytes(artifacts: Iterable[Linkable]) -> list[Edge]:
    """Copies, heads-only fine-tunes and conversions, kind by kind."""
    edges: list[Edge] = []
    by_kind: dict[Kind, list[Weights]] = {}
    for artifact in artifacts:
        if artifact.kind is not Kind.RUN and artifact.digest:
            held = by_kind.setdefault(artifact.kind, [])
            held.append(_weights(artifact))
            held.extend(_overwritten(artifact))
    for _, weights in sorted(by_kind.items()):
        for found in relations(weights):
            edges.extend(found)
    return edges


def _weights(artifact: Linkable) -> Weights:
    return Weights(
        id=artifact.id,
        digest=artifact.digest,
        tensors=artifact.tensors,
        created=_created(artifact),
        format=artifact.format,
        run=artifact.facts.get("run.id", ""),
        step=_step(artifact.facts),
        path=artifact.path,
    )


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
