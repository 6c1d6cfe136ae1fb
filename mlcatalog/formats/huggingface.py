"""Hugging Face folders: model configuration, adapter configuration, trainer state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mlcatalog.domain.reading import Claim, Fact, Reading
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.formats import bounded, plain_values, saying
from mlcatalog.formats.bounded import table_of, words_of
from mlcatalog.formats.config import config_claims, config_facts
from mlcatalog.formats.curves import by_step


class ModelConfigReader:
    """Reads config.json, that of a model folder or any other of that name."""

    format = "huggingface config"
    title = "Hugging Face model configuration"
    version = 1
    kind = Kind.CONFIG
    suffixes: tuple[str, ...] = ()
    names = ("config.json",)

    def claims(self, head: bytes) -> bool:
        """A JSON table."""
        return head.lstrip()[:1] == b"{"

    def read(self, path: Path) -> Reading:
        """Architecture, dtype, version and, from 4.x, what it was loaded from."""
        raw = table_of(bounded.json_file(path))
        params = plain_values.flattened(raw, path)
        if not raw.keys() & {"architectures", "model_type", "transformers_version"}:
            facts, claims = config_facts(params), config_claims(params)
            return Reading(
                "json", self.kind, tuple(facts), params, claims=tuple(claims)
            )
        return Reading(
            self.format,
            self.kind,
            facts=tuple(_model_facts(raw)),
            params=params,
            claims=tuple(_name_claims(raw)),
        )


def _model_facts(raw: Mapping[str, object]) -> Iterator[Fact]:
    names = words_of(raw.get("architectures")) or words_of(raw.get("model_type"))
    source = "architectures" if raw.get("architectures") else "model_type"
    yield from saying.fact("architecture", ", ".join(names), f"config.json: {source}")
    dtype = raw.get("dtype") or raw.get("torch_dtype")
    yield from saying.fact("dtype", dtype, "config.json: dtype")
    version = raw.get("transformers_version")
    if version:
        source = "config.json: transformers_version"
        yield from saying.fact("framework", "transformers", source)
        yield from saying.fact("framework.version", version, source)
    labels = table_of(raw.get("id2label"))
    yield from saying.fact("classes", list(labels.values()), "config.json: id2label")
    yield from saying.fact("base.id", raw.get("_name_or_path"), "_name_or_path")


def _name_claims(raw: Mapping[str, object]) -> Iterator[Claim]:
    name = raw.get("_name_or_path")
    if isinstance(name, str) and name.strip(" ./"):
        base = saying.target(name, Kind.MODEL)
        yield saying.claim(Relation.DERIVED_FROM, base, "_name_or_path")


class AdapterConfigReader:
    """Reads a PEFT adapter_config.json."""

    format = "peft config"
    title = "PEFT adapter configuration"
    version = 1
    kind = Kind.CONFIG
    suffixes: tuple[str, ...] = ()
    names = ("adapter_config.json",)

    def claims(self, head: bytes) -> bool:
        """A JSON table."""
        return head.lstrip()[:1] == b"{"

    def read(self, path: Path) -> Reading:
        """The base with its revision, rank, alpha and target modules."""
        raw = table_of(bounded.json_file(path))
        source = "adapter_config.json: "
        facts = {
            "architecture": "peft_type",
            "task": "task_type",
            "base.id": "base_model_name_or_path",
            "base.revision": "revision",
            "framework.version": "peft_version",
        }
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.facts_from(raw, facts, source),
                *saying.fact("framework", "peft", source + "peft_type"),
            ),
            params=plain_values.flattened(raw, path),
            claims=tuple(_base_claims(raw)),
        )


def _base_claims(raw: Mapping[str, object]) -> Iterator[Claim]:
    name, revision = raw.get("base_model_name_or_path"), raw.get("revision")
    if isinstance(name, str) and name:
        pinned = revision if isinstance(revision, str) else None
        base = saying.target(name, Kind.MODEL, pinned)
        yield saying.claim(Relation.ADAPTER_OF, base, "base_model_name_or_path")


class TrainerStateReader:
    """Reads trainer_state.json, the log that transformers keeps."""

    format = "trainer state"
    title = "State of a transformers trainer"
    version = 1
    kind = None
    suffixes: tuple[str, ...] = ()
    names = ("trainer_state.json",)

    def claims(self, head: bytes) -> bool:
        """A JSON table."""
        return head.lstrip()[:1] == b"{"

    def read(self, path: Path) -> Reading:
        """The log as metrics, epoch, step and the best checkpoint."""
        raw = table_of(bounded.json_file(path))
        log = raw.get("log_history")
        entries = [table_of(one) for one in log] if isinstance(log, list) else []
        keys = {
            "epoch": "epoch",
            "step": "global_step",
            "best.metric": "best_metric",
            "best.checkpoint": "best_model_checkpoint",
        }
        found = saying.facts_from(raw, keys, "trainer_state.json: ")
        facts = (Fact(f.key, f.value, f.source, Evidence.RECORDED) for f in found)
        return Reading(
            self.format,
            self.kind,
            facts=tuple(facts),
            metrics=by_step(entries),
        )


class GenerationReader:
    """Reads generation_config.json: how a model is asked for text."""

    format = "generation config"
    title = "Generation settings of a transformers model"
    version = 1
    kind = None
    suffixes: tuple[str, ...] = ()
    names = ("generation_config.json",)

    def claims(self, head: bytes) -> bool:
        """A JSON table."""
        return head.lstrip()[:1] == b"{"

    def read(self, path: Path) -> Reading:
        """Every setting under "generation.<key>"."""
        raw = table_of(bounded.json_file(path))
        found = plain_values.flattened(raw, path)[:500]
        source = "generation_config.json: "
        return Reading(
            self.format,
            self.kind,
            facts=tuple(
                Fact(f"generation.{param.key}", param.value, source + param.key)
                for param in found
            ),
        )


class CompanionReader:
    """Knows by name what lies beside weights: tokenizers, optimizer states."""

    format = "companion"
    title = "Companion of a model"
    version = 1
    kind = None
    suffixes: tuple[str, ...] = ()
    names = (
        "tokenizer*.json", "tokenizer.model", "special_tokens_map.json",
        "added_tokens.json", "vocab.json", "merges.txt", "vocab.txt", "spiece.model",
        "preprocessor_config.json", "processor_config.json",
        "chat_template.*", "optimizer.pt", "optimizer.bin", "scheduler.pt",
        "scheduler.bin", "scaler.pt", "rng_state*.pth",
    )  # fmt: skip

    def claims(self, head: bytes) -> bool:
        """Anything: the name decides."""
        return True

    def read(self, path: Path) -> Reading:
        """Nothing but what it is."""
        return Reading(self.format, self.kind)
