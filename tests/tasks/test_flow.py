"""The flow: whatever happens to a tree, the catalogue ends as a fresh scan would."""

from __future__ import annotations

import json
import os
import shutil
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
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


CONTENTS: dict[str, list[bytes]] = {
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
FOLDERS = ["data", "runs/r1", "models/m", "models"]


def contents_for(path: str) -> list[bytes]:
    name = path.rpartition("/")[2]
    return CONTENTS.get(name) or CONTENTS["." + name.rpartition(".")[2]]


path = st.sampled_from(PATHS)
step = st.one_of(
    st.tuples(st.just("write"), path, st.integers(0, 2)),
    st.tuples(st.just("delete"), path, st.just(0)),
    st.tuples(st.just("rename"), path, path),
    st.tuples(st.just("rename folder"), st.sampled_from(FOLDERS), st.integers(0, 1)),
    st.tuples(st.just("scan"), st.just(""), st.just(0)),
    st.tuples(st.just("restart"), st.just(""), st.just(0)),
)


class Tree:
    """A real folder that things happen to, with times that only grow."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._clock = 1_700_000_000

    def do(self, what: str, target: str, more: object) -> None:
        place = self.root / target
        if what == "write":
            choices = contents_for(target)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(choices[int(str(more)) % len(choices)])
            self._clock += 10
            os.utime(place, (self._clock, self._clock))
        elif what == "delete":
            place.unlink(missing_ok=True)
        elif what == "rename" and place.is_file():
            other = self.root / str(more)
            if other.suffix == place.suffix:
                other.parent.mkdir(parents=True, exist_ok=True)
                place.replace(other)
        elif what == "rename folder" and place.is_dir():
            other = place.with_name(f"{place.name}-moved{more}")
            if not other.exists():
                place.rename(other)


@pytest.fixture(scope="module")
def places() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="flow-"))
    yield folder
    shutil.rmtree(folder)


@given(st.lists(step, min_size=2, max_size=14))
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_history_ends_where_a_fresh_scan_does(
    places: Path, steps: list[tuple[str, str, object]]
) -> None:
    root = places / "tree"
    shutil.rmtree(places)
    root.mkdir(parents=True)
    tree = Tree(root)
    lived = Catalog.open(places / "lived.db")
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
        with Catalog.open(places / "fresh.db") as fresh:
            index(fresh, [root], settle_seconds=0)
            assert present_state(lived) == present_state(fresh)
        assert lived.integrity() == ()
        assert lived.verify_journal()[0]
    finally:
        indexer.close()
        lived.close()
