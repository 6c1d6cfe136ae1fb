"""What the place of a file suggests: runs' folders, cards, exports of one name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain

from mlcatalog.domain.lineage import Edge, Proof
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.lineage.known import (
    Known,
    KnownArtifact,
    parent,
    place_of,
    stem,
    title_of,
)
from mlcatalog.lineage.merging import edge_of

IN_RUN = Proof(Evidence.INFERRED, "lies in the run's folder", confidence=0.9)
IN_FOLDER = Proof(Evidence.INFERRED, "lies in the model's folder", confidence=0.9)
SAME_NAME = Proof(Evidence.INFERRED, "the same name", "matched by name", 0.6)

BESIDE = Proof(Evidence.INFERRED, "lies beside the data", confidence=0.8)
DICTIONARIES = frozenset({"data dictionary", "pandera schema"})
DICTIONARY_WORDS = re.compile(r"data|dictionary|schema|columns|features")
FEW = 3  # datasets of a folder that one dictionary may be about

# How far down the way from training to serving a format lies.
EXPORTS = {
    "torchscript": 3,
    "onnx": 4,
    "openvino": 5,
    "tflite": 5,
    "coreml": 5,
    "mlmodel": 5,
    "tensorrt": 6,
    "gguf": 6,
    "ggml": 6,
}
EXPORT_FOLDERS = frozenset(
    {
        "export",
        "exports",
        "exported",
        "onnx",
        "deploy",
        "deployment",
        "serving",
        "tflite",
    }
)


def folder_edges(
    known: Known, runs_of: Mapping[str, set[str]], configured: frozenset[str]
) -> Iterator[Edge]:
    """Models and configs that lie in a run's folder belong to that run.

    Nothing is suggested for a model whose run is known, or a run whose config
    is.
    """
    for artifact in known.of_kind(Kind.MODEL, Kind.CONFIG):
        folder = known.run_folder_of(artifact)
        for run in known.by_run_folder(folder) if folder else ():
            if artifact.kind is Kind.MODEL and not runs_of.get(artifact.id):
                yield edge_of(artifact.id, Relation.PRODUCED_BY, run, IN_RUN)
            elif artifact.kind is Kind.CONFIG and run not in configured:
                yield edge_of(run, Relation.CONFIGURED_BY, artifact.id, IN_RUN)


def card_edges(known: Known) -> Iterator[Edge]:
    """A document describes the one model of its folder, or the one of its name."""
    for document in known.of_kind(Kind.DOCUMENT):
        model = described(document, known)
        if model is not None:
            yield edge_of(document.id, Relation.DESCRIBES, model.id, IN_FOLDER)


def described(document: KnownArtifact, known: Known) -> KnownArtifact | None:
    """The model that a document is about, as far as its place tells."""
    if not document.path:
        return None
    beside = [known.by_id[i] for i in known.beside(parent(document.path))]
    models = {a.id: a for a in beside if a.kind is Kind.MODEL}
    title = stem(document.path.rpartition("/")[2]).lower()
    same = [a for a in models.values() if title_of(a).lower() == title]
    for found in (same, list(models.values())):
        if len(found) == 1:
            return found[0]
    return None


def dictionary_edges(known: Known, described: frozenset[str]) -> Iterator[Edge]:
    """A dictionary describes the datasets of its folder: those of its name, or all.

    `described` are the documents whose datasets are known otherwise.
    """
    for document in known.of_kind(Kind.DOCUMENT):
        if document.format in DICTIONARIES and document.id not in described:
            for dataset in _datasets_beside(document, known):
                yield edge_of(document.id, Relation.DESCRIBES, dataset.id, BESIDE)


def _datasets_beside(document: KnownArtifact, known: Known) -> list[KnownArtifact]:
    beside = [known.by_id[i] for i in known.beside(parent(document.path))]
    datasets = [artifact for artifact in beside if artifact.kind is Kind.DATASET]
    name = document.path.rpartition("/")[2].lower()
    title = DICTIONARY_WORDS.sub("", stem(name)).strip("-_. ")
    same = [d for d in datasets if title and title_of(d).lower().startswith(title)]
    return same or (datasets if len(datasets) <= FEW else [])


def export_edges(known: Known) -> Iterator[Edge]:
    """Models of one name in two formats: the later format came from the other."""
    groups: dict[tuple[str, str], list[KnownArtifact]] = defaultdict(list)
    for model in known.of_kind(Kind.MODEL):
        if model.path:
            groups[_home(model), title_of(model)].append(model)
    pairs = (_exports(models) for models in groups.values() if len(models) > 1)
    for source, export in chain.from_iterable(pairs):
        yield edge_of(export.id, Relation.CONVERTED_FROM, source.id, SAME_NAME)


def _exports(
    models: list[KnownArtifact],
) -> Iterator[tuple[KnownArtifact, KnownArtifact]]:
    """Each export with its source, if there is exactly one that could be."""
    for export in models:
        level = export_level(export.format)
        sources = [m for m in models if export_level(m.format) < level]
        if sources:
            lowest = min(export_level(m.format) for m in sources)
            sources = [m for m in sources if export_level(m.format) == lowest]
        if len(sources) == 1:
            yield sources[0], export


def export_level(format_name: str) -> int:
    """0 for what training writes, more the nearer a format is to serving."""
    return EXPORTS.get(format_name.lower(), 0)


def _home(model: KnownArtifact) -> str:
    """The folder that counts when names are compared: not `onnx/`, but above it."""
    home = parent(place_of(model))
    if home.rpartition("/")[2].lower() in EXPORT_FOLDERS:
        return parent(home)
    return home
