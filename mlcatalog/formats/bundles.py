"""Bundles: which files of one folder are one artifact, by their names alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mlcatalog.domain.words import Kind

WEIGHTS = ("model.safetensors", "pytorch_model.bin", "consolidated.safetensors")
ADAPTERS = ("adapter_model.safetensors", "adapter_model.bin")
INDEX = re.compile(r"(?P<stem>.+)\.(?P<suffix>safetensors|bin)\.index\.json")
CHECKPOINT = re.compile(r"(?P<stem>.+)\.data-\d{5}-of-\d{5}")
DATASET_NOTES = ("dataset_info.json", "state.json", "README.md")
SAVED_NOTES = ("fingerprint.pb", "keras_metadata.pb")
SHARD = re.compile(r"(?P<stem>.+)-\d{5}-of-\d{5}\.(?P<suffix>safetensors|bin)")
# What transformers, peft and trainers write beside the weights.
COMPANIONS = (
    "config.json", "generation_config.json", "adapter_config.json", "README.md",
    "tokenizer*.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json",
    "vocab.json", "vocab.txt", "merges.txt", "spiece.model", "sentencepiece.bpe.model",
    "chat_template.*", "preprocessor_config.json", "processor_config.json",
    "image_processor_config.json", "video_preprocessor_config.json",
    "feature_extractor_config.json", "training_args.bin", "trainer_state.json",
    "optimizer.pt", "optimizer.bin", "scheduler.pt", "scheduler.bin", "scaler.pt",
    "rng_state*.pth", "modules.json", "sentence_bert_config.json",
    "config_sentence_transformers.json", "quantize_config.json", "LICENSE*",
    "mergekit_config.y*ml",
)  # fmt: skip
MARKS = frozenset({"config.json", "trainer_state.json", "training_args.bin"})


@dataclass(frozen=True, slots=True)
class Group:
    """One bundle: its main file, the content that makes its version, the rest."""

    kind: Kind
    format: str
    main: str
    content: tuple[str, ...]
    companions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deep:
    """A bundle that owns folders below its own: all of them when `folders` is None."""

    kind: Kind
    format: str
    main: str
    folders: frozenset[str] | None = None

    def owns(self, folder: str) -> bool:
        """Whether a folder directly below belongs to it."""
        return self.folders is None or folder in self.folders


SAVED_FOLDERS = frozenset({"variables", "assets", "assets.extra"})
ZARR_FILES = (".zmetadata", "zarr.json", ".zgroup", ".zarray")

DEEP_MARKS = ("saved_model.pb", "Manifest.json", "meta.json", *ZARR_FILES)


def deep(names: frozenset[str]) -> Deep | None:
    """The bundle that a folder is together with folders below it, if it is one.

    `names` are those of its files, and of its folders with a "/" at their end.
    """
    if {"saved_model.pb", "variables/"} <= names:
        return Deep(Kind.MODEL, "savedmodel", "saved_model.pb", SAVED_FOLDERS)
    if {"Manifest.json", "Data/"} <= names:
        return Deep(Kind.MODEL, "mlpackage", "Manifest.json", frozenset({"Data"}))
    if {"meta.json", "config.cfg", "vocab/"} <= names:
        return Deep(Kind.MODEL, "spacy", "meta.json")
    main = next((name for name in ZARR_FILES if name in names), None)
    return Deep(Kind.DATASET, "zarr", main) if main else None


def is_note(path: str) -> bool:
    """Whether a member of a deep bundle is a note beside its content."""
    return path.rpartition("/")[2] in (*SAVED_NOTES, "README.md", "LICENSE", ".zattrs")


def groups(names: frozenset[str]) -> tuple[Group, ...]:
    """The bundles among the file names of one folder; other files stand alone.

    `content` holds the main file too.
    """
    found: list[Group] = []
    model = _whole_model(names)
    left = set(names)
    adapter = next((name for name in ADAPTERS if name in names), None)
    if adapter and "adapter_config.json" in names:
        # config.json is the model's where there is one.
        near = names - MARKS if model else names
        found.append(_group("peft", adapter, {adapter}, near))
        left -= {adapter, *found[0].companions}
    if model:
        found.append(_group("huggingface", model[0], model[1], frozenset(left)))
    main = model[0] if model else ""
    indices = (name for name in names if name.endswith(".index.json"))
    for index in sorted(name for name in indices if INDEX.fullmatch(name)):
        shards = _shards(index, names)
        if index != main and shards and not set(shards) & (model or ("", set()))[1]:
            content = tuple(sorted({index, *shards}))
            found.append(Group(Kind.MODEL, "sharded", index, content, ()))
    found += _checkpoints(names)
    found += _datasets(names)
    return tuple(found)


def _checkpoints(names: frozenset[str]) -> list[Group]:
    """TensorFlow's: an index with its data, and a graph with its notes."""
    parts: dict[str, list[str]] = {}
    for name in (name for name in names if ".data-" in name):
        match = CHECKPOINT.fullmatch(name)
        if match and f"{match['stem']}.index" in names:
            parts.setdefault(f"{match['stem']}.index", []).append(name)
    found = [
        Group(
            Kind.MODEL,
            "tensorflow checkpoint",
            index,
            tuple(sorted([index, *data])),
            (),
        )
        for index, data in sorted(parts.items())
    ]
    notes = tuple(name for name in SAVED_NOTES if name in names)
    if "saved_model.pb" in names and notes:
        main = "saved_model.pb"
        found.append(Group(Kind.MODEL, "savedmodel", main, (main,), notes))
    return found


def _datasets(names: frozenset[str]) -> list[Group]:
    """A dataset that Hugging Face's library saved: Arrow files and their notes."""
    arrows = tuple(sorted(name for name in names if name.endswith(".arrow")))
    if "state.json" not in names or not arrows:
        return []
    notes = tuple(name for name in DATASET_NOTES if name in names)
    return [Group(Kind.DATASET, "huggingface dataset", arrows[0], arrows, notes)]


def _whole_model(names: frozenset[str]) -> tuple[str, set[str]] | None:
    """Main file and content of a Hugging Face model that fills the folder."""
    if not names & MARKS:
        return None
    for index in ("model.safetensors.index.json", "pytorch_model.bin.index.json"):
        shards = _shards(index, names) if index in names else []
        if shards:
            return index, {index, *shards, *(names & set(WEIGHTS))}
    present = [name for name in WEIGHTS if name in names]
    return (present[0], set(present)) if present else None


def _shards(index: str, names: Iterable[str]) -> list[str]:
    wanted = INDEX.fullmatch(index)
    if wanted is None:
        return []
    found = ((name, SHARD.fullmatch(name)) for name in names)
    return [
        name for name, shard in found if shard and shard.groups() == wanted.groups()
    ]


def _group(
    format_name: str, main: str, content: Iterable[str], names: frozenset[str]
) -> Group:
    members = set(content)
    companions = (
        name
        for name in names - members
        if any(fnmatchcase(name, pattern) for pattern in COMPANIONS)
    )
    return Group(
        Kind.MODEL, format_name, main, tuple(sorted(members)), tuple(sorted(companions))
    )
