"""What git keeps is read without git, and is what git says."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from mlcatalog.domain.errors import FormatError
from mlcatalog.trackers.git.repository import Asked, Look, look, signature
from mlcatalog.trackers.git.worktree import State


def looked(folder: Path, *paths: str, root: Path | None = None) -> Look:
    names = tuple(os.fsencode(path) for path in paths)
    found = look(Asked(os.fsencode(root or folder), os.fsencode(folder), names))
    assert found is not None
    return found


def states(found: Look) -> dict[str, str]:
    return {os.fsdecode(p): f.state.value for p, f in found.files.items()}


def ids(found: Look, path: str) -> list[str]:
    return [one.commit.text for one in found.files[path.encode()].changes]


def same_as_git(git, found: Look) -> None:
    for path in found.files:
        name = os.fsdecode(path)
        said = git("log", "--format=%H", "HEAD", "--", name).split()
        assert ids(found, name) == said[:20], name


def test_branch_and_commit_are_those_of_git(git):
    found = looked(git.folder)
    assert found.branch == "main"
    assert found.head is not None
    assert found.head.text == git("rev-parse", "HEAD").strip()
    assert found.head.date == git("log", "-1", "--format=%aI").strip()
    assert found.head.author == "Ada Example"
    assert found.head.subject == "without notes"
    assert found.changed == 0


@pytest.mark.parametrize(
    "packing",
    [
        [],
        [["gc", "-q", "--aggressive"]],
        [["repack", "-qad", "--depth=50", "--window=50"], ["pack-refs", "--all"]],
        [["config", "pack.indexVersion", "1"], ["repack", "-qad"]],
        [["repack", "-qad"], ["multi-pack-index", "write"], ["commit-graph", "write"]],
    ],
    ids=["loose", "gc", "deltas", "index version 1", "multi-pack index"],
)
def test_the_history_of_each_file_is_the_one_git_tells(git, packing):
    for words in packing:
        git(*words)
    same_as_git(git, looked(git.folder, "train.py", "conf/lr", "sub/deep/eval.py"))


def test_ids_made_with_sha256_are_read(new_git):
    git = new_git("project", "--object-format=sha256")
    git.commit("first", train_py="1\n")
    git.commit("second", train_py="2\n")
    git("gc", "-q")
    found = looked(git.folder, "train.py")
    assert len(ids(found, "train.py")[0]) == 64
    same_as_git(git, found)
    assert found.changed == 0


def test_a_commit_that_is_checked_out_without_a_branch_has_none(git):
    git("checkout", "-q", "HEAD~2")
    found = looked(git.folder)
    assert found.branch == ""
    assert found.head is not None
    assert found.head.text == git("rev-parse", "HEAD").strip()


def test_a_repository_without_a_commit_has_a_branch_and_nothing_else(new_git):
    git = new_git()
    git.write("train.py", "1\n")
    found = looked(git.folder, "train.py")
    assert (found.branch, found.head) == ("main", None)
    assert states(found) == {"train.py": State.OUTSIDE}
    git("add", "train.py")
    assert states(looked(git.folder, "train.py")) == {"train.py": State.ADDED}


def test_a_work_tree_of_its_own_is_read_where_the_repository_is_in_the_project(
    git, tmp_path
):
    git("worktree", "add", "-q", "../second", "other")
    found = looked(tmp_path / "second", "conf/lr", root=tmp_path)
    assert (found.kind, found.branch) == ("work tree", "other")
    assert ids(found, "conf/lr")[0] == git("rev-parse", "other").strip()
    assert found.changed == 0


def test_a_submodule_is_a_repository_of_its_own(git, new_git):
    inner = new_git("inner")
    first = inner.commit("first", data_py="1\n")
    git("submodule", "add", "-q", str(inner.folder), "inner")
    git.commit("with a submodule")
    found = looked(git.folder / "inner", "data.py", root=git.folder)
    assert found.kind == "submodule"
    assert ids(found, "data.py") == [first]
    assert looked(git.folder).changed == 0
    git.write("inner/data.py", "2\n")
    git("commit", "-qam", "in it", folder=git.folder / "inner")
    assert looked(git.folder).changed == 1


def test_what_is_in_no_folder_with_a_repository_says_nothing(tmp_path):
    assert look(Asked(os.fsencode(tmp_path), os.fsencode(tmp_path))) is None
    assert signature(tmp_path, tmp_path) == ""


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_states_are_those_of_git_status(git, version):
    git("config", "index.version", version)
    git.commit("more", same_py="1\n", touched_py="1\n", gone_py="1\n", conf__x="1\n")
    git("update-index", "--index-version", version)
    if version == "3":  # what makes git write it
        git.write("announced.py", "1\n")
        git("add", "-N", "announced.py")
    git.write("train.py", "changed\n")
    git.write("conf/x", "2\n")
    git("add", "conf/x")
    git.write("new.py", "1\n")
    git.write("added.py", "1\n")
    git("add", "added.py")
    os.utime(git.folder / "touched.py", (1, 1))
    (git.folder / "gone.py").unlink()
    paths = ["train.py", "conf/x", "new.py", "added.py", "touched.py", "gone.py"]
    found = looked(git.folder, *paths, "same.py", "conf/lr")
    assert states(found) == {
        "train.py": "uncommitted changes",
        "conf/x": "uncommitted changes",
        "new.py": "not in git",
        "added.py": "added, not committed",
        "touched.py": "committed",
        "gone.py": "uncommitted changes",
        "same.py": "committed",
        "conf/lr": "committed",
    }
    said = git("status", "--porcelain", "--no-renames", "--untracked-files=no")
    assert found.changed == len(said.splitlines())


def test_an_edit_that_keeps_size_and_second_is_seen(git):
    path = git.folder / "train.py"
    git("update-index", "--refresh")
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"end", b"END"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    found = looked(git.folder, "train.py")
    # The same to the stat; git would look at the time of the inode, as is done here.
    assert git("status", "--porcelain").strip() == "M train.py"
    assert states(found) == {"train.py": "uncommitted changes"}


def test_a_copy_of_a_whole_repository_is_clean(git, tmp_path):
    copy = shutil.copytree(git.folder, tmp_path / "copy", symlinks=True)
    found = looked(copy, "train.py")
    assert (found.changed, states(found)) == (0, {"train.py": "committed"})


def test_line_ends_that_git_changes_are_no_change(git):
    git.write(".gitattributes", "*.py text\n")
    git.commit("texts", windows_py="a\nb\n")
    git.write("windows.py", "a\r\nb\r\n")
    found = looked(git.folder, "windows.py")
    assert git("diff", "--stat") == ""
    assert states(found) == {"windows.py": "committed"}


def test_links_and_executable_bits_count_as_in_git(git):
    (git.folder / "latest").symlink_to("train.py")
    git.commit("a link")
    assert looked(git.folder).changed == 0
    (git.folder / "latest").unlink()
    (git.folder / "latest").symlink_to("conf/lr")
    assert looked(git.folder).changed == 1
    (git.folder / "train.py").chmod(0o755)
    assert looked(git.folder).changed == 2


def test_files_in_conflict_are_told(git):
    git("checkout", "-q", "-b", "one")
    git.commit("one", conf__lr="one\n")
    git("checkout", "-q", "main")
    git.commit("two", conf__lr="two\n")
    with pytest.raises(AssertionError):
        git("merge", "one")
    assert states(looked(git.folder, "conf/lr")) == {"conf/lr": "in conflict"}


def test_what_a_sparse_checkout_leaves_out_is_no_change(git):
    git("sparse-checkout", "set", "--cone", "--sparse-index", "conf")
    assert not (git.folder / "sub").exists()
    assert looked(git.folder).changed == 0


def test_a_shallow_clone_says_that_its_history_ends(git, tmp_path):
    git("clone", "-q", "--depth=2", f"file://{git.folder}", str(tmp_path / "shallow"))
    found = looked(tmp_path / "shallow", "train.py")
    assert found.head is not None
    assert ids(found, "train.py") == []
    assert found.notes == ("earlier commits are not here (a shallow clone)",)


def test_objects_borrowed_within_the_project_are_read(git, tmp_path):
    git("clone", "-q", "--shared", str(git.folder), str(tmp_path / "borrowed"))
    found = looked(tmp_path / "borrowed", "train.py", root=tmp_path)
    same_as_git(git, found)
    alone = looked(tmp_path / "borrowed", "train.py")
    assert alone.head is None
    assert "some objects are kept out of the project" in alone.notes


def test_a_split_index_is_said_plainly(git):
    git("update-index", "--split-index")
    git.commit("more", more_py="1\n")
    found = looked(git.folder, "train.py")
    assert found.changed is None
    assert states(found) == {"train.py": "not known"}
    assert "kept in parts (link)" in found.notes[0]
    assert ids(found, "train.py")


def test_branches_kept_as_a_reftable_are_said_not_to_be_read(git):
    git("config", "core.repositoryformatversion", "1")
    git("config", "extensions.refStorage", "reftable")
    with pytest.raises(FormatError, match="kept as reftable, which is not read"):
        looked(git.folder)


def test_the_signature_changes_with_commits_and_what_is_staged(git):
    first = signature(git.folder, git.folder)
    git.write("train.py", "2\n")
    assert signature(git.folder, git.folder) == first
    git("add", "train.py")
    second = signature(git.folder, git.folder)
    git.commit("now")
    assert len({first, second, signature(git.folder, git.folder)}) == 3


def test_a_commit_that_a_run_recorded_is_found(git):
    first = git("rev-list", "--max-parents=0", "HEAD").strip()
    asked = Asked(
        os.fsencode(git.folder), os.fsencode(git.folder), (), (first, "0" * 40, "no")
    )
    found = look(asked)
    assert found is not None
    assert list(found.known) == [first]
    assert found.known[first].subject == "first script"
