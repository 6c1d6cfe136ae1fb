"""The version of a script or config that was in git at the commit a run recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mlcatalog.domain.code_history import COMMITTED, FilesSince
from mlcatalog.domain.lineage import Edge
from mlcatalog.domain.words import Relation

USES = frozenset({Relation.EXECUTED, Relation.CONFIGURED_BY})
SHORT = 8


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run, or a model, with the commit that it recorded."""

    project: str
    commit: str
    since: FilesSince
    is_dirty: bool = False


@dataclass(frozen=True, slots=True)
class CodeFile:
    """A script or config as git knows it."""

    project: str
    name: str
    path: str  # relative to the project
    state: str  # a git.state
    last: str = ""  # the commit that last changed it


def with_version(edge: Edge, run: Recorded, used: CodeFile | None) -> Edge:
    """The edge from a run to its code; it says which version that was."""
    words = _words(run, used) if used else ""
    return _said(edge, words) if words else edge


def _said(edge: Edge, words: str) -> Edge:
    """The words stand with the best proof: they are no reason of their own."""
    best = edge.best
    detail = f"{best.detail}; {words}" if best.detail else words
    proofs = tuple(
        replace(one, detail=detail) if one is best else one for one in edge.proofs
    )
    return replace(edge, proofs=proofs)


def _words(run: Recorded, used: CodeFile) -> str:
    if run.project != used.project:
        return ""
    at = run.commit[:SHORT]
    if used.path in run.since.absent:
        said = f"{used.name} is not in git at {at}"
    elif used.path in run.since.changed:
        last = f", last in {used.last[:SHORT]}" if used.last else ""
        said = f"{used.name} at {at}, changed since{last}"
    elif not run.since.is_whole or not used.state:
        return ""
    elif used.state == COMMITTED:
        said = f"{used.name} at {at}, the same now"
    else:
        said = f"{used.name} at {at}, in git the same now; the file: {used.state}"
    return f"{said}; with changes in no commit" if run.is_dirty else said
