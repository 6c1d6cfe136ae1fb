"""Hostile repositories: nothing runs, nothing outside is opened, all is bounded."""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import zlib
from hashlib import sha1
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlcatalog.domain.errors import FormatError
from mlcatalog.trackers.git import index_file, packs
from mlcatalog.trackers.git.bounded import Boundary, OutsideError, TooLargeError
from mlcatalog.trackers.git.commits import History
from mlcatalog.trackers.git.objects import Objects
from mlcatalog.trackers.git.repository import Asked, Look, look
from mlcatalog.trackers.git.worktree import State

PATHS = (b"train.py", b"conf/lr", b"sub/deep/eval.py")
SLOW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
EDITS = st.lists(
    st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=6
)


def looked(folder: Path) -> Look | None:
    return look(Asked(os.fsencode(folder), os.fsencode(folder), PATHS))


def looks_or_refuses(folder: Path) -> None:
    with contextlib.suppress(FormatError):
        assert looked(folder) is not None


def spoiled(raw: bytes, edits: list[tuple[int, int]]) -> bytes:
    changed = bytearray(raw)
    for place, value in edits:
        changed[place % len(changed)] = value
    return bytes(changed)


def test_no_hook_filter_or_monitor_of_a_repository_runs(git, tmp_path):
    ran = tmp_path / "ran"
    blow = git.folder / "blow.sh"
    blow.write_text(f"#!/bin/sh\ntouch '{ran}'\ncat\n")
    blow.chmod(0o755)
    git.commit("a trap")
    for hook in (
        "post-checkout",
        "pre-commit",
        "fsmonitor-watchman",
        "post-index-change",
    ):
        shutil.copy(blow, git.folder / ".git/hooks" / hook)
    with (git.folder / ".git/config").open("a") as config:
        config.write(
            f'[core]\n\tfsmonitor = "{blow}"\n\thooksPath = "{git.folder}"\n'
            f"\tsshCommand = {blow}\n\tpager = {blow}\n"
            f'[filter "trap"]\n\tclean = {blow}\n\tsmudge = {blow}\n\tprocess = {blow}\n'
            f"[include]\n\tpath = {blow}\n[diff]\n\texternal = {blow}\n"
        )
    git.write(".gitattributes", "* filter=trap\n")
    git.write("train.py", "changed\n")
    found = looked(git.folder)
    assert found is not None
    # What the filter would make of the file is not known without running it.
    assert found.files[b"train.py"].state is State.UNKNOWN
    assert not ran.exists()


def test_a_repository_file_that_leads_out_is_not_followed(git, tmp_path):
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / ".git").write_text(f"gitdir: {git.folder}/.git\n")
    with pytest.raises(OutsideError):
        looked(trap)
    (trap / ".git").unlink()
    (trap / ".git").symlink_to(git.folder / ".git")
    with pytest.raises(OutsideError):
        looked(trap)


def test_objects_behind_a_link_out_are_not_opened(git, tmp_path):
    trap = shutil.copytree(git.folder, tmp_path / "trap")
    shutil.rmtree(trap / ".git/objects")
    (trap / ".git/objects").symlink_to(git.folder / ".git/objects")
    with pytest.raises(OutsideError):
        looked(trap)


def test_a_head_that_names_a_file_out_of_the_repository_is_refused(git, tmp_path):
    (tmp_path / "secret").write_text("0" * 40)
    for name in ("refs/../../../secret", "refs/heads//x", "/etc/passwd", "refs"):
        (git.folder / ".git/HEAD").write_text(f"ref: {name}\n")
        with pytest.raises(FormatError, match="It names"):
            looked(git.folder)


def test_names_that_lead_in_a_circle_are_refused(git):
    (git.folder / ".git/refs/heads/a").write_text("ref: refs/heads/b\n")
    (git.folder / ".git/refs/heads/b").write_text("ref: refs/heads/a\n")
    (git.folder / ".git/HEAD").write_text("ref: refs/heads/a\n")
    with pytest.raises(FormatError, match="circle"):
        looked(git.folder)


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(git):
    head = git.folder / ".git/HEAD"
    head.unlink()
    os.mkfifo(head)
    with pytest.raises(FormatError):
        looked(git.folder)


def test_a_half_written_index_is_told_and_the_history_is_kept(git):
    index = git.folder / ".git/index"
    index.write_bytes(index.read_bytes()[:-30])
    found = looked(git.folder)
    assert found is not None
    assert found.changed is None
    assert found.files[b"train.py"].state is State.UNKNOWN
    assert found.files[b"train.py"].changes


def test_an_object_that_is_another_than_its_name_says_is_refused(git):
    commit = git("rev-parse", "HEAD").strip()
    other = git("rev-parse", "HEAD~1").strip()
    objects = git.folder / ".git/objects"
    target = objects / commit[:2] / commit[2:]
    target.chmod(0o644)
    shutil.copy(objects / other[:2] / other[2:], target)
    with pytest.raises(FormatError, match="something else"):
        looked(git.folder)


def test_an_object_that_unpacks_to_more_than_it_says_is_refused(git):
    commit = git("rev-parse", "HEAD").strip()
    target = git.folder / ".git/objects" / commit[:2] / commit[2:]
    target.chmod(0o644)
    target.write_bytes(zlib.compress(b"commit 100\0" + b"x" * 50_000_000, 9))
    with pytest.raises(FormatError, match="longer than it says"):
        looked(git.folder)


def test_an_object_that_says_to_be_huge_is_not_unpacked(git):
    commit = git("rev-parse", "HEAD").strip()
    target = git.folder / ".git/objects" / commit[:2] / commit[2:]
    target.chmod(0o644)
    target.write_bytes(zlib.compress(b"commit 99999999999\0" + b"x" * 1_000_000, 9))
    with pytest.raises(TooLargeError):
        looked(git.folder)


def a_pack(folder: Path, entries: list[tuple[bytes, bytes]]) -> packs.Pack:
    """A pack of raw entries (the object's id, the bytes in the pack), with its index."""
    body = b"PACK" + struct.pack(">II", 2, len(entries))
    places = {}
    for identity, raw in entries:
        places[identity] = len(body)
        body += raw
    (folder / "p.pack").write_bytes(body + sha1(body).digest())
    ids = sorted(places)
    fanout = [sum(1 for i in ids if i[0] <= first) for first in range(256)]
    index = b"\xfftOc" + struct.pack(">I", 2) + struct.pack(">256I", *fanout)
    index += b"".join(ids) + b"\0" * 4 * len(ids)
    index += b"".join(struct.pack(">I", places[i]) for i in ids)
    (folder / "p.idx").write_bytes(index + b"\0" * 40)
    return packs.Pack(folder / "p.idx", Boundary.of(folder), 20)


def referring(base: bytes, delta: bytes) -> bytes:
    return bytes([7 << 4 | len(delta)]) + base + zlib.compress(delta)


def test_deltas_on_one_another_in_a_circle_end(tmp_path):
    one, two = b"\x01" * 20, b"\x02" * 20
    delta = b"\x05\x05\x90\x05"
    pack = a_pack(
        tmp_path, [(one, referring(two, delta)), (two, referring(one, delta))]
    )
    with pytest.raises(FormatError, match="too much"):
        pack.read(pack.find(one) or 0, 1_000)
    pack.close()


def test_a_delta_that_grows_without_end_is_refused(tmp_path):
    base, big = b"\x01" * 20, b"\x02" * 20
    content = b"x" * 15
    size = b"\xff\xff\xff\xff\x07"  # 2 GiB
    delta = bytes([len(content)]) + size + b"\x90\x0f" * 3
    entries = [(base, bytes([3 << 4 | 15]) + zlib.compress(content))]
    pack = a_pack(tmp_path, [*entries, (big, referring(base, delta[:15]))])
    with pytest.raises(FormatError):
        pack.read(pack.find(big) or 0, 1_000)
    pack.close()


def test_an_index_that_says_to_have_billions_of_entries_is_refused():
    raw = struct.pack(">4sII", b"DIRC", 2, 0xFFFFFFFF) + b"\0" * 60
    with pytest.raises(FormatError):
        index_file.parsed(raw, Path("index"), 20)


def test_folders_in_one_another_are_bounded(git):
    deep = "x/" * 300 + "file"
    git.write(deep, "1\n")
    git.commit("deep")
    git.write("other", "1\n")
    git("add", "other")  # so that the index does not know the tree
    found = look(Asked(*[os.fsencode(git.folder)] * 2, (deep.encode(),)))
    assert found is not None
    assert found.files[deep.encode()].state is State.COMMITTED


@SLOW
@given(edits=EDITS, cut=st.integers(0, 1 << 16))
@pytest.mark.parametrize("version", ["2", "4"])
def test_a_spoiled_index_is_read_or_refused(git, version, edits, cut):
    git("update-index", "--index-version", version)
    whole = (git.folder / ".git/index").read_bytes()
    body = spoiled(whole[:-20], edits)[: max(12, cut % len(whole))]
    for raw in (body + sha1(body).digest(), body):
        with contextlib.suppress(FormatError):
            index_file.parsed(raw, Path("index"), 20)


@SLOW
@given(edits=EDITS, which=st.sampled_from([".idx", ".pack"]), cut=st.booleans())
def test_a_spoiled_pack_is_read_or_refused(git, edits, which, cut):
    if not list((git.folder / ".git/objects/pack").glob("*.pack")):
        git("gc", "-q", "--aggressive")
    (path,) = (git.folder / ".git/objects/pack").glob(f"*{which}")
    whole = path.read_bytes()
    path.chmod(0o644)
    raw = spoiled(whole, edits)
    path.write_bytes(raw[: edits[0][0] % len(raw)] if cut else raw)
    try:
        looks_or_refuses(git.folder)
    finally:
        path.write_bytes(whole)


@SLOW
@given(raw=st.binary(max_size=300), edits=EDITS)
def test_spoiled_commits_and_trees_are_read_or_refused(git, raw, edits):
    place = git.folder / ".git"
    objects = Objects(place / "objects", Boundary.of(git.folder), 20)
    history = History(objects, place, 20)
    head = bytes.fromhex(git("rev-parse", "HEAD").strip())
    content = objects.get(head, "commit", 10_000) or b""
    for one in (raw, spoiled(content, edits)):
        with contextlib.suppress(FormatError):
            history._parsed(head, one)
        with contextlib.suppress(FormatError):
            history._entries(one)
    objects.close()


@SLOW
@given(delta=st.binary(max_size=200), base=st.binary(max_size=200))
def test_any_bytes_as_a_delta_are_applied_or_refused(delta, base):
    with contextlib.suppress(FormatError):
        packs.patched(base, delta, Path("p.pack"))
