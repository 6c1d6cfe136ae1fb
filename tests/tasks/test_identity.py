"""Identity: what stays one artifact, whatever happens to its files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from test_flow import safetensors

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Location, Summary
from mlcatalog.domain.errors import ProjectError
from mlcatalog.domain.words import Presence, Relation, Stage
from mlcatalog.tasks.index import index
from mlcatalog.tasks.indexing.indexer import Indexer

Scan = Callable[..., None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return folder(tmp_path / "project")


@pytest.fixture
def scan(catalog: Catalog, root: Path) -> Scan:
    def scanned(*roots: Path) -> None:
        index(catalog, roots or [root], settle_seconds=0)

    return scanned


def folder(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "keep").touch()
    return path


def write(path: Path, text: str | bytes, *, at: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if at:
        os.utime(path, (1_700_000_000 + at, 1_700_000_000 + at))
    return path


def at(catalog: Catalog, path: Path) -> Summary:
    return catalog.find(f"path:{path}")


def places(catalog: Catalog, path: Path) -> list[Location]:
    return list(catalog.detail(at(catalog, path).id).locations)


def now_at(catalog: Catalog, path: Path) -> set[str]:
    return {Path(one.path).name for one in places(catalog, path) if one.ended is None}


def edges(catalog: Catalog, path: Path) -> set[Relation]:
    return {edge.relation for edge in catalog.detail(at(catalog, path).id).edges}


def test_a_copy_is_another_artifact_and_a_link_is_the_same(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    first = write(root / "a.safetensors", safetensors(1))
    shutil.copy2(first, root / "copy.safetensors")
    (root / "hard.safetensors").hardlink_to(first)
    (root / "soft.safetensors").symlink_to("a.safetensors")
    scan()
    assert catalog.count("kind:model") == 2
    assert now_at(catalog, first) == {
        "a.safetensors",
        "hard.safetensors",
        "soft.safetensors",
    }
    assert edges(catalog, first) == {Relation.COPY_OF}
    assert at(catalog, root / "soft.safetensors").id == at(catalog, first).id


def test_a_link_that_is_left_keeps_the_artifact(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    first = write(root / "a.csv", "a\n1\n")
    (root / "b.csv").hardlink_to(first)
    scan()
    before = at(catalog, first)
    catalog.set_owner(before.id, "ada")
    first.unlink()
    scan()
    after = at(catalog, root / "b.csv")
    assert (after.id, after.owner, after.presence) == (
        before.id,
        "ada",
        Presence.PRESENT,
    )
    assert len(catalog.detail(after.id).versions) == 1
    assert now_at(catalog, root / "b.csv") == {"b.csv"}


def test_a_linked_folder_of_files_is_one_bundle_at_two_places(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    write(root / "m/model.safetensors", safetensors(1))
    write(root / "m/config.json", '{"model_type": "bert"}')
    scan()
    before = at(catalog, root / "m")
    shutil.copytree(root / "m", root / "n", copy_function=os.link)
    scan()
    assert [s.id for s in catalog.list("kind:model")] == [before.id]
    assert now_at(catalog, root / "m") == {"m", "n"}


def test_a_link_out_of_the_project_is_none_of_it(
    catalog: Catalog, root: Path, scan: Scan, tmp_path: Path
) -> None:
    outside = write(tmp_path / "outside.csv", "a\n1\n")
    (root / "in.csv").symlink_to(outside)
    scan()
    assert catalog.count() == 0
    assert [f.rule for f in catalog.findings()] == ["scan.link-outside"]


def test_locations_keep_intervals_and_versions_keep_their_text(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    config = root / "a.yaml"
    for moment, text in enumerate(("lr: 1\n", "lr: 2\n", "lr: 1\n"), 1):
        write(config, text, at=moment)
        scan()
    detail = catalog.detail(at(catalog, config).id)
    assert [one.version for one in detail.locations] == [1, 2, 1]
    assert [one.ended is None for one in detail.locations] == [False, False, True]
    texts = {v.number: catalog.text(detail.summary.id, v.id) for v in detail.versions}
    assert texts == {1: "lr: 1\n", 2: "lr: 2\n"}
    assert detail.params["lr"].text == "1"


def test_a_touch_is_no_new_interval(catalog: Catalog, root: Path, scan: Scan) -> None:
    config = write(root / "a.yaml", "lr: 1\n", at=1)
    scan()
    os.utime(config, (1_700_000_500, 1_700_000_500))
    scan()
    assert [one.version for one in places(catalog, config)] == [1]


def test_what_was_away_and_came_back_has_two_intervals(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    config = write(root / "a.yaml", "lr: 1\n")
    scan()
    before = at(catalog, config).id
    config.unlink()
    scan()
    write(config, "lr: 1\n")
    scan()
    assert at(catalog, config).id == before
    assert [one.ended is None for one in places(catalog, config)] == [False, True]


def test_a_new_version_is_a_draft_and_an_old_one_is_what_it_was(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    model = write(root / "m.safetensors", safetensors(1), at=1)
    scan()
    found = at(catalog, model)
    catalog.set_stage(found.id, Stage.PRODUCTION)
    write(model, safetensors(2), at=2)
    scan()
    assert at(catalog, model).stage is Stage.DRAFT
    write(model, safetensors(1), at=3)
    scan()
    assert at(catalog, model).stage is Stage.PRODUCTION


def test_a_bundle_keeps_its_main_file_s_artifact_and_gives_it_back(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    model = write(root / "m/model.safetensors", safetensors(1))
    scan()
    alone = at(catalog, model).id
    write(root / "m/config.json", '{"model_type": "bert"}')
    scan()
    assert at(catalog, root / "m").id == alone
    assert at(catalog, root / "m").bundle
    (root / "m/config.json").unlink()
    scan()
    assert at(catalog, model).id == alone
    assert not at(catalog, model).bundle
    assert catalog.count("kind:model") == 1


@pytest.mark.parametrize("closed", [False, True], ids=["seen", "closed"])
def test_a_moved_file_keeps_its_history(
    catalog: Catalog, root: Path, scan: Scan, closed: bool
) -> None:
    path = root.parent / "catalog.db"
    old = write(root / "a.csv", "a\n1\n")
    scan()
    before = at(catalog, old).id
    catalog.set_note(before, "mine")
    (root / "sub").mkdir()
    old.rename(root / "sub/b.csv")
    if closed:
        with Catalog.open(path) as again:
            index(again, [root], settle_seconds=0)
    else:
        scan()
    after = at(catalog, root / "sub/b.csv")
    assert (after.id, catalog.detail(after.id).note) == (before, "mine")
    assert [Path(one.path).name for one in places(catalog, root / "sub/b.csv")] == [
        "a.csv",
        "b.csv",
    ]


def test_what_was_written_of_a_file_before_it_was_known_again_is_kept(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    old, edited = write(root / "old.csv", "a,b\n1,2\n", at=1), root / "keep.yaml"
    write(edited, "lr: 1\n", at=1)
    scan()
    before = at(catalog, old).id
    catalog.set_note(before, "the first note")
    catalog.set_tags(before, ["first"])
    old.unlink()
    new = write(root / "new.csv", "a,b\n1,2\n")  # still being written, it seems
    project = catalog.projects()[0]
    with Indexer(catalog, settle_seconds=1_000) as indexer:
        indexer.scan(project)
    fresh = at(catalog, new)
    assert fresh.id != before
    assert fresh.digest is None
    catalog.set_note(fresh.id, "the second note")
    catalog.set_tags(fresh.id, ["second"])
    catalog.set_owner(fresh.id, "ada")
    catalog.set_stage(fresh.id, Stage.PRODUCTION)
    scan()
    held = catalog.detail(before)
    assert held.summary.path == str(new)
    assert held.note == "the first note\n\nthe second note"
    assert set(held.tags) == {"first", "second"}
    assert held.summary.owner == "ada"
    assert held.summary.stage is Stage.PRODUCTION
    assert catalog.integrity() == ()


def test_a_stage_that_was_given_before_the_bytes_were_read_is_theirs(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    model = write(root / "m.csv", "a\n1\n")
    project = catalog.add_project(root)
    with Indexer(catalog, settle_seconds=1_000) as indexer:
        indexer.scan(project)
    catalog.set_stage(at(catalog, model).id, Stage.CANDIDATE)
    scan()
    assert at(catalog, model).digest
    assert at(catalog, model).stage is Stage.CANDIDATE
    write(model, "a\n2\n")
    with Indexer(catalog, settle_seconds=1_000) as indexer:
        indexer.scan(project)
    catalog.set_stage(at(catalog, model).id, Stage.PRODUCTION)
    write(model, "a\n2\n3\n")  # other bytes than those that were meant
    scan()
    assert at(catalog, model).stage is Stage.DRAFT


def test_a_file_that_was_touched_and_moved_before_it_was_read_again_keeps_its_history(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    old = write(root / "a.csv", "a\n1\n", at=1)
    scan()
    before = at(catalog, old).id
    os.utime(old, (1_700_000_500, 1_700_000_500))
    old.rename(root / "b.csv")
    scan()
    assert at(catalog, root / "b.csv").id == before


def test_moved_and_edited_is_suggested_and_never_assumed(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    old = write(root / "a.csv", "a\n1\n", at=1)
    scan()
    before = at(catalog, old)
    catalog.set_note(before.id, "mine")
    with old.open("a") as file:
        file.write("2\n")
    old.rename(root / "b.csv")
    scan()
    after = at(catalog, root / "b.csv")
    assert after.id != before.id
    (finding,) = [f for f in catalog.findings() if f.rule == "identity.maybe-moved"]
    assert finding.artifact == after.id
    assert "a.csv" in finding.message


def test_two_equal_files_that_vanish_are_no_move(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    one, two = write(root / "a.csv", "a\n1\n"), write(root / "b.csv", "a\n1\n")
    scan()
    ids = {at(catalog, one).id, at(catalog, two).id}
    shutil.copy(one, root / "c.csv")
    one.unlink()
    two.unlink()
    scan()
    assert at(catalog, root / "c.csv").id not in ids


def test_a_project_that_was_moved_while_closed_keeps_everything(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    write(root / "data/a.csv", "a\n1\n")
    write(root / "conf.yaml", "data: data/a.csv\n")
    write(root / "m/model.safetensors", safetensors(1))
    write(root / "m/config.json", '{"model_type": "bert"}')
    scan()
    before = {s.path.removeprefix(str(root)): s.id for s in catalog.list()}
    moved = root.with_name("moved")
    root.rename(moved)
    scan(moved)
    after = {s.path.removeprefix(str(moved)): s.id for s in catalog.list()}
    assert after == before
    (project,) = catalog.projects()
    assert (project.path, project.name) == (str(moved), "moved")
    assert not [f for f in catalog.findings() if str(root) + "/" in f.path]


def test_a_file_moved_between_two_projects_keeps_its_history(
    catalog: Catalog, tmp_path: Path, scan: Scan
) -> None:
    here, there = folder(tmp_path / "here"), folder(tmp_path / "there")
    old = write(here / "a.csv", "a\n1\n")
    scan(here, there)
    before = at(catalog, old).id
    old.rename(there / "b.csv")
    scan(there)  # the one that it went to is looked at first
    scan(here)
    assert at(catalog, there / "b.csv").id == before
    assert catalog.count("state:missing") == 0
    assert catalog.count("kind:dataset") == 1


def test_a_file_copied_between_two_projects_is_a_copy(
    catalog: Catalog, tmp_path: Path, scan: Scan
) -> None:
    here, there = folder(tmp_path / "here"), folder(tmp_path / "there")
    old = write(here / "a.csv", "a\n1\n")
    scan(here, there)
    before = at(catalog, old).id
    shutil.copy2(old, there / "b.csv")
    scan(there)
    assert at(catalog, old).id == before
    assert edges(catalog, there / "b.csv") == {Relation.COPY_OF}


def test_an_offline_project_loses_nothing_to_a_copy_elsewhere(
    catalog: Catalog, tmp_path: Path, scan: Scan
) -> None:
    here, there = folder(tmp_path / "here"), folder(tmp_path / "there")
    old = write(here / "a.csv", "a\n1\n")
    scan(here)
    before = at(catalog, old).id
    shutil.copy2(old, there / "b.csv")
    here.rename(tmp_path / "unplugged")
    with pytest.raises(ProjectError):
        index_offline(catalog, here)
    scan(there)
    assert catalog.find(f"id:{before}").path == str(old)
    assert at(catalog, there / "b.csv").id != before


def index_offline(catalog: Catalog, root: Path) -> None:
    index(catalog, [root], settle_seconds=0)


def test_the_innermost_project_owns_a_file(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    write(root / "top.csv", "a\n1\n")
    inner = root / "inner"
    own = write(inner / "deep/a.csv", "a\n2\n")
    scan()
    before = at(catalog, own).id
    catalog.set_note(before, "mine")
    scan(inner)
    scan()
    assert at(catalog, own).id == before
    assert at(catalog, own).project == "inner"
    assert catalog.detail(before).note == "mine"
    assert catalog.count("kind:dataset") == 2
    (project,) = [p for p in catalog.projects() if p.name == "inner"]
    catalog.remove_project(project.id)
    scan()
    assert at(catalog, own).id == before
    assert at(catalog, own).project == "project"
    assert catalog.count("kind:dataset") == 2


def test_the_same_file_in_two_projects_is_two_artifacts(
    catalog: Catalog, tmp_path: Path, scan: Scan
) -> None:
    here, there = folder(tmp_path / "here"), folder(tmp_path / "there")
    first = write(here / "a.csv", "a\n1\n")
    (there / "a.csv").hardlink_to(first)
    scan(here, there)
    assert catalog.count("kind:dataset") == 2
    assert edges(catalog, there / "a.csv") == {Relation.COPY_OF}


def test_an_emptied_project_is_offline_and_keeps_what_it_had(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    write(root / "a.csv", "a\n1\n")
    scan()
    for path in root.iterdir():
        path.unlink()
    with pytest.raises(ProjectError, match="empty"):
        scan()
    assert [s.presence for s in catalog.list()] == [Presence.OFFLINE]


def test_what_is_missing_and_unused_can_be_purged_and_the_rest_cannot(
    catalog: Catalog, root: Path, scan: Scan
) -> None:
    names = ("unused", "noted", "ancestor", "child")
    for number, name in enumerate(names):
        write(root / f"{name}.csv", f"a\n{number}\n")
    shutil.copy2(root / "ancestor.csv", root / "child.csv")
    scan()
    ids = {name: at(catalog, root / f"{name}.csv").id for name in names}
    catalog.set_note(ids["noted"], "kept for the audit")
    for name in ("unused", "noted"):
        (root / f"{name}.csv").unlink()
    scan()
    assert catalog.purge() == (str(root / "unused.csv"),)
    left = {s.id for s in catalog.list("state:missing or state:present")}
    assert ids["noted"] in left
    assert ids["unused"] not in left
