"""What DVC's names mean: pointers beside data, and where a digest lies in its cache."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from mlcatalog.domain.words import Kind

SUFFIX = ".dvc"
FOLDER_MARK = ".dir"  # ends the MD5 of a folder: that of the list of its files
MD5 = re.compile(r"[0-9a-f]{32}")
MODEL_SUFFIXES = frozenset(
    {".pt", ".pth", ".ckpt", ".safetensors", ".onnx", ".pkl", ".joblib", ".h5"}
    | {".keras", ".gguf", ".tflite", ".bin", ".model", ".cbm", ".skops"}
)
MODEL_FOLDERS = frozenset(
    {"model", "models", "checkpoint", "checkpoints", "ckpt", "weights"}
)
SECRET = re.compile(r"(?<=://)[^/@\s]*@")
SIGNED = re.compile(r"\?[^#\s]*(?:sig|token|key|secret|passw|credential)[^#\s]*", re.I)


def pointed(name: str) -> str:
    """The name of what a pointer stands for, "" when it is no pointer's name."""
    return name[: -len(SUFFIX)] if name.endswith(SUFFIX) and name != SUFFIX else ""


def kind_of(path: str) -> Kind:
    """Whether what DVC keeps at a path is a model; all else is data."""
    name = PurePosixPath(path.lower())
    is_model = name.suffix in MODEL_SUFFIXES or name.name in MODEL_FOLDERS
    return Kind.MODEL if is_model or name.stem == "model" else Kind.DATASET


def bare(md5: object) -> str:
    """A digest without the mark of a folder, "" for anything else."""
    text = str(md5).lower().removesuffix(FOLDER_MARK)
    return text if MD5.fullmatch(text) else ""


def cached(md5: str) -> tuple[str, ...]:
    """Where an object may lie below a cache: as DVC 3 keeps it, then as DVC 2."""
    if not bare(md5):
        return ()
    inner = f"{md5[:2]}/{md5[2:]}"
    return f"files/md5/{inner}", inner


def without_secret(url: str) -> str:
    """An address without the name, password and signature that it may bear."""
    return SIGNED.sub("", SECRET.sub("", url)) if "://" in url else url
