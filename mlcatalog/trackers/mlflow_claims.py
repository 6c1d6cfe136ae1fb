"""What an MLflow store says about where a run's things came from."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from mlcatalog.domain.reading import THIS, Claim, Reference, Scheme
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.trackers.mlflow_tables import (
    MODEL_COLUMNS,
    VERSION_COLUMNS,
    Row,
    Store,
    text,
)

TOOL = "mlflow"
EVALUATION_CONTEXTS = ("eval", "evaluation", "test", "testing", "val", "validation")
INPUT_COLUMNS = (
    "input_uuid",
    "source_type",
    "source_id",
    "destination_type",
    "destination_id",
)


def claims_by_run(store: Store) -> dict[str, list[Claim]]:
    """Claims from dataset inputs, logged models and registered versions, by run."""
    claims: dict[str, list[Claim]] = defaultdict(list)
    models = {text(row["model_id"]): row for row in _models(store)}
    for run, claim in _dataset_claims(store):
        claims[run].append(claim)
    for run, claim in _model_claims(store, models):
        if claim not in claims[run]:
            claims[run].append(claim)
    return claims


def claims_of_tags(tags: dict[str, str], source_name: str) -> list[Claim]:
    """The script that was run, and the run that started this one."""
    found = []
    script = tags.get("mlflow.source.name", "") or source_name
    if script:
        target = Reference(Scheme.PATH, script, kind=Kind.SCRIPT)
        found.append(_claim(Relation.EXECUTED, target, "tags.mlflow.source.name"))
    parent = tags.get("mlflow.parentRunId", "")
    if parent:
        target = run_reference(parent)
        found.append(_claim(Relation.CHILD_OF, target, "tags.mlflow.parentRunId"))
    return found


def run_reference(run: str) -> Reference:
    """A run of MLflow's by its own id."""
    return Reference(Scheme.RUN, f"{TOOL}:{run}", kind=Kind.RUN)


def local_path(uri: str) -> str:
    """The path of a `file:` URI or of a plain path; "" for what is elsewhere."""
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return unquote(parts.path)
    # One letter before the colon is a drive, not a scheme.
    return uri if len(parts.scheme) <= 1 else ""


def _models(store: Store) -> list[Row]:
    rows = store.rows("logged_models", MODEL_COLUMNS)
    return [row for row in rows if row["lifecycle_stage"] != "deleted"]


def _dataset_claims(store: Store) -> Iterator[tuple[str, Claim]]:
    columns = ("dataset_uuid", "name", "dataset_source")
    datasets = {text(r["dataset_uuid"]): r for r in store.rows("datasets", columns)}
    contexts = {
        text(row["input_uuid"]): text(row["value"])
        for row in store.rows("input_tags", ("input_uuid", "name", "value"))
        if row["name"] == "mlflow.data.context"
    }
    for row in store.rows("inputs", INPUT_COLUMNS):
        dataset = datasets.get(text(row["source_id"]))
        if row["source_type"] != "DATASET" or dataset is None:
            continue
        context = contexts.get(text(row["input_uuid"]), "")
        is_evaluation = context.lower() in EVALUATION_CONTEXTS
        relation = Relation.EVALUATED_ON if is_evaluation else Relation.TRAINED_ON
        source = f"datasets.{text(dataset['name'])}"
        target = dataset_reference(text(dataset["name"]), dataset["dataset_source"])
        yield text(row["destination_id"]), _claim(relation, target, source, context)


def dataset_reference(name: str, source: object) -> Reference:
    """Where a dataset came from, as its source says, else its name."""
    place = _table(source)
    url = text(place.get("uri") or place.get("url"))
    if url:
        return _place_reference(url, Kind.DATASET)
    path = text(place.get("path"))
    if path and "split" in place:  # MLflow's Hugging Face source names a hub id
        revision = text(place.get("revision")) or None
        return Reference(Scheme.HUB, path, revision, Kind.DATASET)
    if path:
        return _place_reference(path, Kind.DATASET)
    return Reference(Scheme.NAME, name, kind=Kind.DATASET)


def _table(source: object) -> dict[str, object]:
    try:
        found = json.loads(text(source))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _place_reference(uri: str, kind: Kind) -> Reference:
    path = local_path(uri)
    if path:
        return Reference(Scheme.PATH, path, kind=kind)
    return Reference(Scheme.URL, uri, kind=kind)


def _model_claims(store: Store, models: dict[str, Row]) -> Iterator[tuple[str, Claim]]:
    for row in models.values():
        if row["source_run_id"]:
            run = text(row["source_run_id"])
            yield run, _produced(text(row["artifact_location"]), run, "logged_models")
    for row in store.rows("inputs", INPUT_COLUMNS):
        run = text(row["source_id"])
        model = models.get(text(row["destination_id"]))
        if model is None:
            continue
        place = text(model["artifact_location"])
        if row["destination_type"] == "MODEL_OUTPUT":
            yield run, _produced(place, run, "logged_models")
        elif row["destination_type"] == "MODEL_INPUT":
            target = _place_reference(place, Kind.MODEL)
            yield run, _claim(Relation.STARTED_FROM, target, "inputs.MODEL_INPUT")
    for row in store.rows("model_versions", VERSION_COLUMNS):
        place = text(row["storage_location"]) or text(row["source"])
        if row["run_id"] and not place.startswith(("models:", "runs:")):
            run = text(row["run_id"])
            if place not in _places(models, run):
                yield run, _produced(place, run, "model_versions")


def _places(models: dict[str, Row], run: str) -> set[str]:
    ours = [row for row in models.values() if text(row["source_run_id"]) == run]
    return {text(row["artifact_location"]) for row in ours}


def _produced(place: str, run: str, table: str) -> Claim:
    return Claim(
        subject=_place_reference(place, Kind.MODEL),
        relation=Relation.PRODUCED_BY,
        target=run_reference(run),
        evidence=Evidence.RECORDED,
        source=f"{table}.source",
    )


def _claim(
    relation: Relation, target: Reference, source: str, detail: str = ""
) -> Claim:
    return Claim(THIS, relation, target, Evidence.RECORDED, source, detail)
