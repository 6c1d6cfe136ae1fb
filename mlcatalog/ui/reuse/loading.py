"""What jobs do for Reuse: list the datasets, and hold the models against one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Detail, Summary
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.domain.words import Relation
from mlcatalog.reuse.candidates import Candidate, candidates

MOST_DATASETS = 5_000
MOST_MODELS = 1_000


@dataclass(frozen=True)
class Question:
    """Which dataset, and for which task."""

    dataset: str
    task: str = ""


@dataclass(frozen=True)
class Answer:
    """The candidates for a dataset, of how many models that were looked at."""

    question: Question
    dataset: Detail
    models: int
    candidates: tuple[Candidate, ...]


def datasets(catalog: Catalog, progress: Progress = no_progress) -> list[Summary]:
    """The datasets of the catalogue, by name."""
    progress(0, 1, "Reading the datasets")
    return catalog.rows(catalog.ids("kind:dataset", sort="name")[:MOST_DATASETS])


def dataset_at(catalog: Catalog, path: Path) -> Summary:
    """The dataset at a path; raises NotFoundError when the catalogue has none there."""
    return catalog.find(f"path:{path}")


def read(
    catalog: Catalog, question: Question, progress: Progress = no_progress
) -> Answer:
    """Hold every model of the catalogue against a dataset."""
    dataset = catalog.detail(question.dataset)
    rows = catalog.rows(catalog.ids("kind:model")[:MOST_MODELS])
    models, trained_on = [], {}
    for done, row in enumerate(rows):
        progress(done, len(rows), row.name)
        models.append(catalog.detail(row.id))
        trained_on[row.id] = _training(catalog, row.id)
    found = candidates(dataset, models, task=question.task, trained_on=trained_on)
    return Answer(question, dataset, len(rows), found)


def _training(catalog: Catalog, model: str) -> list[Detail]:
    """What a model, or the run that made it, was trained on."""
    graph = catalog.graph(model, up=2, down=0)
    runs = [
        edge.parent
        for edge in graph.parents(model)
        if edge.relation is Relation.PRODUCED_BY and edge.status != "rejected"
    ]
    used = [
        edge.parent
        for owner in (model, *runs)
        for edge in graph.parents(owner)
        if edge.relation is Relation.TRAINED_ON and edge.status != "rejected"
    ]
    nodes = [graph.node(one) for one in dict.fromkeys(used)]
    return [catalog.detail(n.id) for n in nodes if n is not None and not n.external]
