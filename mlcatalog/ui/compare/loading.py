"""What a job does for Compare: ask the catalogue for the items and lay them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mlcatalog.catalog.store import Catalog
from mlcatalog.comparing.origin import origin
from mlcatalog.comparing.sheet import Sheet, compare
from mlcatalog.comparing.siblings import siblings
from mlcatalog.domain.artifact import Detail, Summary
from mlcatalog.domain.lineage import Graph
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.domain.words import Kind
from mlcatalog.ui.compare.text_panel import KeptText

COMPARED = (Kind.MODEL, Kind.RUN, Kind.DATASET, Kind.CONFIG, Kind.SCRIPT)
RECENT = 8  # models offered while nothing is compared
LOOKED_AT = 200  # newest artifacts among which siblings are looked for
UP = 3  # model, run, dataset, and where that came from
LIMIT = 500  # nodes of lineage read per item


@dataclass(frozen=True)
class Gathered:
    """What a comparison is made of: the items, and what each came from."""

    details: tuple[Detail, ...]
    graph: Graph | None = None
    sources: Mapping[str, Sequence[Detail]] = field(default_factory=dict)
    texts: tuple[KeptText | None, ...] = ()  # one for each item


@dataclass(frozen=True)
class Comparison:
    """The items in the order asked, and their sheet."""

    ids: tuple[str, ...]
    gathered: Gathered
    sheet: Sheet

    @property
    def curved(self) -> list[Detail]:
        """The items with the metrics of their runs where they have none of that name."""
        sources = self.gathered.sources
        return [
            with_curves(d, sources.get(d.summary.id, ())) for d in self.gathered.details
        ]


def read(
    catalog: Catalog,
    ids: Sequence[str],
    baseline: int,
    progress: Progress = no_progress,
) -> Comparison:
    """Read the items and compare them; those that are gone are left out."""
    details = catalog.details(ids)
    graphs: list[Graph] = []
    sources: dict[str, Sequence[Detail]] = {}
    for done, detail in enumerate(details):
        progress(done, len(details), "Reading what is compared")
        artifact_id = detail.summary.id
        graph = catalog.graph(artifact_id, up=UP, down=0, limit=LIMIT)
        graphs.append(graph)
        sources[artifact_id] = catalog.details(makers(graph, artifact_id))
    texts = tuple(kept_text(catalog, d, sources[d.summary.id]) for d in details)
    return compared(Gathered(details, merged(graphs), sources, texts), baseline)


def compared(gathered: Gathered, baseline: int) -> Comparison:
    """The comparison of what was read."""
    details = gathered.details
    sheet = compare(
        details,
        baseline=baseline if baseline < len(details) else 0,
        graph=gathered.graph,
        sources=gathered.sources,
    )
    return Comparison(tuple(d.summary.id for d in details), gathered, sheet)


def makers(graph: Graph, artifact_id: str) -> list[str]:
    """Ids of the runs that made an artifact, and of what they used; nearest first."""
    ids = dict.fromkeys(edge.parent for edge in origin(graph, artifact_id))
    nodes = (graph.node(one) for one in ids)
    return [node.id for node in nodes if node is not None and not node.external]


def kept_text(
    catalog: Catalog, detail: Detail, sources: Sequence[Detail]
) -> KeptText | None:
    """The text of an artifact; of a model or run, that of its config."""
    configs = (one for one in sources if one.summary.kind is Kind.CONFIG)
    for one in (detail, *configs):
        text = catalog.text(one.summary.id)
        if text is not None:
            return KeptText(" ".join(one.summary.name.split()), text)
    return None


def with_curves(detail: Detail, sources: Sequence[Detail]) -> Detail:
    """An item with the metrics of its runs after its own."""
    runs = [one for one in sources if one.summary.kind is Kind.RUN]
    known = {metric.name for metric in detail.metrics if len(metric.points) > 1}
    lent = [m for run in runs for m in run.metrics if m.name not in known and m.points]
    own = [m for m in detail.metrics if m.name not in {one.name for one in lent}]
    return replace(detail, metrics=(*own, *lent))


def proposed(
    catalog: Catalog, chosen: Sequence[Summary], progress: Progress = no_progress
) -> tuple[str, ...]:
    """What to compare when fewer than two are chosen: one and its sibling, or the newest two."""
    progress(0, 1, "Looking for siblings")
    of = chosen[0] if chosen and chosen[0].kind in COMPARED else None
    kind = of.kind.value if of is not None else Kind.MODEL.value
    numbers = catalog.ids(f"kind:{kind}", sort="-modified")[:LOOKED_AT]
    return siblings(catalog.rows(numbers), of)


def recent_models(catalog: Catalog, progress: Progress = no_progress) -> list[Summary]:
    """The models that changed last."""
    progress(0, 1, "Reading recent models")
    return catalog.rows(catalog.ids("kind:model", sort="-modified")[:RECENT])


def merged(graphs: Sequence[Graph]) -> Graph:
    """Several pieces of lineage as one."""
    nodes = {node.id: node for graph in graphs for node in graph.nodes}
    edges = {
        (e.parent, e.child, e.relation): e for graph in graphs for e in graph.edges
    }
    return Graph(tuple(nodes.values()), tuple(edges.values()), total=len(nodes))
