"""What jobs do for Reuse: list the datasets, and hold the models against one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Detail, Summary
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.reuse.candidates import Candidate, candidates
from mlcatalog.tasks.reuse import stands_for, training_data

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
    progress(0, 2, "Reading the models")
    models = catalog.details([row.id for row in rows])
    progress(1, 2, "Comparing with the dataset")
    found = candidates(
        dataset,
        models,
        task=question.task,
        trained_on=training_data(catalog, models),
        stands_for=stands_for(catalog, models),
    )
    return Answer(question, dataset, len(rows), found)
