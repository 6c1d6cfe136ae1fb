"""Notes beside datasets: Hugging Face dataset_info.json, state.json, dataset_dict.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mlcatalog.domain.reading import Column, Fact, Reading
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import bounded, saying
from mlcatalog.formats.bounded import table_of
from mlcatalog.formats.config import ConfigReader

FACTS = {
    "summary": "description",
    "license": "license",
    "homepage": "homepage",
    "citation": "citation",
    "title": "dataset_name",
    "config": "config_name",
    "builder": "builder_name",
    "download.size": "download_size",
    "dataset.size": "dataset_size",
}


class DatasetInfoReader:
    """Reads dataset_info.json: features, splits and where the data came from."""

    format = "dataset info"
    title = "Information of a Hugging Face dataset"
    version = 1
    kind: Kind | None = None
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ("dataset_info.json",)

    def claims(self, head: bytes) -> bool:
        """A JSON table."""
        return head.lstrip()[:1] == b"{"

    def read(self, path: Path) -> Reading:
        """Features and splits; LLaMA-Factory's list of datasets has neither."""
        raw = table_of(bounded.json_file(path))
        if not raw.keys() & {"features", "splits", "builder_name"}:
            return ConfigReader("json", (".json",)).read(path)
        features = table_of(raw.get("features"))
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.facts_from(raw, FACTS, "dataset_info.json: "),
                *saying.fact(
                    "model.version", _version(raw), "dataset_info.json: version"
                ),
                *saying.fact("features", list(features), "dataset_info.json: features"),
                *_splits(raw),
                *_sources(raw),
            ),
            columns=tuple(
                Column(name, _type(feature)) for name, feature in features.items()
            ),
        )


def _version(raw: Mapping[str, object]) -> object:
    version = raw.get("version")
    return table_of(version).get("version_str") or (
        version if isinstance(version, str) else None
    )


def _type(feature: object) -> str:
    if isinstance(feature, list):
        return "list"
    table = table_of(feature)
    return str(table.get("dtype") or table.get("_type") or "nested")


def _splits(raw: Mapping[str, object]) -> Iterator[Fact]:
    splits = table_of(raw.get("splits"))
    counts = {name: table_of(one).get("num_examples") for name, one in splits.items()}
    yield from saying.fact("splits", counts, "dataset_info.json: splits")
    numbers = [count for count in counts.values() if isinstance(count, int)]
    if numbers:
        yield from saying.fact("rows", sum(numbers), "dataset_info.json: splits")


def _sources(raw: Mapping[str, object]) -> Iterator[Fact]:
    """What was downloaded, with its checksums."""
    sums = table_of(raw.get("download_checksums"))
    yield from saying.fact("sources", list(sums)[:200], "download_checksums")


class DatasetStateReader:
    """Reads state.json: the fingerprint of how a dataset was made."""

    format = "dataset state"
    title = "State of a Hugging Face dataset"
    version = 1
    kind: Kind | None = None
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ("state.json", "dataset_dict.json")

    def claims(self, head: bytes) -> bool:
        """A JSON table."""
        return head.lstrip()[:1] == b"{"

    def read(self, path: Path) -> Reading:
        """Fingerprint, split and files; another program's state is settings."""
        raw = table_of(bounded.json_file(path))
        if "_fingerprint" not in raw and "splits" not in raw:
            return ConfigReader("json", (".json",)).read(path)
        recorded = Evidence.RECORDED
        files = raw.get("_data_files")
        names = [
            table_of(one).get("filename")
            for one in (files if isinstance(files, list) else [])
        ]
        return Reading(
            self.format,
            self.kind,
            facts=(
                # A hash of the chain of transforms, not of the content.
                *saying.fact(
                    "history", raw.get("_fingerprint"), "_fingerprint", recorded
                ),
                *saying.fact("split", raw.get("_split"), "_split", recorded),
                *saying.fact("splits", raw.get("splits"), "splits", recorded),
                *saying.fact("files", names, "_data_files", recorded),
            ),
        )
