"""Repositories that do not lie in the project: read if it is theirs, told if not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from mlcatalog.domain.errors import FormatError
from mlcatalog.trackers.git.bounded import OutsideError
from mlcatalog.trackers.git.places import above
from mlcatalog.trackers.git.repository import Asked, Look, look


def looked(project: Path, folder: Path, *paths: str) -> Look | None:
    names = tuple(os.fsencode(path) for path in paths)
    return look(Asked(os.fsencode(project), os.fsencode(folder), names))


@pytest.fixture
def churn(git) -> Path:
    """A project that is a folder of a repository."""
    git.commit("a project", churn__train_py="print(1)\n", churn__conf="lr: 1\n")
    return git.folder / "churn"


def test_the_repository_around_a_project_tells_of_its_files(git, churn):
    assert above(churn) == git.folder
    found = looked(churn, git.folder, "churn/train.py")
    assert found is not None
    (change,) = found.files[b"churn/train.py"].changes
    assert change.commit.subject == "a project"
    assert found.files[b"churn/train.py"].state.value == "committed"
    assert found.changed == 0


def test_files_around_the_project_are_not_looked_at(git, churn):
    git.write("train.py", "edited, but no part of the project\n")
    found = looked(churn, git.folder, "churn/train.py")
    assert found is not None
    assert found.changed == 0
    (churn / "conf").write_text("lr: 2\n")
    again = looked(churn, git.folder, "churn/train.py")
    assert again is not None
    assert again.changed == 1


def test_a_folder_that_is_in_no_commit_is_not_of_the_repository_around_it(git):
    loose = git.folder / "loose"
    loose.mkdir()
    (loose / "train.py").write_text("print(1)\n")
    assert looked(loose, git.folder, "loose/train.py") is None
    git("add", "loose")
    found = looked(loose, git.folder, "loose/train.py")
    assert found is not None
    assert found.files[b"loose/train.py"].state.value == "added, not committed"


def test_what_filters_models_is_taken_from_the_commit_there(git, churn):
    git.commit("filters", **{".gitattributes": "*.pt filter=theta\n"})
    git.write("churn/m.pt", "weights")
    git("-c", "filter.theta.clean=cat", "add", "churn/m.pt")
    git.commit("a model")
    (churn / "m.pt").write_text("others!")
    found = looked(churn, git.folder, "churn/m.pt")
    assert found is not None
    assert found.files[b"churn/m.pt"].state.value == "not known"


def test_looking_up_ends_at_the_nearest_repository_and_skips_what_is_none(git, churn):
    deep = churn / "a/b/c"
    deep.mkdir(parents=True)
    (churn / "a/.git").mkdir()  # empty: git passes it by as well
    assert above(deep) == git.folder


def test_a_link_in_place_of_the_repository_around_is_not_followed(git, churn, tmp_path):
    shutil.move(git.folder / ".git", tmp_path / "elsewhere")
    (git.folder / ".git").symlink_to(tmp_path / "elsewhere")
    assert above(churn) is None
    with pytest.raises(OutsideError, match="link"):
        looked(churn, git.folder)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0,
    reason="only root may give a folder to another user",
)
def test_a_repository_of_another_user_is_told_and_not_read(git, churn):
    os.chown(git.folder / ".git", 12345, 12345)
    with pytest.raises(OutsideError, match="another user"):
        looked(churn, git.folder)


def test_a_work_tree_is_read_whose_repository_lies_elsewhere_and_names_it(
    git, tmp_path
):
    git("worktree", "add", "-q", "../second", "other")
    found = looked(tmp_path / "second", tmp_path / "second", "conf/lr")
    assert found is not None
    assert (found.kind, found.branch) == ("work tree", "other")
    assert found.files[b"conf/lr"].changes[0].commit.subject == "on another branch"
    inside = looked(tmp_path / "second/conf", tmp_path / "second", "conf/lr")
    assert inside is not None
    assert inside.files[b"conf/lr"].state.value == "committed"


def test_a_submodule_that_is_the_project_is_read_by_its_repository_above(git, new_git):
    inner = new_git("inner")
    first = inner.commit("first", data_py="1\n")
    git("submodule", "add", "-q", str(inner.folder), "libs/inner")
    project = git.folder / "libs/inner"
    found = looked(project, project, "data.py")
    assert found is not None
    assert found.kind == "submodule"
    assert found.files[b"data.py"].changes[0].commit.text == first


@pytest.mark.parametrize("what", ["repository", "work tree", "nothing"])
def test_a_repository_that_does_not_name_the_folder_is_told_and_not_read(
    git, tmp_path, what
):
    git("worktree", "add", "-q", "../second", "other")
    places = {
        "repository": git.folder / ".git",
        "work tree": git.folder / ".git/worktrees/second",
        "nothing": tmp_path / "home",
    }
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / ".git").write_text(f"gitdir: {places[what]}\n")
    with pytest.raises(OutsideError) as caught:
        looked(trap, trap)
    said = "no git repository" if what == "nothing" else "name this folder"
    assert said in caught.value.why


def test_a_work_tree_that_leads_to_another_store_is_not_followed(git, tmp_path):
    git("worktree", "add", "-q", "../second", "other")
    kept = git.folder / ".git/worktrees/second"
    (kept / "commondir").write_text(str(tmp_path / "home"))
    with pytest.raises(FormatError, match="does not hold this work tree"):
        looked(tmp_path / "second", tmp_path / "second")
