"""Renames: what the preview says, all or nothing, and everything that stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rename_project import NEW, OLD, WANTED, build, model, plan_of, tree

from mlcatalog.catalog.store import Catalog
from mlcatalog.conventions.references import Move
from mlcatalog.domain.errors import MlcatalogError, NotFoundError
from mlcatalog.tasks.index import index
from mlcatalog.tasks.rename import apply, last_rename, undo
from mlcatalog.tasks.rename_files import PlanFolder, Written
from mlcatalog.tasks.rename_plan import Wanted, planned


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return build(tmp_path / "project")


@pytest.fixture
def catalog(tmp_path: Path, project: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalog.db", actor="ann") as opened:
        index(opened, [project], settle_seconds=0)
        yield opened


def by_path(catalog: Catalog) -> dict[str, str]:
    return {one.path: one.id for one in catalog.list("")}


def test_the_preview_shows_names_references_and_what_is_left(
    catalog: Catalog, project: Path
) -> None:
    before = tree(project)
    plan = plan_of(catalog, project)
    assert plan.conflicts == 0
    row = plan.rows[0]
    assert (row.old_name, row.new_name) == (f"{OLD}.safetensors", f"{NEW}.safetensors")
    assert [move.new_name for move in row.companions] == [f"{NEW}.safetensors.dvc"]
    assert {Path(one.path).name: one.mentions for one in plan.changes} == {
        "train.yaml": 3,
        "README.md": 2,
        ".gitignore": 1,
        f"{OLD}.safetensors.dvc": 1,
    }
    assert [(Path(one.path).name, one.line) for one in plan.left] == [("serve.py", 1)]
    diff = next(one.diff for one in plan.changes if one.path.endswith(".yaml"))
    assert f"+start: models/{NEW}.safetensors" in diff
    assert tree(project) == before


def test_a_rename_keeps_ids_words_and_history(catalog: Catalog, project: Path) -> None:
    ids = by_path(catalog)
    old = ids[str(project / "models" / f"{OLD}.safetensors")]
    catalog.set_tags(old, ["keep"])
    catalog.set_note(old, "mine")
    versions = catalog.detail(old).versions
    apply(catalog, plan_of(catalog, project))
    index(catalog, [project], settle_seconds=0)
    detail = catalog.detail(old)
    assert detail.summary.path == str(project / "models" / f"{NEW}.safetensors")
    assert detail.summary.name == NEW
    assert (detail.tags, detail.note) == (("keep",), "mine")
    assert [one.id for one in detail.versions] == [one.id for one in versions]
    assert set(by_path(catalog).values()) == set(ids.values())
    bundle = ids[str(project / "models" / "old_bundle")]
    assert catalog.detail(bundle).summary.name == "new_bundle"
    entry = next(one for one in catalog.journal() if one.kind == "rename")
    moves = entry.payload["moves"]
    assert isinstance(moves, list)
    assert len(moves) == len(WANTED) + 1


def test_a_scan_after_a_rename_finds_nothing_new(
    catalog: Catalog, project: Path
) -> None:
    apply(catalog, plan_of(catalog, project))
    moved = by_path(catalog)
    index(catalog, [project], settle_seconds=0)
    assert by_path(catalog) == moved
    assert all(len(catalog.detail(one).versions) <= 2 for one in moved.values())


def test_swapped_names_and_case_and_nested_folders(
    catalog: Catalog, project: Path
) -> None:
    before = tree(project)
    apply(catalog, plan_of(catalog, project))
    after = tree(project)
    for name in ("alpha_1", "beta_2"):
        other = {"alpha_1": "beta_2", "beta_2": "alpha_1"}[name]
        assert (
            after[f"models/{name}.safetensors"] == before[f"models/{other}.safetensors"]
        )
    assert "models/upper_3.safetensors" in after
    assert "models/new_bundle/heads/head_8.safetensors" in after
    assert not [path for path in after if ".mlcatalog" in path or "old_bundle" in path]


def test_only_what_means_the_file_is_rewritten(catalog: Catalog, project: Path) -> None:
    apply(catalog, plan_of(catalog, project))
    assert (project / "train.yaml").read_text() == (
        f"start: models/{NEW}.safetensors\nother: models/beta_2.safetensors\n"
        "base: ./models/new_bundle/model.safetensors\n"
        f"far: s3://bucket/models/{OLD}.safetensors\n"
        f"near: elsewhere/{OLD}.safetensors\nlonger: my{OLD}.safetensors\n"
    )
    assert (project / "README.md").read_text() == (
        f"# Scorer\nThe model {NEW} replaces beta_2.safetensors.\n"
    )
    assert (project / "models" / ".gitignore").read_text() == f"/{NEW}.safetensors\n"


def test_undo_brings_back_every_byte(catalog: Catalog, project: Path) -> None:
    before, ids = tree(project), by_path(catalog)
    renamed = apply(catalog, plan_of(catalog, project))
    assert by_path(catalog).keys() != ids.keys()
    assert last_rename(catalog) is not None
    undo(catalog, renamed.id)
    assert tree(project) == before
    assert by_path(catalog) == ids
    assert [one.kind for one in catalog.journal(2)] == ["rename", "rename"]
    with pytest.raises(NotFoundError):
        undo(catalog)


def test_undo_leaves_a_text_that_was_changed_since(
    catalog: Catalog, project: Path
) -> None:
    apply(catalog, plan_of(catalog, project))
    (project / "README.md").write_text("Mine.\n")
    done = undo(catalog)
    assert (project / "README.md").read_text() == "Mine.\n"
    assert "README.md" in done.problems[0]
    assert (project / "models" / f"{OLD}.safetensors").exists()


@pytest.mark.parametrize(
    ("path", "name", "said"),
    [
        ("models/alpha_1.safetensors", "beta_2", "is there already"),
        ("models/alpha_1.safetensors", "BETA_2", "is there already"),
        ("models/alpha_1.safetensors", "churn-{task}", "to be filled in"),
        ("models/alpha_1.safetensors", "con", "device"),
        ("models/alpha_1.safetensors", "a" * 250, "255"),
        ("models/alpha_1.safetensors", "../x", "slash"),
        ("models/gone.safetensors", "here", "not there"),
        ("", "other", "watched folder"),
    ],
)
def test_a_name_that_cannot_be_given_is_marked_and_refused(
    catalog: Catalog, project: Path, path: str, name: str, said: str
) -> None:
    before = tree(project)
    plan = planned(catalog, [Wanted(str(project / path).rstrip("/"), name)])
    assert said in plan.rows[0].conflicts[0]
    with pytest.raises(MlcatalogError):
        apply(catalog, plan)
    assert tree(project) == before


def test_two_files_cannot_get_one_name(catalog: Catalog, project: Path) -> None:
    wanted = [
        Wanted(str(project / "models" / f"{old}.safetensors"), new)
        for old, new in (("alpha_1", "same"), ("beta_2", "Same"))
    ]
    plan = planned(catalog, wanted)
    assert plan.conflicts == 2
    assert not plan.without_conflicts()


def test_a_text_that_changed_since_the_preview_stops_everything(
    catalog: Catalog, project: Path
) -> None:
    plan = plan_of(catalog, project)
    (project / "train.yaml").write_text("lr: 1\n")
    before = tree(project)
    with pytest.raises(MlcatalogError, match="changed"):
        apply(catalog, plan)
    assert tree(project) == before
    assert not any(one.kind == "rename" for one in catalog.journal())


def test_a_target_that_appears_meanwhile_takes_all_back(
    catalog: Catalog, project: Path
) -> None:
    plan = plan_of(catalog, project)
    model(project / "models" / f"{NEW}.safetensors", 99)
    before = tree(project)
    with pytest.raises(MlcatalogError):
        apply(catalog, plan)
    assert tree(project) == before


@pytest.mark.parametrize("verb", ["apply", "undo"])
def test_a_kill_at_any_step_ends_fully_done_or_fully_undone(
    tmp_path: Path, verb: str
) -> None:
    script = Path(__file__).parent / "rename_kills.py"
    run = subprocess.run(
        [sys.executable, str(script), str(tmp_path), verb],
        capture_output=True,
        text=True,
        check=True,
        timeout=280,
    )
    results = json.loads(run.stdout)
    assert len(results) > 40
    once = [one for one in results if one["second"] is None]
    assert [one["number"] for one in once] == list(range(len(once)))
    assert {"written", "done", "recorded"} < {one["step"] for one in once}
    assert once[-1]["step"] == "clean"
    for result in results:
        assert result["done"] != result["undone"], result
        assert result["sound"], result
    assert {result["done"] for result in results} == {True, False}


def other_device(tmp_path: Path) -> Path | None:
    for place in (Path("/dev/shm"), Path.home(), Path("/var/tmp")):
        if not place.is_dir() or not os.access(place, os.W_OK):
            continue
        if place.stat().st_dev != tmp_path.stat().st_dev:
            return place
    return None


@pytest.mark.parametrize("stop", range(6))
def test_a_rename_to_another_device_is_copied_and_can_be_taken_back(
    tmp_path: Path, stop: int
) -> None:
    device = other_device(tmp_path)
    if device is None:
        pytest.skip("this machine has only one device to write to")
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "weights.bin").write_bytes(b"w" * 100)
    target = device / f"mlcatalog-test-{os.getpid()}-{stop}"
    plan = Written("x1", (Move(str(tmp_path / "m"), str(target), is_folder=True),))
    seen = 0

    def step(_: str) -> None:
        nonlocal seen
        seen += 1
        if seen > stop:
            raise KeyboardInterrupt

    try:
        folder = PlanFolder(tmp_path / "plan", step)
        folder.write(plan, [])
        try:
            folder.do(plan)
        except KeyboardInterrupt:
            assert not PlanFolder(tmp_path / "plan").take_back(plan)
            assert tree(tmp_path / "m") == {"weights.bin": b"w" * 100}
            assert not target.exists()
        else:
            folder.finish(plan)
            assert tree(target) == {"weights.bin": b"w" * 100}
        assert not list(tmp_path.glob(".mlcatalog-*"))
        assert not list(device.glob(".mlcatalog-x1*"))
    finally:
        if target.exists():
            (target / "weights.bin").unlink()
            target.rmdir()


def test_an_interrupted_rename_is_mended_before_the_next_scan(
    catalog: Catalog, project: Path
) -> None:
    before = tree(project)
    plan = plan_of(catalog, project)
    home = catalog.path.parent / f"{catalog.path.stem}-renames" / "killed"
    folder = PlanFolder(home)
    home.parent.mkdir()
    written = Written("killed", plan.moves)
    folder.write(written, [])
    folder.do(written)
    assert tree(project) != before
    index(catalog, [project], settle_seconds=0)
    assert tree(project) == before
