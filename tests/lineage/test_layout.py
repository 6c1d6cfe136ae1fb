"""Tests of layout, tree, collapsing and renderings, on any graph at all."""

from __future__ import annotations

import itertools
import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcatalog.domain.lineage import Edge, Graph, Node, Proof
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.lineage.collapse import collapsed, group_id
from mlcatalog.lineage.labels import LETTER, LINE, Box, samples
from mlcatalog.lineage.layout import Layout, layout
from mlcatalog.lineage.render import as_document, as_dot, as_svg, as_text
from mlcatalog.lineage.tree import tree_lines

NASTY = "<b>&\"'\\\n\x00\x1b\ud800]]></text><script>alert(1)</script>"


def node(node_id: str, kind: Kind = Kind.MODEL, **more: object) -> Node:
    return Node(node_id, kind, node_id, **more)  # type: ignore[arg-type]


def edge(
    child: str,
    relation: Relation,
    parent: str,
    evidence: Evidence = Evidence.RECORDED,
) -> Edge:
    return Edge(parent, child, relation, (Proof(evidence, "somewhere"),))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(0, 14))
    ids = [f"n{number}" for number in range(count)]
    kinds = st.sampled_from(Kind)
    nodes = tuple(node(i, draw(kinds)) for i in ids)
    ends = st.sampled_from([*ids, "elsewhere"])
    edges = draw(
        st.lists(
            st.builds(edge, ends, st.sampled_from(Relation), ends), max_size=2 * count
        )
    )
    focus = draw(st.sampled_from([*ids, "", "elsewhere"]))
    return Graph(nodes, tuple(edges), focus=focus)


TRAINING = Graph(
    (
        node("base", external=True, revision="86b5e09"),
        node("data", Kind.DATASET),
        node("config", Kind.CONFIG),
        node("script", Kind.SCRIPT),
        node("run", Kind.RUN),
        node("model", stage="production"),
        node("export", format="onnx"),
        node("guess"),
        node("alone"),
    ),
    (
        edge("run", Relation.TRAINED_ON, "data"),
        edge("run", Relation.CONFIGURED_BY, "config"),
        edge("run", Relation.EXECUTED, "script"),
        edge("model", Relation.PRODUCED_BY, "run"),
        edge("model", Relation.FINETUNED_FROM, "base", Evidence.DECLARED),
        edge("export", Relation.CONVERTED_FROM, "model", Evidence.CONTENT),
        edge("guess", Relation.FINETUNED_FROM, "model", Evidence.INFERRED),
    ),
    focus="model",
)


def overlapping(placed: Layout) -> list[tuple[Box, Box]]:
    pairs = itertools.combinations(placed.boxes.values(), 2)
    return [pair for pair in pairs if pair[0].meets(pair[1])]


@given(graphs())
def test_no_two_boxes_overlap(graph: Graph) -> None:
    placed = layout(graph)
    assert set(placed.boxes) == {node.id for node in graph.nodes}
    assert not overlapping(placed)
    assert all(box.x >= 0 and box.y >= -1e-6 for box in placed.boxes.values())
    assert all(
        box.x + box.width <= placed.width + 1e-6
        and box.y + box.height <= placed.height + 1e-6
        for box in placed.boxes.values()
    )


@given(graphs(), st.randoms())
def test_a_layout_does_not_depend_on_the_order_of_nodes(
    graph: Graph, random: object
) -> None:
    nodes = list(graph.nodes)
    random.shuffle(nodes)  # type: ignore[attr-defined]
    assert layout(Graph(tuple(nodes), graph.edges, graph.focus)) == layout(graph)


@given(graphs())
def test_every_line_joins_the_sides_of_its_boxes(graph: Graph) -> None:
    placed = layout(graph)
    for route in placed.routes:
        drawn = graph.edges[route.edge]
        start, end = placed.boxes[drawn.parent], placed.boxes[drawn.child]
        for point, box in ((route.points[0], start), (route.points[-1], end)):
            assert point.x in {box.x, box.x + box.width}
            assert point.y == pytest.approx(box.y + box.height / 2)


def test_parents_stand_left_of_children() -> None:
    placed = layout(TRAINING)
    for line in TRAINING.edges:
        parent, child = placed.boxes[line.parent], placed.boxes[line.child]
        assert parent.x + parent.width < child.x


def test_words_lie_over_no_box_no_other_words_and_no_other_line() -> None:
    placed = layout(TRAINING)
    spots = {}
    for route in placed.routes:
        width = len(TRAINING.edges[route.edge].relation.phrase) * LETTER
        middle = route.label_at
        spots[route.edge] = Box(middle.x - width / 2, middle.y - LINE / 2, width, LINE)
    for one, other in itertools.combinations(spots.values(), 2):
        assert not one.meets(other)
    for spot in spots.values():
        assert not any(spot.meets(box) for box in placed.boxes.values())
    for route in placed.routes:
        for number, spot in spots.items():
            if number != route.edge:
                assert not any(spot.holds(dot) for dot in samples(route.points))


def test_lines_pass_beside_the_boxes_of_layers_between() -> None:
    names = ["a", "b", "c", "d"]
    chain = [
        edge(two, Relation.DERIVED_FROM, one) for one, two in itertools.pairwise(names)
    ]
    graph = Graph(
        tuple(map(node, names)), (*chain, edge("d", Relation.MERGED_FROM, "a"))
    )
    placed = layout(graph)
    (long,) = (route for route in placed.routes if route.edge == 3)
    for between in ("b", "c"):
        assert not any(placed.boxes[between].holds(dot) for dot in samples(long.points))


def test_a_large_graph_is_laid_out() -> None:
    ids = [f"m{number}" for number in range(3_000)]
    edges = tuple(
        edge(ids[n], Relation.FINETUNED_FROM, ids[n // 3]) for n in range(1, len(ids))
    )
    placed = layout(Graph(tuple(map(node, ids)), edges))
    assert len(placed.routes) == len(edges)


def test_an_empty_graph_is_nothing_everywhere() -> None:
    empty = Graph((), ())
    assert layout(empty).boxes == {}
    assert as_text(empty) == ""
    ET.fromstring(as_svg(empty))


@given(graphs())
def test_the_tree_contains_every_node_and_every_line(graph: Graph) -> None:
    lines = tree_lines(graph)
    assert {line.node.id for line in lines} == {node.id for node in graph.nodes}
    full = [line.node.id for line in lines if not line.repeated]
    assert sorted(full) == sorted(node.id for node in graph.nodes)
    ids = set(full)
    drawable = {
        e for e in graph.edges if e.parent != e.child and {e.parent, e.child} <= ids
    }
    assert {line.edge for line in lines if line.edge} == drawable
    depth = -1
    for line in lines:
        assert 0 <= line.depth <= depth + 1
        depth = line.depth


def test_the_text_reads_like_a_tree() -> None:
    assert as_text(TRAINING) == (
        "base   model   external at 86b5e09\n"
        "└ model   fine-tuned from · declared\n"
        "   ├ run   ← produced by · recorded\n"
        "   │  ├ data   ← trained on · recorded\n"
        "   │  ├ config   ← configured by · recorded\n"
        "   │  └ script   ← executed · recorded\n"
        "   ├ guess   fine-tuned from · inferred 1.00\n"
        "   └ export   converted from · content\n"
        "alone   model\n"
    )


def test_a_chain_of_any_length_is_read() -> None:
    ids = [f"m{number}" for number in range(5_000)]
    edges = tuple(
        edge(two, Relation.FINETUNED_FROM, one) for one, two in itertools.pairwise(ids)
    )
    graph = Graph(tuple(map(node, ids)), edges)
    assert len(as_text(graph).splitlines()) == len(ids)


@settings(max_examples=30)
@given(graphs())
def test_renderings_hold_every_node(graph: Graph) -> None:
    ET.fromstring(as_svg(graph))
    assert as_dot(graph).count("[label=") == len(graph.nodes) + len(graph.edges)
    document = json.loads(json.dumps(as_document(graph)))
    assert len(document["nodes"]) == len(graph.nodes)
    assert len(document["edges"]) == len(graph.edges)


def test_the_document_is_the_command_lines() -> None:
    document = as_document(TRAINING)
    assert document["nodes"][0] == {  # type: ignore[index]
        "id": "base",
        "kind": "model",
        "name": "base",
        "path": None,
        "external": True,
    }
    assert document["edges"][4] == {  # type: ignore[index]
        "parent": "base",
        "child": "model",
        "relation": "finetuned_from",
        "confidence": 1.0,
        "status": "open",
        "evidence": [{"class": "declared", "source": "somewhere", "detail": ""}],
    }


def test_names_are_text_in_every_rendering() -> None:
    nasty = Node(NASTY, Kind.MODEL, NASTY, path=NASTY, revision=NASTY, external=True)
    proof = Proof(Evidence.DECLARED, NASTY, NASTY)
    other = Edge(NASTY, "x", Relation.FINETUNED_FROM, (proof,))
    graph = Graph((nasty, node("x")), (other,))
    drawing = as_svg(graph)
    assert "<script" not in drawing
    assert "<b>" not in drawing
    ET.fromstring(drawing)
    assert len(as_text(graph).splitlines()) == 2
    assert '\\"' in as_dot(graph)
    json.dumps(as_document(graph)["nodes"][0]["name"]).encode()  # type: ignore[index]


def series(count: int) -> Graph:
    ids = [f"step-{number}" for number in range(count)]
    edges = [edge(i, Relation.CHECKPOINT_OF, "model") for i in ids]
    return Graph((node("model"), *map(node, ids)), tuple(edges), focus="model")


def test_many_checkpoints_become_one_counted_node() -> None:
    graph = collapsed(series(5))
    assert [n.name for n in graph.nodes] == ["model", "5 checkpoints"]
    assert graph.nodes[1].facts["members"] == "5"
    (line,) = graph.edges
    assert (line.child, line.parent) == (group_id("model"), "model")


def test_one_checkpoint_and_the_one_in_focus_stay() -> None:
    assert collapsed(series(1)) == series(1)
    whole = series(6)
    focused = collapsed(Graph(whole.nodes, whole.edges, focus="step-2"))
    assert {n.id for n in focused.nodes} == {"model", "step-2", group_id("model")}


def test_a_checkpoint_that_was_used_elsewhere_stays() -> None:
    whole = series(6)
    more = edge("child", Relation.FINETUNED_FROM, "step-1")
    graph = collapsed(
        Graph((*whole.nodes, node("child")), (*whole.edges, more), focus="model")
    )
    assert "step-1" in {n.id for n in graph.nodes}
