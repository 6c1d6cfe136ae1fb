"""The grammar of lineage: which kinds each relation may join."""

from __future__ import annotations

from mlcatalog.domain.words import MODEL_PARENTS, Kind, Relation

ANY = frozenset(Kind)
MODEL = frozenset({Kind.MODEL})
DATASET = frozenset({Kind.DATASET})
RUN = frozenset({Kind.RUN})
TRAINED = RUN | MODEL  # a model's own claim moves to its run when that is known

CHILDREN: dict[Relation, frozenset[Kind]] = {
    **dict.fromkeys(MODEL_PARENTS, MODEL),
    Relation.CHECKPOINT_OF: MODEL,
    Relation.DERIVED_FROM: MODEL | DATASET,
    Relation.PRODUCED_BY: MODEL | DATASET | {Kind.DOCUMENT},
    Relation.TRAINED_ON: TRAINED,
    Relation.EVALUATED_ON: TRAINED,
    Relation.CONFIGURED_BY: TRAINED,
    Relation.EXECUTED: TRAINED,
    Relation.STARTED_FROM: TRAINED,
    Relation.IN_ENVIRONMENT: TRAINED,
    Relation.CHILD_OF: RUN,
    Relation.DEPLOYS: frozenset({Kind.SCRIPT}),
    # Code that defines features documents them.
    Relation.DESCRIBES: frozenset({Kind.DOCUMENT, Kind.SCRIPT}),
    Relation.TESTS: frozenset({Kind.DOCUMENT}),
}

PARENTS: dict[Relation, frozenset[Kind]] = {
    **dict.fromkeys(MODEL_PARENTS, MODEL),
    Relation.CHECKPOINT_OF: MODEL,
    Relation.DERIVED_FROM: MODEL | DATASET,
    Relation.PRODUCED_BY: RUN,
    Relation.TRAINED_ON: DATASET,
    Relation.EVALUATED_ON: DATASET,
    Relation.CONFIGURED_BY: frozenset({Kind.CONFIG}),
    Relation.EXECUTED: frozenset({Kind.SCRIPT}),
    Relation.STARTED_FROM: MODEL,
    Relation.IN_ENVIRONMENT: frozenset({Kind.ENVIRONMENT}),
    Relation.CHILD_OF: RUN,
    Relation.DEPLOYS: MODEL,
    Relation.TESTS: DATASET,
}

# What a claim says of a model or a config means the run that made or used it.
OF_RUNS = frozenset(
    {
        Relation.TRAINED_ON,
        Relation.CONFIGURED_BY,
        Relation.EXECUTED,
        Relation.STARTED_FROM,
        Relation.IN_ENVIRONMENT,
    }
)
# Must never run in a circle.
ANCESTRY = MODEL_PARENTS | {Relation.CHECKPOINT_OF, Relation.COPY_OF}


def child_kinds(relation: Relation) -> frozenset[Kind]:
    """The kinds that may be on the later side of a relation."""
    return CHILDREN.get(relation, ANY)


def parent_kinds(relation: Relation) -> frozenset[Kind]:
    """The kinds that may be on the earlier side of a relation."""
    return PARENTS.get(relation, ANY)


def is_grammatical(relation: Relation, child: Kind, parent: Kind) -> bool:
    """Whether *child* RELATION *parent* makes sense for these kinds."""
    if relation in {Relation.COPY_OF, Relation.DERIVED_FROM} and child is not parent:
        return False
    return child in child_kinds(relation) and parent in parent_kinds(relation)
