"""The drawing of a chain of custody: nothing overlaps, nothing leaves the page."""

from __future__ import annotations

import itertools

import pytest

from mlcatalog.audit.content import Box, Drawing
from mlcatalog.audit.drawing import PAGE_WIDTH, TALLEST_LAYER, chain_of
from mlcatalog.domain.lineage import Edge, Graph, Node, Proof
from mlcatalog.domain.words import Evidence, Kind, Relation

PROOF = (Proof(Evidence.RECORDED, "log"),)


def graph_of(*pairs: tuple[str, str]) -> Graph:
    """A graph of (parent, child) pairs."""
    names = sorted({name for pair in pairs for name in pair} | {"m"})
    nodes = tuple(Node(name, Kind.MODEL, name) for name in names)
    edges = tuple(Edge(p, c, Relation.DERIVED_FROM, PROOF) for p, c in pairs)
    return Graph(nodes, edges)


GRAPHS = {
    "alone": graph_of(),
    "one parent": graph_of(("a", "m")),
    "diamond": graph_of(("a", "b"), ("a", "c"), ("b", "m"), ("c", "m"), ("a", "m")),
    "deep": graph_of(*itertools.pairwise([*"abcdefghijkl", "m"])),
    "wide": graph_of(*((f"p{n}", "m") for n in range(30))),
    "circle": graph_of(("a", "b"), ("b", "a"), ("a", "m")),
    "circle with the model": graph_of(("a", "m"), ("m", "a")),
    "to itself": graph_of(("m", "m")),
}


def apart(one: Box, other: Box) -> bool:
    return (
        one.x + one.width <= other.x
        or other.x + other.width <= one.x
        or one.y + one.height <= other.y
        or other.y + other.height <= one.y
    )


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS.keys())
def test_boxes_lie_apart_and_on_the_page(graph: Graph) -> None:
    for row in chain_of(graph, "m").rows:
        assert all(apart(a, b) for a, b in itertools.combinations(row.boxes, 2))
        assert all(b.x >= 0 and b.x + b.width <= PAGE_WIDTH + 0.01 for b in row.boxes)
        assert all(b.y >= 0 and b.y + b.height <= row.height + 0.01 for b in row.boxes)


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS.keys())
def test_the_model_is_the_last_box_of_the_last_row(graph: Graph) -> None:
    rows = chain_of(graph, "m").rows
    subjects = [box for row in rows for box in row.boxes if box.is_subject]
    assert [box.id for box in subjects] == ["m"]
    assert subjects[0] in rows[-1].boxes


def test_lines_pass_between_boxes() -> None:
    for row in chain_of(GRAPHS["diamond"], "m").rows:
        for route in row.routes:
            for x, y in route.points[1:-1]:
                assert not any(inside(box, x, y) for box in row.boxes)


def inside(box: Box, x: float, y: float) -> bool:
    return box.x < x < box.x + box.width and box.y < y < box.y + box.height


def test_a_deep_chain_is_broken_into_rows_that_share_a_layer() -> None:
    rows = chain_of(GRAPHS["deep"], "m").rows
    assert len(rows) == 4
    for one, other in itertools.pairwise(rows):
        assert names(one)[-1] == names(other)[0]


def test_a_parent_from_an_earlier_row_is_drawn_again() -> None:
    chain = itertools.pairwise([*"abcdef", "m"])
    rows = chain_of(graph_of(*chain, ("z", "a"), ("z", "m")), "m").rows
    assert [box.id for row in rows for box in row.boxes].count("z") == 2
    assert any(len(route.points) == 2 for route in rows[-1].routes)


def names(row: Drawing) -> list[str]:
    return [box.name for box in sorted(row.boxes, key=lambda box: box.x)]


def test_a_layer_that_is_too_tall_says_how_many_are_hidden() -> None:
    chain = chain_of(GRAPHS["wide"], "m")
    assert chain.hidden == 30 - TALLEST_LAYER


def test_what_a_person_rejected_is_not_drawn() -> None:
    edge = Edge("a", "m", Relation.DERIVED_FROM, PROOF, status="rejected")
    graph = Graph((Node("a", Kind.MODEL, "a"), Node("m", Kind.MODEL, "m")), (edge,))
    assert [b.id for row in chain_of(graph, "m").rows for b in row.boxes] == ["m"]
