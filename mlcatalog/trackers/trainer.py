"""Runs of the Hugging Face Trainer: output folders with checkpoints."""

from __future__ import annotations

import re
from pathlib import Path

from mlcatalog.domain.reading import Fact, Point, RunReading
from mlcatalog.domain.values import clipped
from mlcatalog.trackers import told
from mlcatalog.trackers.bounded_yaml import as_table
from mlcatalog.trackers.hydra import flattened

CHECKPOINT = re.compile(r"checkpoint-(\d+)/")
STATE = "trainer_state.json"
LOG_LIMIT = 1_000_000  # entries
FACTS = {
    "epoch": "epoch",
    "step": "global_step",
    "best.metric": "best_metric",
    "best.checkpoint": "best_model_checkpoint",
    "max_steps": "max_steps",
}


class TrainerTracker:
    """Reads the log that the last checkpoint holds; it has all earlier steps."""

    tool = "trainer"
    title = "Hugging Face Trainer"
    version = 1

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The checkpoint of the highest step stands for the run."""
        found = [
            (int(m[1]), m[0]) for n in folder_names if (m := CHECKPOINT.fullmatch(n))
        ]
        return frozenset({max(found)[1]} if found else ())

    def owned(self, folder_names: frozenset[str]) -> frozenset[str]:
        """Nothing: checkpoints are models."""
        return frozenset()

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The run of the output folder; none without a state; raises FormatError."""
        folder = place.parent
        state = told.json_table(folder / STATE) or told.json_table(place / STATE)
        if "log_history" not in state:
            return ()
        points: dict[str, list[Point]] = {}
        log = state["log_history"]
        for one in (log if isinstance(log, list) else [])[:LOG_LIMIT]:
            _add(as_table(one), points)
        trial = as_table(state.get("trial_params"))
        facts: list[Fact] = []
        for key, name in FACTS.items():
            facts += told.fact(key, state.get(name), f"{STATE}: {name}")
        return (
            RunReading(
                tool=self.tool,
                native_id=folder.name,
                name=folder.name,
                folder=str(folder),
                facts=tuple(facts),
                params=tuple(flattened(trial)) if trial else (),
                metrics=told.series(points),
            ),
        )


def _add(entry: dict[str, object], points: dict[str, list[Point]]) -> None:
    step = entry.get("step")
    for key, value in entry.items():
        number = told.number_of(value)
        if number is not None and key not in ("step", "epoch"):
            whole = step if isinstance(step, int) else None
            points.setdefault(clipped(key), []).append(Point(whole, number))
