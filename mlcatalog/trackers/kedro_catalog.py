"""A Kedro project's data catalogue: its datasets, their files and versions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.words import Kind
from mlcatalog.trackers import bounded_yaml, file_kinds, told
from mlcatalog.trackers.bounded_yaml import as_table

FILE_LIMIT = 100  # of catalogues, and of parameters
DATASET_LIMIT = 5_000
VERSION = re.compile(r"\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d\.\d{3}Z")
ENVIRONMENT = "base"  # others only add to it


@dataclass(frozen=True, slots=True)
class Dataset:
    """One entry of the catalogue."""

    name: str
    type: str  # "pandas.CSVDataset"
    path: str  # as written, "" for what is no file
    versioned: bool
    source: str  # the file that declares it, relative to the project

    @property
    def is_metrics(self) -> bool:
        """Whether it keeps the numbers of a run."""
        return self.path.endswith(".json") and (
            self.type.endswith("MetricsDataset") or "metric" in self.name.lower()
        )

    def at(self, version: str) -> str:
        """The path of one version: `X.csv/VERSION/X.csv`."""
        return f"{self.path}/{version}/{PurePosixPath(self.path).name}"


def kind_of(place: str) -> Kind:
    """What the file of a dataset is, by its ending."""
    return file_kinds.made(place)


def datasets(root: Path, problems: list[FormatError]) -> dict[str, Dataset]:
    """The datasets that the catalogues of the base environment declare."""
    found: dict[str, Dataset] = {}
    for path in settings(root, "catalog"):
        source = path.relative_to(root).as_posix()
        try:
            table = as_table(bounded_yaml.load(path, follow=True))
        except FormatError as problem:
            problems.append(problem)
            continue
        for name, raw in table.items():
            entry = as_table(raw)
            if name[:1] != "_" and "type" in entry and len(found) < DATASET_LIMIT:
                place = entry.get("filepath") or entry.get("path")
                found[name] = Dataset(
                    name,
                    str(entry["type"]),
                    _relative(place) if isinstance(place, str) else "",
                    entry.get("versioned") is True,
                    source,
                )
    return found


def settings(root: Path, word: str) -> list[Path]:
    """Kedro's files of a sort: `conf/base/WORD*.yml`, and below a folder WORD*."""
    base = root / "conf" / ENVIRONMENT
    found = [
        path
        for folder in (base, *told.folders(base))
        for path in told.files(folder)
        if path.suffix in (".yml", ".yaml")
        and (path.name.startswith(word) or folder.name.startswith(word))
    ]
    return found[:FILE_LIMIT]


def versions(root: Path, dataset: Dataset) -> list[str]:
    """The versions of a dataset that are there, oldest first."""
    inner = PurePosixPath(dataset.path)
    is_outside = inner.is_absolute() or ".." in inner.parts or "://" in dataset.path
    if not dataset.versioned or not dataset.path or is_outside:
        return []
    return [
        folder.name
        for folder in told.folders(root / dataset.path)
        if VERSION.fullmatch(folder.name)
    ]


def moment(version: str) -> int | None:
    """UTC µs of a version, which is the time when its session began."""
    if not VERSION.fullmatch(version):
        return None
    text = f"{version[:10]}T{version[11:13]}:{version[14:16]}:{version[17:-1]}"
    try:
        found = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None
    return round(found.timestamp() * 1_000_000)


def _relative(place: str) -> str:
    return place.removeprefix("./").rstrip("/")
