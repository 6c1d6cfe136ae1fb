"""What a file that a run took or made is, by its ending alone."""

from __future__ import annotations

from pathlib import PurePosixPath

from mlcatalog.domain.words import Kind, Relation

SCRIPTS = frozenset({".py", ".sh", ".r", ".ipynb", ".jl"})
SETTINGS = frozenset({".yaml", ".yml", ".toml", ".ini"})
MODELS = frozenset(
    {".pt", ".pth", ".ckpt", ".safetensors", ".onnx", ".pkl", ".joblib", ".h5"}
    | {".keras", ".gguf", ".tflite", ".bin", ".model", ".cbm", ".skops"}
)
TABLES = frozenset(
    {".csv", ".tsv", ".parquet", ".feather", ".arrow", ".jsonl", ".npy", ".npz"}
    | {".tfrecord", ".tar", ".zarr", ".xlsx", ".orc"}
)


def taken(path: str) -> tuple[Relation, Kind]:
    """How a run took a file: a script, settings, a model, or else data."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in SCRIPTS:
        return Relation.EXECUTED, Kind.SCRIPT
    if suffix in SETTINGS:
        return Relation.CONFIGURED_BY, Kind.CONFIG
    if suffix in MODELS:
        return Relation.STARTED_FROM, Kind.MODEL
    return Relation.TRAINED_ON, Kind.DATASET


def made(path: str) -> Kind:
    """What a run made: a model, or else data."""
    suffix = PurePosixPath(path).suffix.lower()
    return Kind.MODEL if suffix in MODELS else Kind.DATASET
