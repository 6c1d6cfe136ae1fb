"""Tests of the walk, on real folders with everything that a disk may hold."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlcatalog.domain.errors import Cancelled
from mlcatalog.scanning.walk import Folder, Problem, walk


def write(root: Path, *names: str) -> None:
    for name in names:
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(name.encode())


def files(folders: Iterator[Folder]) -> set[bytes]:
    return {
        folder.path + b"/" + file.name if folder.path else file.name
        for folder in folders
        for file in folder.files
    }


def problems(root: Path) -> dict[bytes, Problem]:
    return {p.path: p for folder in walk(root) for p in folder.problems}


def test_every_file_is_listed_with_what_tells_a_change(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "sub/b.txt")
    top, sub = walk(tmp_path)
    status = (tmp_path / "a.txt").stat()
    assert (top.path, top.folders, top.listed) == (b"", (b"sub",), True)
    (entry,) = top.files
    assert (entry.name, entry.size, entry.inode) == (b"a.txt", 5, status.st_ino)
    assert (entry.mtime_ns, entry.ctime_ns) == (status.st_mtime_ns, status.st_ctime_ns)
    assert sub.path == b"sub"


def test_ignore_files_hold_for_the_folders_below(tmp_path: Path) -> None:
    write(tmp_path, "keep.pt", "x/drop.ckpt", "x/y/drop.ckpt", "x/y/best.ckpt")
    write(tmp_path, ".git/config", "x/__pycache__/m.pyc")
    (tmp_path / ".mlcatalogignore").write_text("*.ckpt\n")
    (tmp_path / "x/y/.mlcatalogignore").write_text("!best.ckpt\n")
    assert files(walk(tmp_path)) == {b"keep.pt", b"x/y/best.ckpt"}


def test_an_ignore_file_that_is_a_pipe_or_a_link_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, "a/x.pt", "b/x.pt", "rules")
    os.mkfifo(tmp_path / "a/.mlcatalogignore")
    (tmp_path / "b/.mlcatalogignore").symlink_to(tmp_path / "rules")
    (tmp_path / "rules").write_text("*.pt\n")
    assert {b"a/x.pt", b"b/x.pt"} <= files(walk(tmp_path))


def test_names_of_any_bytes_survive(tmp_path: Path) -> None:
    names = [b"\xff\xfe.pt", b"new\nline.pt", b"<b>.pt", "é".encode()]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"x")
    assert files(walk(tmp_path)) == set(names)


def test_special_files_are_problems_and_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "null").symlink_to("/dev/null")
    server = socket.socket(socket.AF_UNIX)
    place = Path.cwd()
    os.chdir(tmp_path)
    server.bind("socket")
    os.chdir(place)
    found = problems(tmp_path)
    server.close()
    assert found[b"pipe"].rule == "scan.special-file"
    assert "named pipe" in found[b"pipe"].message
    assert "socket" in found[b"socket"].message
    assert found[b"null"].rule == "scan.link-outside"
    assert files(walk(tmp_path)) == set()


def test_links_are_followed_to_files_inside_only(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(root, "blobs/one", "snap/x")
    write(tmp_path, "secret")
    (root / "snap/inside").symlink_to("../blobs/one")
    (root / "snap/outside").symlink_to(tmp_path / "secret")
    (root / "snap/gone").symlink_to("nowhere")
    (root / "snap/folder").symlink_to("../blobs")
    (root / "snap/loop").symlink_to("..")
    (root / "snap/self").symlink_to("self")
    listed = {e.name: e for f in walk(root) for e in f.files}
    assert listed[b"inside"].is_link
    assert listed[b"inside"].inode == listed[b"one"].inode
    rules = {p.path.removeprefix(b"snap/"): p.rule for p in problems(root).values()}
    assert rules == {
        b"outside": "scan.link-outside",
        b"gone": "scan.link-broken",
        b"folder": "scan.link-folder",
        b"loop": "scan.link-loop",
        b"self": "scan.link-loop",
    }


def test_a_project_reached_through_a_link_is_walked(tmp_path: Path) -> None:
    write(tmp_path, "real/a", "real/b")
    (tmp_path / "real/c").symlink_to("a")
    (tmp_path / "link").symlink_to("real")
    assert files(walk(tmp_path / "link")) == {b"a", b"b", b"c"}


def test_a_folder_that_vanished_is_not_listed(tmp_path: Path) -> None:
    (gone,) = walk(tmp_path / "gone")
    assert not gone.listed
    (inner,) = walk(tmp_path, under=b"gone")
    assert (inner.path, inner.listed) == (b"gone", False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, "shut/a", "open/b")
    (tmp_path / "shut").chmod(0)
    found = list(walk(tmp_path))
    (tmp_path / "shut").chmod(0o700)
    (shut,) = (folder for folder in found if folder.path == b"shut")
    assert not shut.listed
    assert shut.problems[0].rule == "scan.unreadable"
    assert files(iter(found)) == {b"open/b"}


def test_one_folder_alone_and_a_part_of_the_tree(tmp_path: Path) -> None:
    write(tmp_path, "a", "x/b", "x/y/c", "z/d")
    assert files(walk(tmp_path, recursive=False)) == {b"a"}
    assert files(walk(tmp_path, under=b"x")) == {b"x/b", b"x/y/c"}
    assert files(walk(tmp_path, under=b"x", recursive=False)) == {b"x/b"}


def test_a_part_below_an_ignored_or_linked_folder_is_not_walked(tmp_path: Path) -> None:
    write(tmp_path, "venv/lib/a", "real/b")
    (tmp_path / "link").symlink_to("real")
    assert not list(walk(tmp_path, under=b"venv/lib"))
    assert not list(walk(tmp_path, under=b"link"))


def test_inner_projects_keep_their_files(tmp_path: Path) -> None:
    write(tmp_path, "a", "inner/b", "inner/deep/c", "innermost/d")
    for skip in (b"inner", os.fsencode(tmp_path / "inner")):
        assert files(walk(tmp_path, skip=frozenset({skip}))) == {b"a", b"innermost/d"}
    assert not list(walk(tmp_path, under=b"inner/deep", skip=frozenset({b"inner"})))


def test_a_very_deep_tree_is_walked_to_its_end(tmp_path: Path) -> None:
    levels = 3_000  # 9,000 bytes of path: more than the system takes at once
    handle = os.open(tmp_path, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("dd", dir_fd=handle)
        deeper = os.open("dd", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = deeper
    os.close(os.open("leaf", os.O_CREAT | os.O_WRONLY, dir_fd=handle))
    os.close(handle)
    found = list(walk(tmp_path))
    _remove_deep(tmp_path)
    assert len(found) == levels + 1
    assert found[-1].files[0].name == b"leaf"


def _remove_deep(root: Path) -> None:
    """Take the tree apart from the top: rmtree would recurse."""
    top, count = root / "dd", 0
    while top.is_dir():
        inner = top / "dd"
        if inner.is_dir():
            inner.rename(root / f"next{count}")
        shutil.rmtree(top)
        top, count = root / f"next{count}", count + 1


def test_a_walk_reports_and_can_be_stopped(tmp_path: Path) -> None:
    write(tmp_path, "a", "x/b")
    steps: list[tuple[int, int | None, str]] = []

    def report(done: int, total: int | None, note: str) -> None:
        steps.append((done, total, note))

    list(walk(tmp_path, progress=report))
    assert steps == [(1, None, ""), (2, None, "x")]

    def stop(done: int, total: int | None, note: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        list(walk(tmp_path, progress=stop))
