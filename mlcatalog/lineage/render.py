"""The lineage as text, DOT, SVG and as the command line's JSON document."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from mlcatalog.domain.lineage import Edge, Graph, Node, where_words
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.lineage.labels import LETTER, LINE, Box, Point, Route
from mlcatalog.lineage.layout import Layout, layout
from mlcatalog.lineage.tree import TreeLine, tree_lines

SCHEMA = 1
DEEPEST = 60  # columns of branches; deeper lines stand below each other
MARGIN = 24.0
NAME_LETTERS, WORDS_LETTERS = 23, 31  # what fits into a box

COLOURS = {
    Kind.MODEL: "#2f6fed",
    Kind.DATASET: "#1f8f4d",
    Kind.RUN: "#7a4fd0",
    Kind.CONFIG: "#b36b00",
    Kind.SCRIPT: "#b36b00",
    Kind.ENVIRONMENT: "#4a7a8c",
    Kind.DOCUMENT: "#6b7280",
}
STYLE = (
    "text{font-family:system-ui,'Noto Sans',sans-serif}"
    ".box{fill:#f6f7f9;stroke:#d9dce1}.focus{fill:#e8f0fe;stroke:#2f6fed;stroke-width:2}"
    ".name{font-size:13px;font-weight:600;fill:#1d2330}"
    ".words{font-size:11px;fill:#667085}.label{font-size:10.5px;fill:#566070}"
    ".line{fill:none;stroke:#7b8494;stroke-width:1.3}"
    ".guess{stroke:#b36b00;stroke-dasharray:5 4}.back{fill:#ffffff}"
)


def as_document(graph: Graph) -> dict[str, object]:
    """What `mlcatalog lineage --json` prints, as plain values."""
    return {
        "schema": SCHEMA,
        "nodes": [
            {
                "id": node.id,
                "kind": node.kind.value,
                "name": _clean(node.name),
                "path": _clean(node.path) or None,
                "external": node.external,
            }
            for node in graph.nodes
        ],
        "edges": [_edge_document(edge) for edge in graph.edges],
    }


def _edge_document(edge: Edge) -> dict[str, object]:
    return {
        "parent": edge.parent,
        "child": edge.child,
        "relation": edge.relation.value,
        "confidence": edge.confidence,
        "status": edge.status,
        "evidence": [
            {
                "class": proof.evidence.value,
                "source": _clean(proof.source),
                "detail": _clean(proof.detail),
            }
            for proof in edge.proofs
        ],
    }


def as_text(graph: Graph) -> str:
    """The tree as lines of text, ending in a line break; "" for an empty graph."""
    lines = tree_lines(graph)
    return "".join(
        f"{branch}{_line_words(line)}\n"
        for branch, line in zip(_branches(lines), lines, strict=True)
    )


def _line_words(line: TreeLine) -> str:
    parts = [_one_line(line.node.name) or "(no name)"]
    if line.edge is not None:
        phrase = line.edge.relation.phrase
        phrase = f"← {phrase}" if line.is_input else phrase
        parts.append(f"{phrase} · {_evidence(line.edge)}")
    else:
        parts.append(line.node.kind.value)
    if line.node.external:
        revision = line.node.revision
        where = where_words(line.node)
        parts.append(f"{where} at {_one_line(revision)}" if revision else where)
    if line.repeated:
        parts.append("(in full elsewhere)")
    return "   ".join(parts)


def _evidence(edge: Edge) -> str:
    best = edge.best
    words = best.evidence.value
    if best.evidence is Evidence.INFERRED:
        words = f"{words} {best.confidence:.2f}"
    return words if edge.status == "open" else f"{words}, {edge.status}"


def _branches(lines: list[TreeLine]) -> list[str]:
    """The drawn branches before each line: `│  ├ `."""
    open_at: set[int] = set()
    found: list[str] = []
    for line in reversed(lines):
        depth = line.depth
        open_at = {one for one in open_at if one <= depth}
        shown = range(max(1, depth - DEEPEST), depth)
        stems = "".join("│  " if one in open_at else "   " for one in shown)
        corner = ("├ " if depth in open_at else "└ ") if depth else ""
        found.append(stems + corner)
        open_at.add(depth)
    return found[::-1]


def as_dot(graph: Graph) -> str:
    """The graph in Graphviz' language."""
    lines = ["digraph lineage {", "  rankdir=LR;", "  node [shape=box, style=rounded];"]
    for node in graph.nodes:
        style = ', style="rounded,dashed"' if node.external else ""
        label = _quoted(f"{_one_line(node.name)}\n{_words(node)}")
        lines.append(f"  {_quoted(node.id)} [label={label}{style}];")
    for edge in graph.edges:
        style = ", style=dashed" if edge.is_suggestion else ""
        label = _quoted(edge.relation.phrase)
        ends = f"{_quoted(edge.parent)} -> {_quoted(edge.child)}"
        lines.append(f"  {ends} [label={label}{style}];")
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    inside = _clean(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{inside}"'


def as_svg(graph: Graph) -> str:
    """The graph as a drawing that stands alone; every text is escaped."""
    placed = layout(graph)
    width, height = placed.width + 2 * MARGIN, placed.height + 2 * MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="{-MARGIN:g} {-MARGIN:g} {width:.0f} '
        f'{height:.0f}" role="img" aria-label="Lineage">'
    )
    parts = [head, f"<style>{STYLE}</style>", *_lines(graph, placed)]
    parts += [_node(node, placed.boxes[node.id], graph.focus) for node in graph.nodes]
    return "\n".join([*parts, "</svg>", ""])


def _lines(graph: Graph, placed: Layout) -> Iterator[str]:
    for route in placed.routes:
        edge = graph.edges[route.edge]
        mark = "line guess" if edge.is_suggestion else "line"
        yield f'<path class="{mark}" d="{_path(route)}"/>'
    for route in placed.routes:
        yield _label(graph.edges[route.edge].relation.phrase, route.label_at)


def _path(route: Route) -> str:
    first, *rest = route.points
    pieces = [f"M{first.x:.1f} {first.y:.1f}"]
    before = first
    for point in rest:
        middle = (before.x + point.x) / 2
        pieces.append(
            f"C{middle:.1f} {before.y:.1f} {middle:.1f} {point.y:.1f} "
            f"{point.x:.1f} {point.y:.1f}"
        )
        before = point
    return " ".join(pieces)


def _label(words: str, middle: Point) -> str:
    width = len(words) * LETTER
    return (
        f'<rect class="back" x="{middle.x - width / 2:.1f}" '
        f'y="{middle.y - LINE / 2:.1f}" width="{width:.1f}" height="{LINE:g}" rx="3"/>'
        f'<text class="label" x="{middle.x:.1f}" y="{middle.y + 3.5:.1f}" '
        f'text-anchor="middle">{escape(words)}</text>'
    )


def _node(node: Node, box: Box, focus: str) -> str:
    mark = "box focus" if node.id == focus else "box"
    name = _cut(_one_line(node.name) or "(no name)", NAME_LETTERS)
    x, y = f"{box.x:.1f}", f"{box.y:.1f}"
    return (
        f"<g><title>{escape(_one_line(node.path or node.name))}</title>"
        f'<rect class="{mark}" x="{x}" y="{y}" width="{box.width:g}" '
        f'height="{box.height:g}" rx="6"/>'
        f'<rect x="{box.x + 5:.1f}" y="{box.y + 7:.1f}" width="3" '
        f'height="{box.height - 14:g}" rx="1.5" fill="{COLOURS[node.kind]}"/>'
        f'<text class="name" x="{box.x + 16:.1f}" y="{box.y + 26:.1f}">{escape(name)}</text>'
        f'<text class="words" x="{box.x + 16:.1f}" y="{box.y + 44:.1f}">'
        f"{escape(_cut(_words(node), WORDS_LETTERS))}</text></g>"
    )


def _words(node: Node) -> str:
    """The kind and what tells a node apart."""
    parts: list[str] = [node.kind.value]
    if node.external:
        parts += [
            where_words(node),
            f"rev {node.revision[:8]}" if node.revision else "not pinned",
        ]
    elif node.format:
        parts.append(node.format)
    if node.stage not in {"", "draft"}:
        parts.append(node.stage)
    return _one_line(" · ".join(parts))


def _one_line(text: str) -> str:
    return " ".join(_clean(text).split())


def _clean(text: str) -> str:
    """Without what neither XML nor JSON can hold: control signs, lone surrogates."""
    whole = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(
        sign
        if sign in "\t\n" or (sign >= " " and sign not in "\x7f\ufffe\uffff")
        else " "
        for sign in whole
    )


def _cut(text: str, letters: int) -> str:
    if len(text) <= letters:
        return text
    half = (letters - 1) // 2
    return f"{text[:half]}…{text[-half:]}"
