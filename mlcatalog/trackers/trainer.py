"""Runs of the Hugging Face Trainer: output folders with checkpoints."""

from __future__ import annotations

import pickle
import re
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from mlcatalog.domain.inert_pickle import InertUnpickler, Thing
from mlcatalog.domain.pickled_values import params_of, settings_of
from mlcatalog.domain.reading import Fact, Notice, Param, Point, RunReading
from mlcatalog.domain.values import clipped
from mlcatalog.trackers import told
from mlcatalog.trackers.bounded_yaml import as_table
from mlcatalog.trackers.hydra import flattened, param_claims

CHECKPOINT = re.compile(r"checkpoint-(\d+)/")
STATE = "trainer_state.json"
ARGUMENTS = "training_args.bin"
PICKLE = "/data.pkl"
ARGUMENTS_LIMIT = 1_048_576  # bytes of the pickle
LOG_LIMIT = 1_000_000  # entries
SURPRISES = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    RuntimeError,  # zipfile: an encrypted member
    TypeError,
    ValueError,
    pickle.PickleError,
    zipfile.BadZipFile,
    zlib.error,
)
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
    version = 2

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
        given, notices = _arguments(place, folder)
        params = (*given, *(flattened(trial) if trial else ()))
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
                params=params,
                metrics=told.series(points),
                claims=tuple(param_claims(params, folder, ARGUMENTS)),
                notices=notices,
            ),
        )


def _arguments(*folders: Path) -> tuple[tuple[Param, ...], tuple[Notice, ...]]:
    """The pickled TrainingArguments of the first folder that has some."""
    for folder in folders:
        path = folder / ARGUMENTS
        if path.is_symlink() or not path.is_file():
            continue
        try:
            return tuple(params_of(settings_of(_pickled(path)))), ()
        except SURPRISES as error:
            why = f"{folder.name}/{ARGUMENTS} cannot be read: {error}"
            return (), (Notice("integrity.unreadable", why[:500]),)
    return (), ()


def _pickled(path: Path) -> Thing:
    """The object in a file that PyTorch saved, looked at without making it."""
    with zipfile.ZipFile(path) as archive:
        inside = [one for one in archive.infolist() if one.filename.endswith(PICKLE)]
        if not inside or inside[0].file_size > ARGUMENTS_LIMIT:
            raise ValueError("it holds no pickle of settings")
        with archive.open(inside[0]) as stream:
            found = InertUnpickler(cast("BinaryIO", stream)).look()
    if not isinstance(found, Thing):
        raise TypeError("its pickle is no object of settings")
    return found


def _add(entry: dict[str, object], points: dict[str, list[Point]]) -> None:
    step = entry.get("step")
    for key, value in entry.items():
        number = told.number_of(value)
        if number is not None and key not in ("step", "epoch"):
            whole = step if isinstance(step, int) else None
            points.setdefault(clipped(key), []).append(Point(whole, number))
