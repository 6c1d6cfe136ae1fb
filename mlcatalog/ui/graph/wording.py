"""What the graph says in words: cards, lines, and what a screen reader hears."""

from __future__ import annotations

from mlcatalog.domain.amounts import size_text
from mlcatalog.domain.code_history import HISTORY
from mlcatalog.domain.lineage import (
    IN_GIT,
    IN_STORE,
    Edge,
    Graph,
    Node,
    full_name,
    where_words,
)
from mlcatalog.domain.moments import short_text
from mlcatalog.domain.words import Relation
from mlcatalog.lineage.collapse import is_group

SHORT = {
    Relation.PRODUCED_BY: "produced",
    Relation.TRAINED_ON: "trained on",
    Relation.EVALUATED_ON: "evaluated on",
    Relation.CONFIGURED_BY: "configures",
    Relation.EXECUTED: "executed",
    Relation.STARTED_FROM: "starts",
    Relation.FINETUNED_FROM: "fine-tuned",
    Relation.ADAPTER_OF: "adapted",
    Relation.MERGED_FROM: "merged",
    Relation.QUANTIZED_FROM: "quantized",
    Relation.PRUNED_FROM: "pruned",
    Relation.CONVERTED_FROM: "converted",
    Relation.CHECKPOINT_OF: "checkpoint",
    Relation.DERIVED_FROM: "derived",
    Relation.COPY_OF: "copy",
    Relation.IN_ENVIRONMENT: "environment",
}


def one_line(text: str) -> str:
    """The text with whatever would break a line shown as a space."""
    return " ".join(text.split())


def card_title(node: Node) -> str:
    """The name of a node, as one line."""
    return one_line(full_name(node)) or "(no name)"


def card_words(node: Node) -> str:
    """The kind of a node and what tells it apart, as one line."""
    if is_group(node.id):
        return one_line(f"{node.facts.get('names', '')} · expand")
    parts = [node.kind.value]
    if node.external:
        parts.append(where_words(node))
        if node.format not in (IN_GIT, IN_STORE):  # the name, the store tells it
            parts.append(f"rev {node.revision[:8]}" if node.revision else "not pinned")
    parts += [node.format] if node.format and not node.external else []
    parts += [node.stage] if node.stage not in ("", "draft") else []
    parts += [size_text(node.size)] if node.size is not None else []
    return one_line(" · ".join(parts))


def edge_words(edge: Edge) -> str:
    """The few words that stand on a line."""
    relation = SHORT.get(edge.relation, edge.relation.phrase)
    if edge.status == "rejected":
        return f"{relation} · rejected"
    if edge.is_suggestion:
        return f"{relation}? {edge.confidence:.2f}"
    return relation


def sentence(edge: Edge, graph: Graph) -> str:
    """The edge as a sentence, child first."""
    child, parent = name_of(graph, edge.child), name_of(graph, edge.parent)
    probably = "probably " if edge.is_suggestion else ""
    return f"{child}: {probably}{edge.relation.phrase} {parent}"


def name_of(graph: Graph, node_id: str) -> str:
    """The name of a node, its id when it is not in this piece."""
    node = graph.node(node_id)
    return card_title(node) if node else node_id


def spoken(node: Node, graph: Graph) -> str:
    """What a screen reader hears on a node: "model X, child of 2, parent of 3"."""
    up, down = len(list(graph.parents(node.id))), len(list(graph.children(node.id)))
    words = [f"{node.kind.value} {card_title(node)}"]
    words += [where_words(node)] if node.external else []
    words += [f"child of {up}"] if up else []
    words += [f"parent of {down}"] if down else []
    return ", ".join(words)


def facts_of(node: Node) -> list[tuple[str, str]]:
    """The rows that the panel shows of a node: title and text."""
    rows = [
        (
            "Kind",
            node.kind.value + (f" ({where_words(node)})" if node.external else ""),
        ),
        ("Format", node.format),
        ("Stage", node.stage),
        ("Size", size_text(node.size) if node.size is not None else ""),
        ("Modified", f"{short_text(node.modified)} UTC" if node.modified else ""),
        ("SHA-256", node.digest or ""),
        ("Revision", node.revision or ""),
    ]
    rows += [
        (key.replace(".", " ").capitalize(), text)
        for key, text in node.facts.items()
        if key != HISTORY
    ]
    return [(title, one_line(text)) for title, text in rows if text]
