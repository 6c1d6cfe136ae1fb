from __future__ import annotations

from mlcatalog.domain.lineage import Edge, Graph, Node, Proof
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.lineage.collapse import collapsed, group_id, is_group

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


def test_sibling_checkpoints_become_one_counted_node() -> None:
    folded = collapsed(SERIES)
    assert [n.name for n in folded.nodes] == ["m", "3 checkpoints"]
    assert [(e.parent, e.child) for e in folded.edges] == [("m", group_id("m"))]
    assert is_group(folded.nodes[1].id)


def test_an_opened_group_stays_apart() -> None:
    assert collapsed(SERIES, {group_id("m")}) == SERIES


def test_one_checkpoint_is_not_folded() -> None:
    single = graph("m", "c1", edges=(edge("m", "c1"),))
    assert collapsed(single) == single


def test_the_focus_is_never_hidden() -> None:
    focused = graph("m", "c1", "c2", "c3", edges=SERIES.edges, focus="c2")
    assert "c2" in {n.id for n in collapsed(focused).nodes}
