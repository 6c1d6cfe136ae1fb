"""The trackers, in the order they are asked."""

from __future__ import annotations

import logging
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.growth import Followed
from mlcatalog.domain.plugins import Plugin, loaded
from mlcatalog.domain.reading import RunReading
from mlcatalog.trackers.aim import AimChunksTracker, AimTracker
from mlcatalog.trackers.dvc.live import DvcliveTracker
from mlcatalog.trackers.dvc.tracker import DvcTracker
from mlcatalog.trackers.folders import LightningTracker, UltralyticsTracker
from mlcatalog.trackers.guild import GuildTracker
from mlcatalog.trackers.hydra import HydraTracker
from mlcatalog.trackers.kedro import KedroTracker
from mlcatalog.trackers.metaflow import MetaflowTracker
from mlcatalog.trackers.mgit import MgitTracker
from mlcatalog.trackers.mlflow_files import MlflowFilesTracker
from mlcatalog.trackers.mlflow_sqlite import MlflowSqliteTracker
from mlcatalog.trackers.optuna import OptunaTracker
from mlcatalog.trackers.sacred import SacredTracker
from mlcatalog.trackers.tensorboard import TensorboardTracker
from mlcatalog.trackers.tracker import Follower, Owner, Rooted, Tracker, Wide
from mlcatalog.trackers.trainer import TrainerTracker
from mlcatalog.trackers.wandb import WandbTracker

log = logging.getLogger(__name__)

# In this order a run that several tools tell of bears the name of the first.
TRACKERS: tuple[Tracker, ...] = (
    MlflowSqliteTracker(),
    MlflowFilesTracker(),
    WandbTracker(),
    AimTracker(),
    AimChunksTracker(),
    SacredTracker(),
    MetaflowTracker(),
    GuildTracker(),
    KedroTracker(),
    MgitTracker(),
    OptunaTracker(),
    DvcTracker(),
    DvcliveTracker(),
    TrainerTracker(),
    UltralyticsTracker(),
    HydraTracker(),
    LightningTracker(),
    TensorboardTracker(),
)
GROUP = "mlcatalog.trackers"
WANTED = ("tool", "title", "version", "sources", "read")
SURPRISES = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    sqlite3.Error,
)


@cache
def trackers() -> tuple[Tracker, ...]:
    """Our own trackers, then those of other packages by entry point."""
    return (*TRACKERS, *(one.made for one in plugins() if not one.problem))


@cache
def plugins() -> tuple[Plugin, ...]:
    """What other packages registered, in the order of their names."""
    taken = {tracker.tool for tracker in TRACKERS}
    found: list[Plugin] = []
    for one in loaded(GROUP, WANTED):
        tool = getattr(one.made, "tool", "")
        if tool in taken:
            problem = f"another tracker is called {tool}"
            one = replace(one, made=None, problem=problem)
        found.append(one)
        taken |= {tool} - {""}
    return tuple(found)


def find(folder_names: frozenset[str]) -> list[tuple[str, str]]:
    """(tool, name) of every source in one folder listing; subfolders end in "/"."""
    return told_by(folder_names)[0]


def owned(folder_names: frozenset[str]) -> frozenset[str]:
    """Names in one folder listing that only tell of runs: they make no artifact."""
    return told_by(folder_names)[1]


def told_by(
    folder_names: frozenset[str],
) -> tuple[list[tuple[str, str]], frozenset[str]]:
    """Both of these, each tracker being asked once."""
    found: list[tuple[str, str]] = []
    names: set[str] = set()
    for tracker in trackers():
        try:
            sources = tracker.sources(folder_names)
            owned = sources
            if sources and isinstance(tracker, Owner):
                owned = tracker.owned(folder_names)
        except Exception as error:
            if tracker in TRACKERS:
                raise
            # A stranger's tracker must not stop the listing.
            log.warning("the tracker %s fails: %r", tracker.tool, error)
            continue
        found += [(tracker.tool, name) for name in sorted(sources)]
        names |= owned
    return found, frozenset(names)


@cache
def wide_tools() -> frozenset[str]:
    """The tools whose runs are told of by all that is below their source's folder."""
    known = (one for one in trackers() if isinstance(one, Wide) and one.is_wide)
    return frozenset(one.tool for one in known)


def of_commits() -> frozenset[str]:
    """The tools whose runs are told by commits too."""
    return frozenset(one.tool for one in trackers() if isinstance(one, Rooted))


def read(tool: str, place: Path) -> tuple[RunReading, ...]:
    """The runs that the tool left at a file or folder; raises FormatError."""
    return follow(tool, place, None).said


def follow(
    tool: str, place: Path, mark: bytes | None, root: Path | None = None
) -> Followed[tuple[RunReading, ...]]:
    """The same of logs that may grow, from the mark of the last time on.

    root: the project's folder, where it is known.
    """
    known = list(enumerate(trackers()))
    rank, tracker = next((n, one) for n, one in known if one.tool == tool)
    try:
        if isinstance(tracker, Follower):
            followed = tracker.follow(place, mark)
        elif isinstance(tracker, Rooted) and root is not None:
            followed = Followed(tracker.read_in(place, root))
        else:
            followed = Followed(tracker.read(place))
        said = tuple(replace(run, rank=rank) for run in followed.said)
        return replace(followed, said=said)
    except FormatError:
        raise
    except SURPRISES as error:
        raise FormatError(
            f"What {tracker.title} left here cannot be read",
            where=str(place),
            why=str(error) or type(error).__name__,
            remedy=f"Open it with {tracker.title} to see whether it is whole.",
        ) from error


def tracker_version(known: Sequence[Tracker] = ()) -> int:
    """A number that changes when any tracker does, or joins, or leaves.

    known: the trackers, those of this program where none are given.
    """
    said = ",".join(f"{one.tool}:{one.version}" for one in known or trackers())
    return zlib.crc32(said.encode())
