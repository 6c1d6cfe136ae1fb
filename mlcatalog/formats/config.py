"""Configuration files: YAML, JSON and TOML flattened to params."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TypeGuard

from mlcatalog.domain import config_keys
from mlcatalog.domain.reading import (
    THIS,
    Claim,
    Column,
    Fact,
    Param,
    Reading,
    Reference,
    Scheme,
)
from mlcatalog.domain.values import Value, ValueType
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.formats import bounded, plain_values, saying
from mlcatalog.formats.script_words import kind_of

RUNS = Reference(Scheme.RUN_OF_SELF)
ENVIRONMENT_KEYS = ("env", "environment", "env_file", "requirements")
ROLES: tuple[tuple[tuple[str, ...], Relation, Kind], ...] = (
    (config_keys.TRAINING_DATA_KEYS, Relation.TRAINED_ON, Kind.DATASET),
    (config_keys.EVALUATION_DATA_KEYS, Relation.EVALUATED_ON, Kind.DATASET),
    (config_keys.BASE_MODEL_KEYS, Relation.STARTED_FROM, Kind.MODEL),
    (
        ("script", "entry_point", "entrypoint", "program"),
        Relation.EXECUTED,
        Kind.SCRIPT,
    ),
    (ENVIRONMENT_KEYS, Relation.IN_ENVIRONMENT, Kind.ENVIRONMENT),
)
# A table under these keys names its place under one of PLACE_KEYS: data.path.
ROLE_TABLES: dict[str, tuple[Relation, Kind]] = {
    **dict.fromkeys(
        ("data", "dataset", "datasets", "train", "train_dataset", "training_data"),
        (Relation.TRAINED_ON, Kind.DATASET),
    ),
    **dict.fromkeys(
        ("eval_dataset", "validation_data", "val", "test", "eval_data"),
        (Relation.EVALUATED_ON, Kind.DATASET),
    ),
    "base_model": (Relation.STARTED_FROM, Kind.MODEL),
}
PLACE_KEYS = ("path", "file", "name_or_path", "uri")
TERSE_KEYS = frozenset({"base", "data", "env", "test", "train", "val"})
SOURCE_KEYS = ("source", "input", "raw", "source_path", "input_path", "input_data")
MADE_KEYS = ("model_path", "model_out", "save_path", "output_model", "export_path")
# A file that names a model and has one of these made it; one that has none may
# as well be the settings of a service that loads it.
TRAINING_KEYS = frozenset(
    {
        "epochs",
        "learning_rate",
        "loss",
        "lr",
        "max_depth",
        "max_epochs",
        "max_iter",
        "max_steps",
        "n_epochs",
        "n_estimators",
        "num_epochs",
        "num_train_epochs",
        "optimizer",
        "train_data",
        "train_data_path",
        "train_file",
        "training_data",
        "weight_decay",
    }
)
TITLE_FACTS: dict[str, tuple[str, ...]] = {
    "run.id": ("run_id", "run.id"),
    "architecture": ("architecture", "model.architecture", "model.name"),
    "task": ("task",),
    "created": ("created", "created_at"),
    "code.commit": ("commit", "git_commit"),
    "owner": ("owner",),
    "title": ("title",),
}


class ConfigReader:
    """Reads one of three ways to write settings."""

    version = 4
    kind = Kind.CONFIG
    names: tuple[str, ...] = ()

    def __init__(self, name: str, suffixes: tuple[str, ...]) -> None:
        self.format = name
        self.title = f"{name.upper()} configuration"
        self.suffixes = suffixes

    def claims(self, head: bytes) -> bool:
        """Any text."""
        return bounded.is_text(head)

    def read(self, path: Path) -> Reading:
        """Params, and what they say of data, base and output."""
        raw = plain_values.load(path)
        if _is_records(raw) and not (self.format == "yaml" and _is_nested(raw)):
            return _records(self.format, raw)
        params = plain_values.flattened(raw, path)
        return Reading(
            self.format,
            self.kind,
            facts=tuple(config_facts(params)),
            params=params,
            claims=tuple(config_claims(params)),
        )


def _is_records(raw: object) -> TypeGuard[list[dict[object, object]]]:
    return (
        bool(raw)
        and isinstance(raw, list)
        and all(isinstance(row, dict) for row in raw[:50])
    )


def _is_nested(raw: list[dict[object, object]]) -> bool:
    """Whether a list's tables hold tables: operations or jobs, not rows of data."""
    return any(isinstance(value, dict) for row in raw[:50] for value in row.values())


def _records(name: str, raw: Sequence[object]) -> Reading:
    names: dict[str, str] = {}
    for row in raw[:1_000]:
        for key, value in bounded.table_of(row).items():
            names.setdefault(key, Value.of(value).type.value)
    columns = tuple(Column(name, type_) for name, type_ in names.items())
    rows = saying.fact("rows", len(raw), "list")
    count = saying.fact("columns", len(columns), "list")
    return Reading(name, Kind.DATASET, facts=(*rows, *count), columns=columns)


def config_facts(params: Iterable[Param]) -> Iterator[Fact]:
    """Run, architecture, task and the like, where the settings name them."""
    known = {param.key: param.value for param in params}
    for key, names in TITLE_FACTS.items():
        name = next((name for name in names if name in known), None)
        if name and known[name].type in (ValueType.TEXT, ValueType.TIME):
            yield Fact(key, known[name], name)


def config_claims(params: Iterable[Param]) -> Iterator[Claim]:
    """What the settings say of every run, or model without one, that they configured.

    A run's folder is named by output keys: its run was configured by this file.
    """
    params = tuple(params)
    if source := _source(params):
        yield from _preparation(params, source)
        return
    trains = any(part in TRAINING_KEYS for p in params for part in _parts(p.key))
    for param in params:
        part = config_keys.last_part(param.key)
        role = _role(param.key, part)
        for text in _names(part, param.value):
            if role:
                relation, kind = role
                found = saying.target(text, kind)
                if part in TERSE_KEYS and found.scheme is Scheme.NAME:
                    continue  # `test: test_no_total_is_missing` names no data
                yield saying.claim(relation, found, param.key, subject=RUNS)
            elif part in config_keys.OUTPUT_KEYS:
                run = Reference(Scheme.RUN_IN, text)
                yield saying.claim(Relation.CONFIGURED_BY, THIS, param.key, subject=run)
            elif part in MADE_KEYS and PurePosixPath(text).suffix:
                model = Reference(Scheme.PATH, text, kind=Kind.MODEL)
                yield saying.claim(Relation.PRODUCED_BY, RUNS, param.key, subject=model)
                if trains:
                    yield saying.claim(
                        Relation.CONFIGURED_BY, THIS, param.key, subject=model
                    )


def _parts(key: str) -> list[str]:
    return key.lower().replace("-", "_").split(".")


def _source(params: Iterable[Param]) -> Param | None:
    """Where a recipe that makes data takes it from."""
    return next(
        (
            param
            for param in params
            if param.key in SOURCE_KEYS and kind_of(param.value.text) is Kind.DATASET
        ),
        None,
    )


def _preparation(params: Iterable[Param], source: Param) -> Iterator[Claim]:
    """Every dataset that a recipe names beside its source is made from it."""
    parent = Reference(Scheme.PATH, source.value.text, kind=Kind.DATASET)
    for param in params:
        part, text = config_keys.last_part(param.key), param.value.text
        if part == "script":
            script = Reference(Scheme.PATH, text, kind=Kind.SCRIPT)
            yield saying.claim(Relation.EXECUTED, script, param.key, subject=RUNS)
        elif param is not source and kind_of(text) is Kind.DATASET:
            made = Reference(Scheme.PATH, text, kind=Kind.DATASET)
            yield saying.claim(Relation.DERIVED_FROM, parent, param.key, subject=made)


def _role(key: str, part: str) -> tuple[Relation, Kind] | None:
    for keys, relation, kind in ROLES:
        if part in keys:
            return relation, kind
    if part not in PLACE_KEYS:
        return None
    names = [name for name in key.lower().split(".")[:-1] if not name.isdigit()]
    return ROLE_TABLES.get(names[-1]) if names else None


def _names(part: str, value: Value) -> list[str]:
    """The texts of a value; LLaMA-Factory lists datasets on one line."""
    texts = _texts(value)
    if part not in ("dataset", "eval_dataset"):
        return texts
    listed = [name.strip() for text in texts for name in text.split(",")]
    return [name for name in listed if name] if len(listed) > 1 else texts


def _texts(value: Value) -> list[str]:
    if value.type is ValueType.TEXT:
        texts = [value.text]
    elif value.type is ValueType.LIST and value.text.endswith("]"):
        texts = bounded.words_of(bounded.json_of(value.text.encode(), Path("list")))
    else:
        texts = []
    return [text for text in texts if config_keys.looks_like_reference(text)]
