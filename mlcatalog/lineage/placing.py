"""Claims placed: each reference of a claim turned into artifacts or an external."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from mlcatalog.domain import dvc_words
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.lineage import Edge, Node, Proof
from mlcatalog.domain.reading import Claim, Scheme
from mlcatalog.domain.words import Evidence, Kind, Relation, Severity
from mlcatalog.lineage.grammar import (
    child_kinds,
    is_grammatical,
    parent_kinds,
)
from mlcatalog.lineage.known import Known, Match
from mlcatalog.lineage.neighbours import described
from mlcatalog.lineage.references import (
    external,
    find,
    find_model_in,
    is_kept_elsewhere,
    is_pinned,
    places_of,
)


@dataclass(frozen=True, slots=True)
class PlacedClaim:
    """A claim and where it was made.

    owner: the artifact that SELF means; source_path: the file that says so,
    project: its project's root, both absolute path texts.
    """

    claim: Claim
    owner: str
    source_path: str
    project: str


@dataclass(slots=True)
class Placed:
    """What came of some claims."""

    edges: list[Edge] = field(default_factory=list)
    externals: dict[str, Node] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def place(
    placed: PlacedClaim, known: Known, runs_by_config: Mapping[str, set[str]]
) -> Placed:
    """The edges that one claim stands for, with what it left open.

    runs_by_config: what each config configured, for RUN_OF_SELF: runs, or models
    where no run is known.
    """
    result = Placed()
    children = _children(placed, known, runs_by_config, result)
    children = children or _elsewhere(placed, known, result)
    for child, how in children:
        for parent, way, pinned in _parents(placed, known, runs_by_config, result):
            kinds = _kind(child, known, result), _kind(parent, known, result)
            if child != parent and is_grammatical(placed.claim.relation, *kinds):
                proof = _proof(placed, (how, way))
                result.edges.append(
                    Edge(parent, child, placed.claim.relation, (proof,), pinned=pinned)
                )
    used = {end for edge in result.edges for end in (edge.parent, edge.child)}
    result.externals = {i: n for i, n in result.externals.items() if i in used}
    return result


def needs_runs(placed: PlacedClaim, known: Known) -> bool:
    """Whether a claim is about a config's runs, known only after a first pass.

    So is what a config says of itself that only a run can do.
    """
    claim = placed.claim
    if Scheme.RUN_OF_SELF in {claim.subject.scheme, claim.target.scheme}:
        return True
    is_config = known.kind(placed.owner) is Kind.CONFIG
    return (
        is_config
        and claim.subject.scheme is Scheme.SELF
        and Kind.CONFIG not in child_kinds(claim.relation)
    )


def _children(
    placed: PlacedClaim,
    known: Known,
    runs_by_config: Mapping[str, set[str]],
    result: Placed,
) -> list[tuple[str, Match]]:
    subject, relation = placed.claim.subject, placed.claim.relation
    match subject.scheme:
        case Scheme.SELF | Scheme.RUN_OF_SELF:
            return [(i, Match()) for i in _own(placed, known, runs_by_config)]
        case _:
            found = find(
                subject,
                known,
                kinds=child_kinds(relation),
                source=placed.source_path,
                project=placed.project,
            )
            if not found.ids and relation is Relation.CONFIGURED_BY:
                found = _without_run(placed, known)
            if not found.ids and subject.scheme is Scheme.STORED:
                node = external(subject, child_kinds(relation))
                result.externals[node.id] = node
                return [(node.id, Match())]
            return [(i, found) for i in _chosen(found, placed, known)]


def _elsewhere(
    placed: PlacedClaim, known: Known, result: Placed
) -> list[tuple[str, Match]]:
    """What a run made and is not here, known by its place and its digest."""
    subject = placed.claim.subject
    if not is_kept_elsewhere(subject):
        return []
    is_digest = subject.scheme is Scheme.MD5
    path = (subject.revision or "") if is_digest else subject.id
    near = places_of(path, source=placed.source_path, project=placed.project)
    if not is_digest and any(known.at(place) for place in near):
        return []  # it is here, as something that no run makes
    kind = dvc_words.kind_of(path)
    node = external(replace(subject, kind=kind), frozenset({kind}))
    result.externals[node.id] = node
    return [(node.id, Match())]


def _without_run(placed: PlacedClaim, known: Known) -> Match:
    """The model in the folder that a config calls its run's, if nothing kept a run."""
    subject = placed.claim.subject
    if subject.scheme is not Scheme.RUN_IN:
        return Match()
    return find_model_in(
        subject.id, known, source=placed.source_path, project=placed.project
    )


def _own(
    placed: PlacedClaim, known: Known, runs_by_config: Mapping[str, set[str]]
) -> list[str]:
    """What SELF is: the owner, a config's runs, or the model that a card is about."""
    if needs_runs(placed, known):
        return sorted(runs_by_config.get(placed.owner, ()))
    owner = known.get(placed.owner)
    if owner is None:
        return []
    relation = placed.claim.relation
    if owner.kind is Kind.DOCUMENT and Kind.DOCUMENT not in child_kinds(relation):
        model = described(owner, known)
        return [model.id] if model else []
    return [owner.id]


def _parents(
    placed: PlacedClaim,
    known: Known,
    runs_by_config: Mapping[str, set[str]],
    result: Placed,
) -> Iterator[tuple[str, Match, bool]]:
    target, relation = placed.claim.target, placed.claim.relation
    if target.scheme is Scheme.SELF:
        if known.get(placed.owner):
            yield placed.owner, Match(), True
        return
    if target.scheme is Scheme.RUN_OF_SELF:
        yield from (
            (i, Match(), True) for i in sorted(runs_by_config.get(placed.owner, ()))
        )
        return
    if target.scheme is Scheme.COMMIT:
        return  # a commit is a fact of the run, not a node
    kinds = parent_kinds(relation)
    found = find(
        target,
        known,
        kinds=kinds,
        source=placed.source_path,
        project=placed.project,
    )
    for parent in _chosen(found, placed, known):
        yield parent, found, True
    if not found.ids:
        yield from _unresolved(placed, kinds, result)


def _unresolved(
    placed: PlacedClaim, kinds: frozenset[Kind], result: Placed
) -> Iterator[tuple[str, Match, bool]]:
    target = placed.claim.target
    if not target.id:
        return
    if target.scheme is Scheme.PATH and not is_kept_elsewhere(target):
        result.findings.append(_dangling(placed))
    node = external(target, kinds)
    worth = target.kind or (next(iter(kinds)) if len(kinds) == 1 else None)
    is_open = target.scheme in {Scheme.HUB, Scheme.URL, Scheme.STORED}
    if is_open or (worth in {Kind.MODEL, Kind.DATASET} and target.scheme != Scheme.RUN):
        result.externals[node.id] = node
        yield node.id, Match(), is_pinned(target)


def _dangling(placed: PlacedClaim) -> Finding:
    text, key = placed.claim.target.id, placed.claim.source
    return Finding(
        "lineage.dangling",
        Severity.WARNING,
        f"{key or placed.claim.relation.phrase} names {text}, which is not there",
        artifact=placed.owner,
        path=placed.source_path,
        detail=f"{placed.claim.relation}: {text}",
        found=text,
        remedy="Correct the path, or add the folder that holds it.",
    )


def _chosen(found: Match, placed: PlacedClaim, known: Known) -> tuple[str, ...]:
    """All suggestions; of certain ones all runs, else one: nearest project first."""
    ids = found.ids
    if not found.certain or len(ids) < 2 or known.kind(ids[0]) is Kind.RUN:
        return ids

    def order(artifact_id: str) -> tuple[bool, bool, str, str]:
        artifact = known.by_id[artifact_id]
        foreign = artifact.project != placed.project
        return artifact_id == placed.owner, foreign, artifact.path, artifact_id

    return (min(ids, key=order),)


def _kind(node_id: str, known: Known, result: Placed) -> Kind:
    if node_id in result.externals:
        return result.externals[node_id].kind
    return known.kind(node_id) or Kind.DOCUMENT


def _proof(placed: PlacedClaim, ways: tuple[Match, Match]) -> Proof:
    """The claim's own evidence, weakened where a reference fits only loosely."""
    claim = placed.claim
    certain = all(way.certain for way in ways)
    details = [claim.detail, *(way.how for way in ways)]
    return Proof(
        claim.evidence if certain else Evidence.INFERRED,
        _source(placed),
        "; ".join(detail for detail in details if detail),
        min(claim.confidence, *(way.confidence for way in ways)),
    )


def _source(placed: PlacedClaim) -> str:
    prefix = placed.project.rstrip("/") + "/"
    path = placed.source_path.removeprefix(prefix)
    return ": ".join(part for part in (path, placed.claim.source) if part)
