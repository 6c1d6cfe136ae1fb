from __future__ import annotations

from mlcatalog.domain.lineage import Edge, Graph, Node, Proof
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.ui.lineage.impact import descendants, matching

PROOF = (Proof(Evidence.RECORDED, "trainer_state.json"),)


def node(name: str) -> Node:
    return Node(name, Kind.MODEL, name)


def edge(parent: str, child: str, relation: Relation = Relation.CHECKPOINT_OF) -> Edge:
    return Edge(parent, child, relation, PROOF)


def graph(*names: str, edges: tuple[Edge, ...], focus: str = "m") -> Graph:
    return Graph(
        tuple(node(name) for name in names), edges, focus=focus, total=len(names)
    )


SERIES = graph(
    "m", "c1", "c2", "c3", edges=(edge("m", "c1"), edge("m", "c2"), edge("m", "c3"))
)


def test_impact_follows_children_however_far_but_not_rejected_edges() -> None:
    chain = graph(
        "m",
        "a",
        "b",
        "c",
        edges=(
            edge("m", "a", Relation.FINETUNED_FROM),
            edge("a", "b", Relation.CONVERTED_FROM),
            Edge("m", "c", Relation.FINETUNED_FROM, PROOF, status="rejected"),
        ),
    )
    assert descendants(chain, "m") == {"m", "a", "b"}


def test_a_circle_does_not_hang_the_impact() -> None:
    circle = graph("m", "a", edges=(edge("m", "a"), edge("a", "m")))
    assert descendants(circle, "m") == {"m", "a"}


def test_finding_needs_every_word() -> None:
    assert matching(SERIES, "MODEL c1") == {"c1"}
    assert matching(SERIES, "nothing") == set()
