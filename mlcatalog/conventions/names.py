"""What an artifact is called: the name that is shown, searched and judged."""

from __future__ import annotations

import re

from mlcatalog.domain.words import Kind

# Names that a framework dictates say nothing; the folder above them does.
DICTATED = re.compile(
    r"model(?:-\d{5}-of-\d{5})?\.(?:safetensors|onnx|bin|pt|pth|joblib|pkl)"
    r"|pytorch_model(?:-\d{5}-of-\d{5})?\.bin|adapter_model\.(?:safetensors|bin)"
    r"|(?:best|last|weights|consolidated(?:\.\d+)?|ckpt)\.(?:pt|pth|ckpt|safetensors)"
    r"|saved_model\.pb|MLmodel|.*\.(?:safetensors|bin)\.index\.json"
)
SERIES = re.compile(
    r"(?:checkpoint|step|global_step|iter|epoch)[-_=]?\d+.*|epoch=\d+-step=\d+.*"
)
STEMS = frozenset({Kind.MODEL, Kind.DATASET})


FOLDER_ENDINGS = (".zarr", ".mlpackage")  # of bundles whose format ends their name


def display_name(path: str, kind: Kind, *, is_bundle: bool) -> str:
    """The folder's name for a bundle, the stem of weights and data, else the file's.

    A framework-dictated file name (model.safetensors, best.pt) goes by its
    folder; a folder of a checkpoint series goes by itself.
    """
    folder, _, name = path.rstrip("/").rpartition("/")
    if is_bundle:
        return stem(name) if name.lower().endswith(FOLDER_ENDINGS) else name
    if kind is Kind.MODEL and is_dictated(name):
        above = folder.rpartition("/")[2]
        return above or stem(name)
    return stem(name) if kind in STEMS else name


def is_dictated(name: str) -> bool:
    """Whether a framework chose the file name."""
    return DICTATED.fullmatch(name) is not None


def is_of_series(name: str) -> bool:
    """Whether a name is that of one checkpoint among others."""
    return SERIES.fullmatch(name) is not None


def stem(name: str) -> str:
    """A file's name without its extension; `.tar.gz` counts as one."""
    for double in (".tar.gz", ".csv.gz", ".jsonl.gz"):
        if name.lower().endswith(double) and len(name) > len(double):
            return name[: -len(double)]
    head, dot, tail = name.rpartition(".")
    if not dot or not head or len(tail) > 12 or not tail.isalnum():
        return name
    return head
