"""What changed is linked as if everything was linked anew, whatever changed."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.code_history import SINCE, FilesSince
from mlcatalog.domain.words import Relation
from mlcatalog.tasks.indexing.linking import link, link_all

FOLDERS = ["", "a/", "a/checkpoints/", "a/onnx/", "runs/r1/", "runs/r1/checkpoints/"]
THINGS = [  # kind, file, format
    ("model", "m.safetensors", "safetensors"),
    ("model", "m.onnx", "onnx"),
    ("model", "step_1.safetensors", "safetensors"),
    ("model", "epoch-2.pt", "pytorch"),
    ("model", "final.pt", "pytorch"),
    ("model", "checkpoints", "safetensors"),
    ("dataset", "train.csv", "csv"),
    ("config", "train.yaml", "yaml"),
    ("document", "README.md", "markdown"),
    ("document", "m.md", "data dictionary"),
    ("run", "", "metrics"),
    ("script", "train.py", "python"),
]
FILES = [file for _, file, _ in THINGS]
NAMES = ["m", "final", "train", "step_1", "a", "r1", ""]
DIGESTS = ["", *(letter * 64 for letter in "abc")]
MARKS = [None, *(letter * 32 for letter in "abcdef")]
SINCE_COMMIT = FilesSince(frozenset({"train.py"}), frozenset()).written()
TEXTS = ["m.safetensors", "a/m.onnx", "train.csv", "../train.csv", "a", "runs/r1", "."]
TEXTS += ["m", "final", "org/base", "mlflow:1", "mlflow:2", "a" * 64, "b" * 64]
TEXTS += ["c" * 32, "d" * 32, "train.py", SINCE_COMMIT]
SCHEMES = ["path", "hub", "name", "sha256", "md5", "run", "run-in", "self", "url"]
SUBJECTS = ["self", "self", "self", "run-of-self", "run-in", "run", "path", "name"]
LIKELY = [  # subject, its text, relation, target, its text
    ("self", "", "produced_by", "run", "mlflow:1"),
    ("self", "", "produced_by", "run", "mlflow:2"),
    ("self", "", "produced_by", "run-in", "runs/r1"),
    ("self", "", "trained_on", "path", "train.csv"),
    ("self", "", "configured_by", "path", "train.yaml"),
    ("path", "m.safetensors", "configured_by", "self", ""),
    ("run-in", "runs/r1", "configured_by", "self", ""),
    ("run-of-self", "", "trained_on", "path", "train.csv"),
    ("self", "", "started_from", "path", "m.safetensors"),
    ("self", "", "derived_from", "path", "final.pt"),
    ("self", "", "derived_from", "hub", "org/base"),
    ("self", "", "finetuned_from", "path", "m.safetensors"),
    ("self", "", "finetuned_from", "sha256", "a" * 64),
    ("self", "", "quantized_from", "name", "m"),
    ("path", "step_1.safetensors", "checkpoint_of", "path", "final.pt"),
    ("self", "", "merged_from", "path", "step_1.safetensors"),
    ("self", "", "produced_by", "url", "mlflow:1"),
    ("self", "", "executed", "path", "train.py"),
    ("path", "m.safetensors", "produced_by", "self", ""),
]
REVISIONS = [None, "main", "a1b2c3d4", "c" * 32]
EVIDENCE = ["declared", "recorded", "inferred"]
BACK = {"present": True}
ENDS = ("subject_scheme", "subject_id", "relation", "target_scheme", "target_id")
FACTS = [
    "hub.id",
    "content.md5",
    "dvc.md5",
    "git.state",
    SINCE,
    "content.sha256",
    "step",
    "run.id",
    "created",
]
STATE = (
    "SELECT child, relation, parent, evidence, confidence, proofs, pinned FROM edge",
    "SELECT rule, subject, detail, severity, message, path_text, artifact_id, state"
    " FROM finding WHERE origin = 'link'",
    "SELECT * FROM link_answer",
    "SELECT * FROM link_key",
    "SELECT * FROM link_read",
    "SELECT * FROM link_weights",
)

number = st.integers(1, 9)
place = st.builds(str.__add__, st.sampled_from(FOLDERS), st.sampled_from(FILES))
moment = st.sampled_from([None, 10, 20, 30])
text = st.sampled_from(TEXTS)


def a_thing(folder: str, thing: tuple[str, str, str]) -> dict[str, Any]:
    kind, file, form = thing
    return {"kind": kind, "path_text": (folder + file).strip("/"), "format": form}


thing = st.builds(a_thing, st.sampled_from(FOLDERS), st.sampled_from(THINGS))
traits = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "digest": st.sampled_from(DIGESTS).map(lambda one: one or None),
        "modified": moment,
    }
)
a_project = st.sampled_from([1, 1, 1, 2])
artifact = st.builds(
    lambda one, more, project: {**one, **more, "project_id": project, "present": True},
    thing,
    traits,
    a_project,
)
likely = st.sampled_from(LIKELY)
any_claim = st.tuples(
    st.sampled_from(SUBJECTS),
    text,
    st.sampled_from([*Relation]).map(str),
    st.sampled_from(SCHEMES),
    text,
)
claim = st.builds(
    lambda ends, revision, subject, evidence, confidence: {
        **dict(zip(ENDS, ends, strict=True)),
        "target_revision": revision,
        "subject_revision": subject,
        "evidence": evidence,
        "confidence": confidence,
    },
    st.one_of(likely, likely, any_claim),
    st.sampled_from(REVISIONS),
    st.sampled_from([None, None, "d" * 32]),
    st.sampled_from(EVIDENCE),
    st.sampled_from([1.0, 0.5]),
)
tensors = st.lists(
    st.tuples(st.sampled_from(["body", "head", "classifier"]), st.sampled_from(MARKS)),
    max_size=4,
)
one_change = st.one_of(
    st.tuples(st.just("artifact"), number, artifact),
    st.tuples(st.just("artifact"), number, artifact),
    st.tuples(st.just("update"), number, st.one_of(thing, traits)),
    st.tuples(st.just("update"), number, st.sampled_from([{"present": False}, BACK])),
    st.tuples(st.just("erase"), number, st.none()),
    st.tuples(st.just("claim"), number, claim),
    st.tuples(st.just("claim"), number, claim),
    st.tuples(st.just("claim"), number, claim),
    st.tuples(st.just("unsay"), number, st.none()),
    st.tuples(st.just("tensors"), number, tensors),
    st.tuples(st.just("overwrite"), number, tensors),
    st.tuples(st.just("fact"), number, st.tuples(st.sampled_from(FACTS), text)),
    st.tuples(st.just("member"), number, place),
    st.tuples(st.just("run"), number, st.sampled_from(["1", "2"])),
    st.tuples(st.just("move project"), number, st.none()),
)


class Rows:
    """A real catalogue whose rows change as the indexer and people change them."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._versions = 100
        for row, root in ((1, "/p"), (2, "/p/inner")):
            self._insert(
                "project", id=row, uid=f"p{row}", name=root, path=root.encode(),
                path_text=root, state="idle", state_note="", added_at=0, readers="",
            )  # fmt: skip

    def close(self) -> None:
        self._connection.close()

    def do(self, what: str, row: int, more: Any) -> None:
        """Let one thing change; what cannot change does not."""
        there = self._run("SELECT 1 FROM artifact WHERE id = ?", row).fetchone()
        match what:
            case "artifact" if not there:
                self._add(row, more)
            case "erase":
                for said in ("claim", "fact", "fingerprint", "finding"):
                    self._run(f"DELETE FROM {said} WHERE artifact_id = ?", row)
                self._run("DELETE FROM file WHERE artifact_id = ?", row)
                self._run("DELETE FROM artifact WHERE id = ?", row)
                self._run("DELETE FROM version WHERE artifact_id = ?", row)
            case "move project":
                self._run(
                    "UPDATE project SET path_text = CASE path_text WHEN '/p' THEN '/q'"
                    " ELSE '/p' END WHERE id = 1"
                )
            case "unsay":
                self._run("DELETE FROM claim WHERE artifact_id = ?", row)
            case _ if there:
                self._change(what, row, more)

    def _add(self, row: int, more: dict[str, Any]) -> None:
        self._insert(
            "artifact", id=row, uid=f"uid-{row}", path=more["path_text"].encode(),
            bundle=0, owner="", created_at=0, presence="present", stage="draft",
            metric_name="", met=0, applicable=0, findings=0, name_broken=0, **more,
        )  # fmt: skip

    def _change(self, what: str, row: int, more: Any) -> None:
        match what:
            case "update":
                for name, value in more.items():
                    self._run(
                        f"UPDATE artifact SET {name} = ? WHERE id = ?", value, row
                    )
            case "claim":
                self._insert(
                    "claim", artifact_id=row, source="key", detail="",
                    source_path=self._place(row), **more,
                )  # fmt: skip
            case "tensors":
                self._run("DELETE FROM fingerprint WHERE artifact_id = ?", row)
                self._tensors(row, None, more)
            case "overwrite":
                self._overwrite(row, more)
            case "fact":
                self._fact(row, *more)
            case "member":
                self._member(row, more)
            case "run":
                key = f"1|x|mlflow|{more}"
                self._run(
                    "UPDATE OR IGNORE artifact SET run_key = ? WHERE id = ?", key, row
                )

    def _place(self, row: int) -> str:
        found = self._run(
            "SELECT project.path_text || '/' || artifact.path_text FROM artifact"
            " JOIN project ON project.id = project_id WHERE artifact.id = ?",
            row,
        )
        return str(found.fetchone()[0])

    def _tensors(self, row: int, version: int | None, more: Any) -> None:
        for position, (name, mark) in enumerate(more):
            self._insert(
                "fingerprint", artifact_id=row, version_id=version, position=position,
                name=name, dtype="F32", shape="[8]", size=32, digest=mark,
            )  # fmt: skip

    def _overwrite(self, row: int, more: Any) -> None:
        """What is there becomes an earlier version."""
        self._versions += 2
        for version in (self._versions, self._versions + 1):
            self._insert(
                "version", id=version, uid=f"v{version}", artifact_id=row, size=1,
                number=version, observed_at=version, recorded_source="",
                digest=f"{version:064x}",
            )  # fmt: skip
        self._run(
            "UPDATE fingerprint SET version_id = ? WHERE artifact_id = ?"
            " AND version_id IS NULL",
            self._versions,
            row,
        )
        self._run(
            "UPDATE artifact SET version_id = ?, digest = ? WHERE id = ?",
            self._versions + 1,
            f"{self._versions + 1:064x}",
            row,
        )
        self._tensors(row, self._versions + 1, more)

    def _fact(self, row: int, key: str, value: str) -> None:
        self._run("INSERT OR IGNORE INTO key (name) VALUES (?)", key)
        (number,) = self._run("SELECT id FROM key WHERE name = ?", key).fetchone()
        self._insert(
            "fact", artifact_id=row, key_id=number, type="text", text=value,
            evidence="declared", source="",
        )  # fmt: skip

    def _member(self, row: int, path: str) -> None:
        folder, _, name = path.rpartition("/")
        found = self._run("SELECT project_id FROM artifact WHERE id = ?", row)
        place = (*found.fetchone(), folder.encode())
        self._run(
            "INSERT OR IGNORE INTO folder (project_id, path, waiting) VALUES (?, ?, 0)",
            *place,
        )
        found = self._run(
            "SELECT id FROM folder WHERE project_id = ? AND path = ?", *place
        )
        (number,) = found.fetchone()
        self._run(
            "DELETE FROM file WHERE folder_id = ? AND name = ?", number, name.encode()
        )
        self._insert(
            "file", project_id=place[0], folder_id=number, name=name.encode(), size=1,
            mtime_ns=0, ctime_ns=0, inode=0, device=0, state="present", format="",
            role="content", artifact_id=row, read_version="", problem="", digested=0,
            link=0,
        )  # fmt: skip

    def _insert(self, table: str, **values: Any) -> None:
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        self._run(f"INSERT INTO {table} ({names}) VALUES ({marks})", *values.values())

    def _run(self, statement: str, *values: Any) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="linking-"))
    Catalog.open(folder / "empty.db").close()
    yield folder
    shutil.rmtree(folder)


def new_catalog(folder: Path) -> Path:
    """An empty catalogue, copied: making the tables takes longer than a link."""
    for old in folder.glob("catalog.db*"):
        old.unlink()
    return Path(shutil.copy(folder / "empty.db", folder / "catalog.db"))


def state(path: Path) -> list[list[Any]]:
    with closing(sqlite3.connect(path)) as connection:
        return [sorted(connection.execute(one), key=repr) for one in STATE]


@given(
    st.lists(st.tuples(number, artifact), max_size=9),
    st.lists(st.lists(one_change, min_size=1, max_size=8), min_size=1, max_size=8),
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_changed_is_linked_as_if_all_was_linked_anew(
    folder: Path,
    first: list[tuple[int, dict[str, Any]]],
    changes: list[list[tuple[str, int, Any]]],
) -> None:
    path = new_catalog(folder)
    with Catalog.open(path) as catalog, closing(Rows(path)) as rows:
        for row, more in first:
            rows.do("artifact", row, more)
        link_all(catalog)
        for some in changes:
            for what, row, more in some:
                rows.do(what, row, more)
            link(catalog)
            found = state(path)
            link_all(catalog)
            assert found == state(path)


FINE_TUNES = 230  # more than are looked at for one tensor


def fine_tune(row: int, moment: int) -> dict[str, Any]:
    return {
        "kind": "model",
        "path_text": f"runs/{row:04}/m.safetensors",
        "format": "safetensors",
        "name": f"m{row}",
        "digest": f"{row:064x}",
        "modified": moment,
        "project_id": 1,
        "present": True,
    }


def test_one_more_fine_tune_of_a_base_that_very_many_share_is_linked_alone(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = new_catalog(folder)
    with Catalog.open(path) as catalog, closing(Rows(path)) as rows:
        for row in range(1, FINE_TUNES + 2):
            rows.do("artifact", row, fine_tune(row, row))
            tuned = [("body", "a" * 32), ("head", f"{row:032x}")]
            rows.do("tensors", row, tuned)
            if row == FINE_TUNES:
                link_all(catalog)
        with caplog.at_level(logging.INFO):
            link(catalog)
        assert "made anew" not in caplog.text
        found = state(path)
        newest = [edge for edge in found[0] if edge[0] == f"uid-{FINE_TUNES + 1}"]
        assert [edge[1] for edge in newest] == ["finetuned_from"]
        link_all(catalog)
        assert found == state(path)
        # The base itself: whoever came from it is asked again.
        rows.do("update", 1, {"modified": FINE_TUNES + 5})
        link(catalog)
        found = state(path)
        link_all(catalog)
        assert found == state(path)
