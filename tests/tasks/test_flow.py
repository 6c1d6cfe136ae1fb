"""The flow: whatever happens to a tree, the catalogue ends as a fresh scan would."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from present import present_state

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.index import index
from mlcatalog.tasks.indexing.indexer import Indexer


def safetensors(seed: int, *, head: int = 0) -> bytes:
    """A small real file: a body of 64 numbers and a head of 64."""
    body = struct.pack("<64f", *(seed * 1_000 + n for n in range(64)))
    top = struct.pack("<64f", *(head * 7_777 + n * 3 for n in range(64)))
    header = json.dumps(
        {
            "body": {"dtype": "F32", "shape": [8, 8], "data_offsets": [0, 256]},
            "head": {"dtype": "F32", "shape": [8, 8], "data_offsets": [256, 512]},
        }
    ).encode()
    return struct.pack("<Q", len(header)) + header + body + top


SAVED = Path(__file__).parent.parent / "fixtures" / "tensorflow" / "saved"
CONTENTS: dict[str, list[bytes]] = {
    "saved_model.pb": [(SAVED / "saved_model.pb").read_bytes()],
    "fingerprint.pb": [(SAVED / "fingerprint.pb").read_bytes()],
    "variables.index": [(SAVED / "variables" / "variables.index").read_bytes()],
    "variables.data-00000-of-00001": [b"first", b"second"],
    "zarr.json": [
        b'{"zarr_format": 3, "node_type": "group"}',
        b'{"zarr_format": 3, "node_type": "array", "shape": [4], "data_type": "int8"}',
    ],
    "0": [b"chunk", b"another"],
    ".safetensors": [safetensors(1), safetensors(1, head=1), safetensors(2)],
    ".csv": [b"name,age\nann,1\nbob,2\n", b"city,size\nrome,3\n"],
    ".yaml": [
        b"lr: 0.1\ndata: data/train.csv\noutput_dir: runs/r1\n",
        b"lr: 0.2\nbase_model: org/base\noutput_dir: runs/r1\n",
    ],
    "metrics.csv": [b"step,loss\n1,0.5\n2,0.4\n", b"step,loss,f1\n1,0.5,0.1\n"],
    "config.json": [b'{"model_type": "bert", "architectures": ["Bert"]}'],
    "adapter_config.json": [
        b'{"peft_type": "LORA", "base_model_name_or_path": "org/base", "revision": "1"}'
    ],
    "README.md": [b"---\nbase_model: org/base\n---\n# Card\n", b"# Notes\n"],
    "model.safetensors.index.json": [
        b'{"weight_map": {"body": "model-00001-of-00001.safetensors"}}'
    ],
    ".py": [b'"""Trains."""\nimport numpy\n', b"print(1)\n"],
}
PATHS = [
    "data/train.csv",
    "data/other.csv",
    "conf.yaml",
    "configs/a.yaml",
    "train.py",
    "runs/r1/metrics.csv",
    "runs/r1/final.safetensors",
    "runs/r1/checkpoints/step_1.safetensors",
    "models/m/model.safetensors",
    "models/m/config.json",
    "models/m/README.md",
    "models/m/adapter_model.safetensors",
    "models/m/adapter_config.json",
    "models/x-cls-mlp-train_v1-20260101-r1.safetensors",
]
PATHS += [
    "models/m/model.safetensors.index.json",
    "models/m/model-00001-of-00001.safetensors",
    "models/copy.safetensors",
    "data/again.csv",
]
# Bundles that own folders.
PATHS += [
    "models/saved/saved_model.pb",
    "models/saved/fingerprint.pb",
    "models/saved/variables/variables.index",
    "models/saved/variables/variables.data-00000-of-00001",
    "data/grid/zarr.json",
    "data/grid/left/zarr.json",
    "data/grid/left/c/0",
    "data/grid/right/c/0",
]
FOLDERS = ["data", "runs/r1", "models/m", "models", "models/saved/variables"]
FOLDERS += ["models/saved", "data/grid", "data/grid/left"]


def contents_for(path: str) -> list[bytes]:
    name = path.rpartition("/")[2]
    return CONTENTS.get(name) or CONTENTS["." + name.rpartition(".")[2]]


path = st.sampled_from(PATHS)
step = st.one_of(
    st.tuples(st.just("write"), path, st.integers(0, 2)),
    st.tuples(st.just("delete"), path, st.just(0)),
    st.tuples(st.just("rename"), path, path),
    st.tuples(st.just("replace"), path, path),
    st.tuples(st.just("hard link"), path, path),
    st.tuples(st.just("symbolic link"), path, path),
    st.tuples(st.just("touch"), path, st.just(0)),
    st.tuples(st.just("rename folder"), st.sampled_from(FOLDERS), st.integers(0, 1)),
    st.tuples(st.just("copy folder"), st.sampled_from(FOLDERS), st.integers(0, 1)),
    st.tuples(st.just("delete folder"), st.sampled_from(FOLDERS), st.just(0)),
    st.tuples(st.just("scan"), st.just(""), st.just(0)),
    st.tuples(st.just("restart"), st.just(""), st.just(0)),
)


class Tree:
    """A real folder that things happen to, with times that only grow."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._clock = 1_700_000_000

    def do(self, what: str, target: str, more: object) -> None:
        """Let one thing happen; what cannot happen does not."""
        place = self.root / target
        match what:
            case "write":
                choices = contents_for(target)
                self._write(place, choices[int(str(more)) % len(choices)])
            case "touch" if place.is_file():
                self._clock += 10
                os.utime(place, (self._clock, self._clock))
            case "delete":
                place.unlink(missing_ok=True)
            case "rename" | "replace" | "hard link" | "symbolic link":
                self._join(what, place, self.root / str(more))
            case "rename folder" | "copy folder" | "delete folder" if place.is_dir():
                self._folder(what, place, place.with_name(f"{place.name}-moved{more}"))

    def _write(self, place: Path, content: bytes) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_symlink():
            place.unlink()
        place.write_bytes(content)
        self._clock += 10
        os.utime(place, (self._clock, self._clock))

    def _join(self, what: str, place: Path, other: Path) -> None:
        if not place.is_file() or other.suffix != place.suffix or place == other:
            return
        other.parent.mkdir(parents=True, exist_ok=True)
        if what == "rename":
            place.replace(other)
        elif what == "replace":  # as programs save: beside it, then over it
            beside = other.with_name("new.partial")
            beside.write_bytes(place.read_bytes())
            self._clock += 10
            os.utime(beside, (self._clock, self._clock))
            beside.replace(other)
        elif not os.path.lexists(other):
            if what == "hard link":
                other.hardlink_to(place.resolve())
            else:
                other.symlink_to(place)

    @staticmethod
    def _folder(what: str, place: Path, other: Path) -> None:
        if what == "delete folder":
            shutil.rmtree(place)
        elif not other.exists():
            if what == "copy folder":
                shutil.copytree(place, other, symlinks=True)
            else:
                place.rename(other)


@pytest.fixture(scope="module")
def places() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="flow-"))
    Catalog.open(folder / "empty.db").close()
    yield folder
    shutil.rmtree(folder)


def new_catalog(places: Path, name: str) -> Catalog:
    """A catalogue, copied: making the tables takes longer than a scan."""
    for old in places.glob(f"{name}*"):
        old.unlink()
    shutil.copy(places / "empty.db", places / name)
    return Catalog.open(places / name)


@example(  # what is left of a bundle says it anew
    [
        ("write", "data/grid/zarr.json", 1),
        ("write", "data/grid/left/zarr.json", 0),
        ("scan", "", 0),
        ("delete", "data/grid/left/zarr.json", 0),
    ]
)
@given(st.lists(step, min_size=2, max_size=14))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_history_ends_where_a_fresh_scan_does(
    places: Path, steps: list[tuple[str, str, object]]
) -> None:
    root = places / "tree"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    (root / "keep").touch()  # a folder that was emptied may be a drive's that went
    tree = Tree(root)
    lived = new_catalog(places, "lived.db")
    indexer = Indexer(lived, settle_seconds=0)
    try:
        for what, target, more in (*steps, ("scan", "", 0)):
            if what == "restart":
                indexer.close()
                lived.close()
                lived = Catalog.open(places / "lived.db")
                indexer = Indexer(lived, settle_seconds=0)
            elif what == "scan":
                indexer.scan(lived.add_project(root))
                indexer.finish()
            else:
                tree.do(what, target, more)
        with new_catalog(places, "fresh.db") as fresh:
            index(fresh, [root], settle_seconds=0)
            assert present_state(lived) == present_state(fresh)
        assert lived.integrity() == ()
        assert lived.verify_journal()[0]
    finally:
        indexer.close()
        lived.close()


def test_worker_processes_import_neither_the_database_nor_the_window() -> None:
    code = (
        "import sys, mlcatalog.tasks.indexing.in_workers, mlcatalog.trackers.git.telling;"
        "sys.exit(', '.join({'sqlalchemy', 'sqlmodel', 'PySide6'} & sys.modules.keys()) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    assert done.stderr == ""
    assert done.returncode == 0
