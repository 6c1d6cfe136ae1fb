"""The link stage: all claims and fingerprints to edges."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import chain

import mlcatalog
from mlcatalog.catalog.answers import ITSELF, Answer, Kept
from mlcatalog.catalog.ingest import LinkAnswers
from mlcatalog.catalog.linkables import Linkable
from mlcatalog.catalog.store import Catalog
from mlcatalog.lineage.known import Known, keys_of
from mlcatalog.lineage.resolve import Notes, resolve_all
from mlcatalog.lineage.rules import Stage, keys_of_said
from mlcatalog.tasks.indexing.comparing import (
    TooMuchError,
    held_by_many,
    versions_of,
)
from mlcatalog.tasks.indexing.linkables import (
    by_kind,
    known_artifact,
    placed_claims,
    proven_by_bytes,
    stored_versions,
)
from mlcatalog.tasks.indexing.relinking import (
    answer_of,
    itself,
    relink,
)

RULES = f"{mlcatalog.__version__} 7"  # the number grows with each change of a rule

log = logging.getLogger(__name__)


def link(catalog: Catalog) -> int:
    """Resolve what was said of what changed, and all that rests on it.

    Gives how many rows changed. At first, after a change of the rules and when
    much changed at once, everything is resolved.
    """
    taken = catalog.ingest.take_link(RULES)
    if taken is None:
        return link_all(catalog)
    if not taken:
        return 0
    try:
        with catalog.ingest.relinking() as rows:
            return relink(rows, taken)
    except TooMuchError as reason:
        log.info("the whole lineage is made anew: %s", reason)
        return link_all(catalog)


def link_all(catalog: Catalog) -> int:
    """Resolve everything that was said; gives how many rows changed."""
    artifacts = catalog.ingest.linkables()
    known = Known(known_artifact(artifact) for artifact in artifacts)
    claims = placed_claims(catalog.ingest.claims())
    weights = by_kind(artifacts)
    stored = {artifact.id: stored_versions(artifact) for artifact in artifacts}
    notes = resolve_all(claims, known, proven_by_bytes(weights), stored)
    numbers = {artifact.id: artifact.row for artifact in artifacts}
    answers = LinkAnswers(
        RULES,
        numbers,
        chain(_themselves(artifacts, known), _kept(notes)),
        versions_of(weights, numbers),
        held_by_many(weights),
    )
    return catalog.ingest.write_link(
        notes.edges, notes.externals, notes.findings, answers
    )


def _themselves(artifacts: Sequence[Linkable], known: Known) -> Iterator[Kept]:
    for artifact in artifacts:
        keys = keys_of(known.by_id[artifact.id])
        yield Kept(artifact.id, ITSELF, itself(artifact), keys, ())


def _kept(notes: Notes) -> Iterator[Kept]:
    for stage in Stage:
        said, reads = notes.said_at[stage], notes.reads[stage]
        for one in said.keys() | reads.keys():
            found = notes.said(one, stage)
            # At last these are the edges themselves.
            answer = Answer() if stage is Stage.FINAL else answer_of(found)
            ends = set[str]()
            if stage < Stage.FINAL:
                ends = keys_of_said(found)
            yield Kept(one, stage, answer, ends, reads.get(one, ()))
