"""Trials of Optuna studies in an SQLite database, one run a trial.

Tables are those of optuna/storages/_rdb/models.py, schema 12 (versions 3 to 5).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from mlcatalog.domain.reading import Fact, Param, Point, RunReading, Series
from mlcatalog.domain.values import Value, clipped
from mlcatalog.trackers import told
from mlcatalog.trackers.database_copy import MAGIC, opened
from mlcatalog.trackers.mlflow_tables import Row, Store, text

OTHERS = ("mlflow.db", "registry.db")  # MLflow's, and Feast's is none of SQLite's
SUFFIXES = (".db", ".sqlite", ".sqlite3")
LOOK = 1_048_576  # bytes in which the schema of a small database lies
STATUSES = {
    "COMPLETE": "FINISHED",
    "FAIL": "FAILED",
    "PRUNED": "KILLED",
    "RUNNING": "RUNNING",
    "WAITING": "SCHEDULED",
}


class OptunaTracker:
    """Reads a copy of the database, when its schema is Optuna's."""

    tool = "optuna"
    title = "Optuna"
    version = 1

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """Any SQLite database but others': people choose the name."""
        return frozenset(
            n for n in folder_names if n.endswith(SUFFIXES) and n not in OTHERS
        )

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """All trials; none for another program's database; raises FormatError."""
        with place.open("rb") as file:
            head = file.read(LOOK)
        if not head.startswith(MAGIC) or b"trial_params" not in head:
            return ()
        with opened(place) as database:
            return tuple(_Trials(Store(database)).readings())


class _Trials:
    """All trials of one database; every table is read once."""

    def __init__(self, store: Store) -> None:
        self._studies = {
            text(row["study_id"]): text(row["study_name"])
            for row in store.rows("studies", ("study_id", "study_name"))
        }
        directions = store.rows(
            "study_directions", ("study_id", "objective", "direction")
        )
        self._directions = {
            (text(d["study_id"]), text(d["objective"])): text(d["direction"])
            for d in directions
        }
        self._trials = store.rows("trials", ("trial_id", "number", "study_id", "state"))
        self._params = store.by(
            "trial_id",
            "trial_params",
            ("trial_id", "param_name", "param_value", "distribution_json"),
        )
        kind = "value_type", "trial_id"
        self._values = store.by(
            "trial_id",
            "trial_values",
            ("objective", "value", *kind),
            order=("objective",),
        )
        self._between = store.by(
            "trial_id",
            "trial_intermediate_values",
            (
                "step",
                "intermediate_value",
                "intermediate_value_type",
                "trial_id",
            ),
            order=("step",),
        )
        self._notes = store.by(
            "trial_id", "trial_user_attributes", ("trial_id", "key", "value_json")
        )

    def readings(self) -> Iterator[RunReading]:
        """One reading a trial."""
        for row in self._trials:
            study, number = self._studies.get(text(row["study_id"]), ""), row["number"]
            trial = text(row["trial_id"])
            state = text(row["state"])
            yield RunReading(
                tool="optuna",
                native_id=f"{study}#{number}",
                name=f"{study} trial {number}",
                status=STATUSES.get(state, state),
                facts=tuple(self._facts(row, study, trial)),
                params=tuple(map(_param, self._params[trial])),
                metrics=tuple(self._metrics(trial)),
            )

    def _facts(self, row: Row, study: str, trial: str) -> Iterator[Fact]:
        yield from told.fact("experiment", study, "studies.study_name")
        direction = self._directions.get((text(row["study_id"]), "0"), "")
        yield from told.fact("direction", direction.lower(), "study_directions")
        for note in self._notes[trial]:
            key = text(note["key"])
            source = f"trial_user_attributes.{key}"
            yield from told.fact(f"attr.{key}", _json(note["value_json"]), source)

    def _metrics(self, trial: str) -> Iterator[Series]:
        values = self._values[trial]
        for row in values:
            name = "value" if len(values) == 1 else f"value_{row['objective']}"
            found = _number(row["value"], row["value_type"])
            if found is not None:
                yield Series(name, (Point(None, found),))
        points = [
            Point(step if isinstance(step, int) else None, found)
            for row in self._between[trial]
            if (step := row["step"]) is not None
            and (
                found := _number(
                    row["intermediate_value"], row["intermediate_value_type"]
                )
            )
            is not None
        ]
        if points:
            yield Series("intermediate", tuple(points))


def _number(value: object, kind: object) -> float | None:
    """NaN and infinity have a type and no number."""
    special = {"INF_POS": float("inf"), "INF_NEG": float("-inf"), "NAN": float("nan")}
    return special.get(text(kind), told.number_of(value))


def _param(row: Row) -> Param:
    """The value as the objective got it: a category, a whole number or a real."""
    distribution = _json(row["distribution_json"])
    table = distribution if isinstance(distribution, dict) else {}
    inner = table.get("attributes")
    choices = inner.get("choices") if isinstance(inner, dict) else None
    raw = told.number_of(row["param_value"])
    value: object = row["param_value"]
    if isinstance(choices, list) and raw is not None and 0 <= raw < len(choices):
        value = choices[int(raw)]
    elif str(table.get("name", "")).startswith("Int") and raw is not None:
        value = int(raw)
    return Param(clipped(text(row["param_name"])), Value.of(value))


def _json(raw: object) -> object:
    try:
        return json.loads(text(raw))
    except (ValueError, RecursionError):
        return None
