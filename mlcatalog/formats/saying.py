"""Short ways to say facts, claims and tensor totals."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from mlcatalog.domain.reading import (
    THIS,
    Claim,
    Fact,
    Reference,
    Scheme,
    Tensor,
)
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind, Relation

# A Hugging Face id: one owner, one name, letters that their hub allows.
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
HUB_URL = re.compile(
    r"https?://(?:www\.)?huggingface\.co/(?:datasets/)?([^/]+/[^/?#]+)/?"
)
FOLDERS = frozenset(
    [
        "adapters",
        "artifacts",
        "base",
        "checkpoints",
        "ckpt",
        "ckpts",
        "configs",
        "data",
        "dataset",
        "datasets",
        "exp",
        "experiments",
        "input",
        "inputs",
        "logs",
        "model",
        "models",
        "out",
        "output",
        "outputs",
        "results",
        "runs",
        "saves",
        "scripts",
        "src",
        "weights",
    ]
)
FILE_SUFFIXES = frozenset(
    [
        ".safetensors",
        ".pt",
        ".pth",
        ".ckpt",
        ".bin",
        ".onnx",
        ".pkl",
        ".joblib",
        ".gguf",
        ".h5",
        ".keras",
        ".tflite",
        ".csv",
        ".tsv",
        ".json",
        ".jsonl",
        ".parquet",
        ".npz",
        ".npy",
        ".yaml",
        ".yml",
        ".toml",
        ".txt",
        ".arrow",
        ".zip",
        ".py",
    ]
)


def fact(
    key: str, raw: object, source: str = "", evidence: Evidence = Evidence.DECLARED
) -> Iterator[Fact]:
    """One fact, or none when there is nothing to say."""
    if raw is None or raw == "" or raw == [] or raw == {}:
        return
    yield Fact(key, Value.of(raw), source, evidence)


def facts_from(
    table: Mapping[str, object], keys: Mapping[str, str], prefix: str = ""
) -> Iterator[Fact]:
    """The facts of a table whose keys go by standard names: {ours: theirs}."""
    for key, source in keys.items():
        yield from fact(key, table.get(source), f"{prefix}{source}")


def claim(
    relation: Relation,
    target: Reference,
    source: str,
    *,
    subject: Reference = THIS,
    evidence: Evidence = Evidence.DECLARED,
    detail: str = "",
) -> Claim:
    """One line of lineage as the file declares it."""
    return Claim(subject, relation, target, evidence, source, detail)


def target(text: str, kind: Kind | None, revision: str | None = None) -> Reference:
    """What a written name points to: a URL, a hub id, a path or a bare name."""
    shown = text.strip()
    if (hub := HUB_URL.fullmatch(shown)) and HUB_ID.fullmatch(hub[1]):
        return Reference(Scheme.HUB, hub[1], revision, kind)
    if "://" in shown:
        return Reference(Scheme.URL, shown, revision, kind)
    if is_hub_id(shown):
        return Reference(Scheme.HUB, shown, revision, kind)
    if "/" in shown or "\\" in shown or PurePosixPath(shown).suffix in FILE_SUFFIXES:
        return Reference(Scheme.PATH, shown, revision, kind)
    return Reference(Scheme.NAME, shown, revision, kind)


def is_hub_id(text: str) -> bool:
    """Whether a name looks like org/name and not like a path of a project."""
    if not HUB_ID.fullmatch(text):
        return False
    folder, _, name = text.partition("/")
    return folder not in FOLDERS and PurePosixPath(name).suffix not in FILE_SUFFIXES


def totals(tensors: Sequence[Tensor]) -> Iterator[Fact]:
    """Parameters, number of tensors and the dtype that most parameters have."""
    if not tensors:
        return
    by_dtype: Counter[str] = Counter()
    for tensor in tensors:
        by_dtype[tensor.dtype] += math.prod(tensor.shape)
    content = Evidence.CONTENT
    yield Fact("parameters", Value.of(sum(by_dtype.values())), "tensors", content)
    yield Fact("tensors", Value.of(len(tensors)), "tensors", content)
    yield Fact("dtype", Value.of(by_dtype.most_common(1)[0][0]), "tensors", content)
