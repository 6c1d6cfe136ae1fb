"""What a text in a script or notebook points to: a model, data or a config."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from mlcatalog.domain.reading import THIS, Claim, Fact, Reference, Scheme
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.formats import saying

SUFFIX_KINDS: dict[str, Kind] = {
    **dict.fromkeys(
        [
            ".safetensors",
            ".pt",
            ".pth",
            ".ckpt",
            ".onnx",
            ".pkl",
            ".joblib",
            ".gguf",
            ".h5",
            ".keras",
            ".tflite",
        ],
        Kind.MODEL,
    ),
    **dict.fromkeys(
        [".csv", ".tsv", ".parquet", ".jsonl", ".npz", ".npy", ".arrow", ".feather"],
        Kind.DATASET,
    ),
    **dict.fromkeys([".yaml", ".yml", ".toml", ".json"], Kind.CONFIG),
}
SERVING = re.compile(
    r"(serv|deploy|predict|infer|(^|[_\W])app([_\W]|$)|(^|[_\W])api([_\W]|$)|scor)",
    re.I,
)
TRAINING = re.compile(r"(^|[_\W])(train|fit|finetune|fine_tune|eval|export|test)", re.I)
REFERENCE_LIMIT = 200


def kind_of(text: str) -> Kind | None:
    """Model, dataset or config when a text looks like the path of one."""
    shown = text.strip()
    if not 3 < len(shown) <= 512 or any(letter in shown for letter in "\n{}*<>$ ,"):
        return None
    path = PurePosixPath(shown.replace("\\", "/"))
    return SUFFIX_KINDS.get(path.suffix.lower()) if path.stem else None


def path_facts(texts: Iterable[str]) -> Iterator[Fact]:
    """The paths that a script names, a fact for models, datasets and configs."""
    found: dict[Kind, dict[str, None]] = {}
    for text in texts:
        kind = kind_of(text)
        if kind:
            found.setdefault(kind, {})[text.strip()] = None
    for kind, names in found.items():
        listed = list(names)[:REFERENCE_LIMIT]
        key = f"references.{kind.plural}"
        yield Fact(key, Value.of(listed), "text literals", Evidence.CONTENT)


def deployments(texts: Iterable[str], *, name: str, title: str) -> Iterator[Claim]:
    """What a script that serves says it deploys: every model path in it."""
    if not SERVING.search(f"{name} {title}") or TRAINING.search(name):
        return
    for text in dict.fromkeys(text.strip() for text in texts):
        if kind_of(text) is Kind.MODEL:
            model = Reference(Scheme.PATH, text, kind=Kind.MODEL)
            yield saying.claim(
                Relation.DEPLOYS, model, "text literal", subject=THIS, detail=title
            )
