"""Safetensors: the JSON header alone, the weights stay on disk.

Layout (github.com/huggingface/safetensors, README): u64 little-endian N, N
bytes of JSON that begin with `{`, then the tensors; data_offsets count from
byte 8 + N; `__metadata__` maps text to text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mlcatalog.domain.reading import Claim, Fact, Reading, Reference, Scheme, Tensor
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.formats import saying
from mlcatalog.formats.bounded import (
    JSON_LIMIT,
    damaged,
    exactly,
    json_file,
    json_of,
    table_of,
    truncated,
)

TENSOR_LIMIT = 1_000_000
NAMED_FACTS: dict[str, tuple[str, ...]] = {
    "architecture": ("architecture", "arch", "modelspec.architecture"),
    "task": ("task",),
    "created": ("created", "created_at", "date", "modelspec.date"),
    "framework": ("framework",),
    "framework.version": ("framework_version",),
    "license": ("license", "modelspec.license"),
    "language": ("language",),
    "title": ("title", "modelspec.title"),
    "owner": ("owner", "author", "modelspec.author"),
    "code.commit": ("git_commit", "commit", "code.commit", "git_sha"),
    "run.id": ("run_id", "run.id", "run"),
    "epoch": ("epoch", "epochs", "ss_num_epochs"),
    "step": ("step", "global_step", "steps"),
    "base.id": ("base_model", "base.id", "ss_sd_model_name"),
}
BASE_KEYS = ("base_model", "base_model_name_or_path", "parent", "init_from")
DATA_KEYS = ("dataset", "data", "train_data", "training_data")


class SafetensorsReader:
    """Reads names, dtypes, shapes, places and what the writer noted."""

    format = "safetensors"
    title = "Safetensors weights"
    version = 1
    kind = Kind.MODEL
    suffixes = (".safetensors",)
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """Eight bytes of length and a brace."""
        return len(head) > 8 and head[8:9] == b"{"

    def read(self, path: Path) -> Reading:
        """The header; raises FormatError also when the file is cut short."""
        header, start, size = _header(path)
        metadata = _metadata(header.pop("__metadata__", None))
        if len(header) > TENSOR_LIMIT:
            raise damaged(path, f"It lists more than {TENSOR_LIMIT:,} tensors")
        tensors = tuple(_tensor(name, raw, start) for name, raw in header.items())
        ends = (t.offset + t.size for t in tensors if t.offset is not None)
        needs = max(ends, default=start)
        if size < needs:
            raise truncated(path, has=size, needs=needs)
        if size > needs:
            raise damaged(path, f"{size - needs:,} bytes follow the last tensor")
        return Reading(
            self.format,
            self.kind,
            facts=(*saying.totals(tensors), *metadata_facts(metadata)),
            tensors=tensors,
            claims=tuple(metadata_claims(metadata)),
        )


def _header(path: Path) -> tuple[dict[str, object], int, int]:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        length = int.from_bytes(exactly(file, 8, path), "little")
        if length > JSON_LIMIT:
            raise damaged(path, f"Its header claims to have {length:,} bytes")
        if 8 + length > size:
            raise truncated(path, has=size, needs=8 + length)
        raw = json_of(exactly(file, length, path), path)
    if not isinstance(raw, dict):
        raise damaged(path, "Its header is no table")
    return raw, 8 + length, size


def _metadata(raw: object) -> dict[str, str]:
    table = table_of(raw)
    return {key: value for key, value in table.items() if isinstance(value, str)}


def _tensor(name: str, raw: object, start: int) -> Tensor:
    entry = table_of(raw)
    offsets, shape, dtype = entry["data_offsets"], entry["shape"], entry["dtype"]
    if not isinstance(offsets, list) or not isinstance(shape, list):
        raise TypeError(f"tensor {name} has no shape or offsets")
    begin, end = (int(offset) for offset in offsets)
    sizes = tuple(int(length) for length in shape)
    if not 0 <= begin <= end or any(length < 0 for length in sizes):
        raise ValueError(f"tensor {name} has an impossible place or shape")
    return Tensor(name, str(dtype), sizes, start + begin, end - begin)


def metadata_facts(metadata: Mapping[str, str]) -> Iterator[Fact]:
    """Every note under "metadata.<key>", known ones under their own names too."""
    for key, names in NAMED_FACTS.items():
        name = next((name for name in names if metadata.get(name)), None)
        if name:
            yield Fact(key, Value.of(metadata[name]), f"__metadata__.{name}")
    for name, text in metadata.items():
        yield Fact(f"metadata.{name}", Value.of(text), f"__metadata__.{name}")


def metadata_claims(metadata: Mapping[str, str]) -> Iterator[Claim]:
    """What the writer's notes say of base, data, run and configuration."""
    for name in BASE_KEYS:
        if metadata.get(name):
            base = saying.target(metadata[name], Kind.MODEL)
            yield saying.claim(Relation.DERIVED_FROM, base, f"__metadata__.{name}")
    for name in DATA_KEYS:
        if metadata.get(name):
            found = saying.target(metadata[name], Kind.DATASET)
            yield saying.claim(Relation.TRAINED_ON, found, f"__metadata__.{name}")
    if metadata.get("run_id"):
        run = Reference(Scheme.NAME, metadata["run_id"], kind=Kind.RUN)
        yield saying.claim(Relation.PRODUCED_BY, run, "__metadata__.run_id")
    if metadata.get("config"):
        config = Reference(Scheme.PATH, metadata["config"], kind=Kind.CONFIG)
        yield saying.claim(Relation.CONFIGURED_BY, config, "__metadata__.config")


class ShardIndexReader:
    """Reads which shard holds which tensor (`model.safetensors.index.json`)."""

    format = "shard index"
    title = "Index of sharded weights"
    version = 1
    kind = Kind.MODEL
    suffixes: tuple[str, ...] = ()
    names = ("*.safetensors.index.json", "*.bin.index.json")

    def claims(self, head: bytes) -> bool:
        """A JSON table."""
        return head.lstrip()[:1] == b"{"

    def read(self, path: Path) -> Reading:
        """Shards, number of tensors and parameters as the index says them."""
        raw = table_of(json_file(path))
        weights = raw.get("weight_map")
        if not isinstance(weights, dict):
            raise damaged(path, "It has no weight_map")
        notes = table_of(raw.get("metadata"))
        shards = sorted({str(shard) for shard in weights.values()})
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.fact("parameters", notes.get("total_parameters"), "metadata"),
                *saying.fact("tensors", len(weights), "weight_map"),
                *saying.fact("shards", shards, "weight_map"),
                *saying.fact("total_size", notes.get("total_size"), "metadata"),
            ),
        )
