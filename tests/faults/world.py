"""A project folder, a catalogue of it, and what must hold whatever happens."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.index import index
from tests.tasks.present import present_state

ROOT = Path(__file__).resolve().parents[2]
MARK = "MLCATALOG_FAULTS"  # in the environment of every process of a world
PATIENCE = 60.0  # seconds for what is only slow


def safetensors(seed: int) -> bytes:
    """A small real file of two tensors."""
    header = json.dumps(
        {
            "body": {"dtype": "F32", "shape": [8, 8], "data_offsets": [0, 256]},
            "head": {"dtype": "F32", "shape": [8, 8], "data_offsets": [256, 512]},
        }
    ).encode()
    numbers = struct.pack("<128f", *(seed * 1_000 + n for n in range(128)))
    return struct.pack("<Q", len(header)) + header + numbers


@dataclass
class World:
    """One scratch folder; everything in it is made from the random numbers."""

    place: Path
    chance: random.Random
    edits: dict[str, tuple[str, str]] = field(default_factory=dict)  # id: what, value
    allowed: tuple[str, ...] = ()  # patterns of names that a blow may leave

    def __post_init__(self) -> None:
        for folder in (self.project, self.temporary, self.home, self.catalog.parent):
            folder.mkdir(parents=True)
        for _ in range(self.chance.randint(30, 80)):
            self.write_something()

    @property
    def project(self) -> Path:
        """The watched folder."""
        return self.place / "project"

    @property
    def catalog(self) -> Path:
        """The catalogue's file, alone in its folder."""
        return self.place / "catalogue" / "catalog.db"

    @property
    def temporary(self) -> Path:
        """Where the program puts its temporary files."""
        return self.place / "temporary"

    @property
    def home(self) -> Path:
        """A home of its own."""
        return self.place / "home"

    @property
    def environment(self) -> dict[str, str]:
        """What the program is started with."""
        return {
            **os.environ,
            "MLCATALOG_CATALOG": str(self.catalog),
            "MLCATALOG_HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "HOME": str(self.home),
            "PYTHONPATH": os.pathsep.join(
                [str(ROOT), os.environ.get("PYTHONPATH", "")]
            ),
            MARK: str(self.place),
        }

    def write_something(self) -> None:
        """Make or change a file as a training would."""
        number = self.chance.randrange(10_000)
        run = f"runs/r{self.chance.randrange(6)}"
        name, content = self.chance.choice(
            [
                (f"models/churn-cls-mlp-telco_v3-20260401-r{number:04x}.safetensors", safetensors(number)),
                (f"{run}/checkpoints/step_{number}.safetensors", safetensors(number)),
                (f"{run}/metrics.csv", b"step,loss\n1,0.%d\n2,0.1\n" % number),
                (f"configs/c{number % 7}.yaml", b"lr: 0.%d\ndata: data/d1.csv\n" % number),
                (f"data/d{number % 9}.csv", b"id,age\n1,%d\n" % number),
                (f"scripts/s{number % 5}.py", b"VALUE = %d\n" % number),
                (f"odd/broken-{number % 3}.safetensors", b"\xff" * (number % 40)),
            ]
        )  # fmt: skip
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        old = time.time() - 100 - self.chance.random() * 1_000
        os.utime(path, (old, old))

    def change_something(self) -> None:
        """Make, change, rename and delete some files."""
        for _ in range(self.chance.randint(2, 12)):
            self.write_something()
        files = [path for path in sorted(self.project.rglob("*")) if path.is_file()]
        for path in self.chance.sample(files, min(4, len(files))):
            if self.chance.random() < 0.5:
                path.unlink()
            else:
                path.rename(path.with_name(f"{path.stem}-moved{path.suffix}"))

    def command(self, *arguments: str) -> list[str]:
        """The real program with these arguments."""
        return [sys.executable, "-m", "mlcatalog", *arguments]

    def start(self, *arguments: str, **more: Any) -> subprocess.Popen[str]:
        """Start the real program; it ends up in a process group of its own."""
        return self.start_command(self.command(*arguments), **more)

    def start_command(self, command: list[str], **more: Any) -> subprocess.Popen[str]:
        """Start any command in this world."""
        return subprocess.Popen(
            command,
            env=self.environment,
            cwd=self.place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **more,
        )

    def run(self, *arguments: str, **more: Any) -> tuple[int, str, str]:
        """Run the real program to its end: status, output, complaints."""
        return self.run_command(self.command(*arguments), **more)

    def run_command(self, command: list[str], **more: Any) -> tuple[int, str, str]:
        """Run any command in this world to its end."""
        process = self.start_command(command, **more)
        out, complaints = process.communicate(timeout=PATIENCE * 4)
        return process.returncode, out, complaints

    def kill_somewhere(self, process: subprocess.Popen[str], within: float) -> bool:
        """SIGKILL after a random while; False when it had ended before.

        Half of the time its children are left to notice by themselves.
        """
        try:
            process.wait(self.chance.random() * within)
        except subprocess.TimeoutExpired:
            if self.chance.random() < 0.5:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.communicate()
            return True
        process.communicate()
        return False

    def complaints(self) -> list[str]:
        """What does not hold, after the blow: empty is right."""
        return [
            *self._processes_left(),
            *self._doctor(),
            *self._edits_lost(),
            *self._state_differs(),
            *self._files_left(),
        ]

    def _doctor(self) -> list[str]:
        if not self.catalog.exists() or not self.catalog.stat().st_size:
            return []  # it was stopped before there was anything to examine
        status, out, said = self.run("doctor", "--json")
        if status == 0:
            return []
        try:
            wrong = [line for line in json.loads(out)["checks"] if not line["ok"]]
        except (ValueError, KeyError):
            wrong = [out[-500:]]
        return [f"doctor ends with {status}: {wrong}{said[-500:]}"]

    def _edits_lost(self) -> list[str]:
        if not self.edits:
            return []
        with Catalog.open(self.catalog) as catalog:
            lost = []
            for artifact, (what, value) in self.edits.items():
                detail = catalog.detail(artifact)
                held = {
                    "owner": detail.summary.owner,
                    "note": detail.note,
                    "tag": ",".join(detail.tags),
                }
                if held[what] != value:
                    lost.append(f"{what} {value} of {artifact} became {held[what]!r}")
        return lost

    def _state_differs(self) -> list[str]:
        status, _, said = self.run("index", str(self.project))
        if status:
            return [f"the next index ends with {status}: {said[-500:]}"]
        fresh = self.place / "fresh" / "catalog.db"
        shutil.rmtree(fresh.parent, ignore_errors=True)
        fresh.parent.mkdir()
        with Catalog.open(self.catalog) as lived, Catalog.open(fresh) as new:
            index(new, [self.project], settle_seconds=0)
            ours, theirs = present_state(lived), present_state(new)
        return [
            f"{part} differ from a fresh scan: only here {_beyond(ours[part], theirs[part])},"
            f" only there {_beyond(theirs[part], ours[part])}"
            for part in ours
            if ours[part] != theirs[part]
        ]

    def _files_left(self) -> list[str]:
        known = {
            "catalog.db",
            "catalog.db-wal",
            "catalog.db-shm",
            "backups",
        }
        left = [
            path
            for path in self.catalog.parent.iterdir()
            if path.name not in known and not any(map(path.match, self.allowed))
        ]
        backups = self.catalog.parent / "backups"
        left += [p for p in backups.glob("*") if p.suffix != ".db"]
        left += list(self.temporary.iterdir())
        return [f"left behind: {path.relative_to(self.place)}" for path in left]

    def _processes_left(self) -> list[str]:
        left: list[int] = []
        if wait_for(lambda: not self._find_processes(left)):
            return []
        for process in left:
            os.kill(process, signal.SIGKILL)
        return [f"processes left running: {left}"]

    def _find_processes(self, found: list[int]) -> bool:
        found.clear()
        sign = f"{MARK}={self.place}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if sign in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
            except OSError:
                continue
        return bool(found)


def _beyond(mine: list[Any], theirs: list[Any]) -> str:
    extra = [one for one in mine if one not in theirs]
    return f"{len(extra)} {str(extra[:1])[:600]}"


def wait_for(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether something comes to hold within a while."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return holds()
