"""Runs that Hydra started: folders with a `.hydra` in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from mlcatalog.domain import config_keys
from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import (
    THIS,
    Claim,
    Fact,
    Param,
    Reference,
    RunReading,
    Scheme,
)
from mlcatalog.domain.values import Value, ValueType
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.trackers import bounded_yaml, hydra_sweep
from mlcatalog.trackers.bounded_yaml import as_table

PARAM_LIMIT = 10_000
DEPTH_LIMIT = 32
# hydra.run.dir is outputs/DATE/TIME by default, hydra.sweep.dir multirun/DATE/TIME.
STARTED = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{2}-\d{2}-\d{2})(?:/|$)")
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
ROLES: tuple[tuple[tuple[str, ...], Relation, Kind], ...] = (
    (config_keys.TRAINING_DATA_KEYS, Relation.TRAINED_ON, Kind.DATASET),
    (config_keys.EVALUATION_DATA_KEYS, Relation.EVALUATED_ON, Kind.DATASET),
    (config_keys.BASE_MODEL_KEYS, Relation.STARTED_FROM, Kind.MODEL),
)


class HydraTracker:
    """Reads the settings that Hydra keeps beside each run."""

    tool = "hydra"
    title = "Hydra"
    version = 2

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The folder of settings, hydra.output_subdir by default, and a sweep's file."""
        return folder_names & {".hydra/", hydra_sweep.MULTIRUN}

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The one run whose settings lie there; raises FormatError."""
        if place.name == hydra_sweep.MULTIRUN:
            return (hydra_sweep.sweep(place),)
        config = bounded_yaml.table(place / "config.yaml")
        own = as_table(bounded_yaml.table(place / "hydra.yaml").get("hydra"))
        overrides = bounded_yaml.load(place / "overrides.yaml")
        if not config and not own:
            raise FormatError(
                "This folder holds no settings of a Hydra run",
                where=str(place),
                why="Both config.yaml and hydra.yaml are missing or empty",
            )
        job = _Job.of(own, place.parent)
        params = tuple(flattened(config))
        return (
            RunReading(
                tool=self.tool,
                native_id=job.native_id,
                name=job.title,
                folder=str(place.parent),
                started=None,  # the folder's time has no zone: a fact, not an order
                facts=tuple(_facts(job, own, overrides)),
                params=params,
                claims=(
                    *_job_claims(job),
                    *hydra_sweep.parent_claims(own, place.parent),
                    *param_claims(
                        params, _home(place.parent, job.output), "config.yaml"
                    ),
                ),
            ),
        )


@dataclass(frozen=True, slots=True)
class _Job:
    """What hydra.yaml says of the job, in paths relative to where it started."""

    name: str
    config_name: str
    home: str  # hydra.runtime.cwd, as the machine that ran it knew it
    output: str  # relative to home
    sources: tuple[str, ...]  # folders of configurations, relative to home

    @classmethod
    def of(cls, own: dict[str, object], folder: Path) -> _Job:
        job, runtime = as_table(own.get("job")), as_table(own.get("runtime"))
        home = _text(runtime.get("cwd"))
        listed = runtime.get("config_sources")
        sources = [as_table(one) for one in listed] if isinstance(listed, list) else []
        return cls(
            name=_text(job.get("name")),
            config_name=_text(job.get("config_name")),
            home=home,
            output=_relative(_text(runtime.get("output_dir")), home) or folder.name,
            sources=tuple(
                _relative(_text(one.get("path")), home)
                for one in sources
                if one.get("schema") == "file"
            ),
        )

    @property
    def native_id(self) -> str:
        """The output folder relative to the project: it survives a move."""
        return self.output

    @property
    def title(self) -> str:
        """The job and its folder: "train 2026-05-30/09-12-44"."""
        parts = PurePosixPath(self.output).parts
        return f"{self.name} {'/'.join(parts[1:] or parts)}".strip()


def _home(folder: Path, output: str) -> Path:
    """Where the job's paths start, now: its folder without the output's parts."""
    parts = PurePosixPath(output).parts
    if folder.parts[-len(parts) :] == parts:
        return Path(*folder.parts[: -len(parts)])
    return folder


def _relative(path: str, home: str) -> str:
    """A path under home relative to it: the project may lie elsewhere by now."""
    inner = PurePosixPath(path.replace("\\", "/"))
    outer = PurePosixPath(home.replace("\\", "/"))
    if home and inner.is_relative_to(outer):
        return inner.relative_to(outer).as_posix()
    return path


def _facts(job: _Job, own: dict[str, object], overrides: object) -> Iterator[Fact]:
    runtime = as_table(own.get("runtime"))
    listed = overrides if isinstance(overrides, list) else []
    known: dict[str, tuple[object, str]] = {
        "overrides": (" ".join(str(one) for one in listed), "overrides.yaml"),
        "hydra.version": (runtime.get("version"), "hydra.runtime.version"),
        "started": (_started(job.output), "hydra.runtime.output_dir"),
    }
    for group, choice in as_table(runtime.get("choices")).items():
        if not group.startswith("hydra/"):
            key = f"hydra.runtime.choices.{group}"
            known[f"choice.{group}"] = (choice, key)
    for key, (value, source) in known.items():
        if value not in (None, ""):
            yield Fact(key, Value.of(value), source, Evidence.RECORDED)


def _started(folder: str) -> datetime | None:
    """The local time in the folder's name, without a zone."""
    found = STARTED.search(folder)
    if found is None:
        return None
    try:
        # No zone is known, and none is invented.
        return datetime.strptime(" ".join(found.groups()), "%Y-%m-%d %H-%M-%S")  # noqa: DTZ007
    except ValueError:
        return None


def _job_claims(job: _Job) -> Iterator[Claim]:
    for folder in job.sources:
        if job.config_name:
            name = f"{job.config_name.removesuffix('.yaml')}.yaml"
            path = (PurePosixPath(folder) / name).as_posix()
            target = Reference(Scheme.PATH, path, kind=Kind.CONFIG)
            source = "hydra.runtime.config_sources"
            yield _claim(Relation.CONFIGURED_BY, target, source)
    if job.name:
        target = Reference(Scheme.PATH, f"{job.name}.py", kind=Kind.SCRIPT)
        yield _claim(Relation.EXECUTED, target, "hydra.job.name")


def param_claims(params: tuple[Param, ...], home: Path, source: str) -> Iterator[Claim]:
    """The data and models that settings name; paths start at home."""
    for param in params:
        part, shown = config_keys.last_part(param.key), param.value.text
        if param.value.type is not ValueType.TEXT:
            continue
        for keys, relation, kind in ROLES:
            if part in keys and config_keys.looks_like_reference(shown):
                target = _target(shown, kind, home)
                yield _claim(relation, target, f"{source}: {param.key}")


def _target(shown: str, kind: Kind, home: Path) -> Reference:
    """What a value names: a URL, a path, a hub id, or just a name."""
    if "://" in shown:
        return Reference(Scheme.URL, shown, kind=kind)
    is_file = bool(PurePosixPath(shown).suffix) or shown.startswith((".", "/", "~"))
    if is_file or (home / shown).exists():
        return Reference(Scheme.PATH, shown, kind=kind)
    if HUB_ID.fullmatch(shown):
        return Reference(Scheme.HUB, shown, kind=kind)
    return Reference(Scheme.PATH if "/" in shown else Scheme.NAME, shown, kind=kind)


def _claim(relation: Relation, target: Reference, source: str) -> Claim:
    return Claim(THIS, relation, target, Evidence.RECORDED, source)


def flattened(config: dict[str, object]) -> list[Param]:
    """Every value under its dotted key, in order; raises FormatError when too many."""
    found: list[Param] = []
    waiting: list[tuple[str, object, int]] = [("", config, 0)]
    while waiting:
        key, value, depth = waiting.pop()
        if isinstance(value, dict) and value and depth < DEPTH_LIMIT:
            prefix = f"{key}." if key else ""
            inner = [(f"{prefix}{name}", one, depth + 1) for name, one in value.items()]
            waiting.extend(reversed(inner))
        elif key:
            found.append(Param(key, Value.of(value)))
        if len(found) > PARAM_LIMIT:
            raise FormatError(
                "This configuration has too many values",
                why=f"More than {PARAM_LIMIT:,} keys",
            )
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
