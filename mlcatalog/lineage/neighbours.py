"""What the place of a file suggests: runs' folders, cards, exports of one name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from mlcatalog.domain.lineage import Edge, Proof
from mlcatalog.domain.words import MODEL_PARENTS, Evidence, Kind, Relation
from mlcatalog.lineage.known import Known
from mlcatalog.lineage.merging import edge_of
from mlcatalog.lineage.names import KnownArtifact, parent, stem, title_of

IN_RUN = Proof(Evidence.INFERRED, "lies in the run's folder", confidence=0.9)
IN_FOLDER = Proof(Evidence.INFERRED, "lies in the model's folder", confidence=0.9)
SAME_NAME = Proof(Evidence.INFERRED, "the same name", "matched by name", 0.6)

BESIDE = Proof(Evidence.INFERRED, "lies beside the data", confidence=0.8)
DICTIONARIES = frozenset({"data dictionary", "pandera schema"})
DICTIONARY_WORDS = re.compile(r"data|dictionary|schema|columns|features")
PRODUCED = (Relation.PRODUCED_BY,)
CONFIGURED = (Relation.CONFIGURED_BY,)
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


class Lines(Protocol):
    """What is known so far of where an artifact came from."""

    def __call__(self, child: str, *relations: Relation) -> Sequence[Edge]:
        """The edges of a child, of some relations or of all."""


def run_edges(artifact: KnownArtifact, known: Known, lines: Lines) -> Iterator[Edge]:
    """A model or config that lies in a run's folder belongs to that run.

    Nothing is suggested for a model whose run is known, or a run whose config
    is.
    """
    folder = known.run_folder_of(artifact)
    for run in known.by_run_folder(folder) if folder else ():
        if artifact.kind is Kind.MODEL and not lines(artifact.id, *PRODUCED):
            yield edge_of(artifact.id, Relation.PRODUCED_BY, run, IN_RUN)
        elif artifact.kind is Kind.CONFIG and not lines(run, *CONFIGURED):
            yield edge_of(run, Relation.CONFIGURED_BY, artifact.id, IN_RUN)


def document_edges(
    document: KnownArtifact, known: Known, lines: Lines
) -> Iterator[Edge]:
    """What a document describes, where nothing else says it.

    A card: the one model of its folder, or the one of its name. A dictionary:
    the datasets of its folder, those of its name or all.
    """
    if lines(document.id, Relation.DESCRIBES):
        return
    model = described(document, known)
    if model is not None:
        yield edge_of(document.id, Relation.DESCRIBES, model.id, IN_FOLDER)
    if document.format in DICTIONARIES:
        for dataset in _datasets_beside(document, known):
            yield edge_of(document.id, Relation.DESCRIBES, dataset.id, BESIDE)


def described(document: KnownArtifact, known: Known) -> KnownArtifact | None:
    """The model that a document is about, as far as its place tells."""
    if not document.path:
        return None
    beside = known.beside(parent(document.path), Kind.MODEL)
    models = {a.id: a for a in beside if a.kind is Kind.MODEL}
    title = stem(document.path.rpartition("/")[2]).lower()
    same = [a for a in models.values() if title_of(a).lower() == title]
    for found in (same, list(models.values())):
        if len(found) == 1:
            return found[0]
    return None


def _datasets_beside(document: KnownArtifact, known: Known) -> list[KnownArtifact]:
    beside = known.beside(parent(document.path), Kind.DATASET)
    datasets = [artifact for artifact in beside if artifact.kind is Kind.DATASET]
    name = document.path.rpartition("/")[2].lower()
    title = DICTIONARY_WORDS.sub("", stem(name)).strip("-_. ")
    same = [d for d in datasets if title and title_of(d).lower().startswith(title)]
    return same or (datasets if len(datasets) <= FEW else [])


def export_edges(model: KnownArtifact, known: Known, lines: Lines) -> Iterator[Edge]:
    """Of two models of one name the one in the later format came from the other.

    What the bytes already say of a model is not guessed again.
    """
    source = _source_of(model, known) if model.path else None
    if source is None:
        return
    said = lines(model.id, *MODEL_PARENTS, Relation.COPY_OF)
    if all(edge.best.evidence is not Evidence.CONTENT for edge in said):
        yield edge_of(model.id, Relation.CONVERTED_FROM, source.id, SAME_NAME)


def _source_of(export: KnownArtifact, known: Known) -> KnownArtifact | None:
    """The model that an export was made of, if there is exactly one that could be."""
    level = export_level(export.format)
    if not level:
        return None
    models = [(export_level(m.format), m) for m in known.called_like(export)]
    lowest = min(level for level, _ in models)
    sources = [model for found, model in models if found == lowest < level]
    return sources[0] if len(sources) == 1 else None


def export_level(format_name: str) -> int:
    """0 for what training writes, more the nearer a format is to serving."""
    return EXPORTS.get(format_name.lower(), 0)
