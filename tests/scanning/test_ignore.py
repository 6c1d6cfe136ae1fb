"""Tests of the ignore rules."""

from __future__ import annotations

import pytest

from mlcatalog.scanning.ignore import Ignore


def verdict(rules: str, path: str, *, is_dir: bool = False) -> bool:
    """Whether a walk would leave the path out, looking at each folder on the way."""
    ignore = Ignore.nothing().with_rules(rules.encode())
    *folders, name = path.encode().split(b"/")
    for folder in folders:
        if ignore.ignores(folder, True):
            return True
        ignore = ignore.child(folder)
    return ignore.ignores(name, is_dir)


@pytest.mark.parametrize(
    ("rules", "path", "ignored"),
    [
        ("*.ckpt", "a.ckpt", True),
        ("*.ckpt", "deep/down/a.ckpt", True),
        ("*.ckpt", "a.ckpt.txt", False),
        ("/a.bin", "a.bin", True),
        ("/a.bin", "sub/a.bin", False),
        ("sub/a.bin", "sub/a.bin", True),
        ("sub/a.bin", "other/sub/a.bin", False),
        ("**/sub/a.bin", "other/more/sub/a.bin", True),
        ("**/sub/a.bin", "sub/a.bin", True),
        ("data/**", "data/x/y.csv", True),
        ("data/**", "other/data/x.csv", False),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**/b", "a/x/y/c", False),
        ("scratch/", "scratch/x.pt", True),
        ("scratch/", "scratch", False),
        ("*.pt\n!keep.pt", "keep.pt", False),
        ("*.pt\n!keep.pt\nkeep.pt", "keep.pt", True),
        ("out/\n!out/keep.pt", "out/keep.pt", True),
        ("run?", "run1", True),
        ("run?", "run12", False),
        ("run[0-9]", "run5", True),
        ("run[!0-9]", "run5", False),
        ("run[!0-9]", "runx", True),
        ("run[", "run[", True),
        ("run[z-a]", "runb", False),
        (r"\#x", "#x", True),
        ("#x", "#x", False),
        (r"\!x", "!x", True),
        ("name   ", "name", True),
        ("name\\ ", "name ", True),
        ("a*b*c*d*e*f*g*h*!", "a" * 60, False),
        ("************a", "b" * 3_000, False),
        ("", "x", False),
        ("/", "x", False),
        ("\r\n*.a\r\n", "x.a", True),
        ("a.b", "axb", False),
    ],
)
def test_rules_decide_as_git_has_them(rules: str, path: str, ignored: bool) -> None:
    assert verdict(rules, path) is ignored


@pytest.mark.parametrize(
    ("name", "is_dir", "ignored"),
    [
        (".git", True, True),
        ("__pycache__", True, True),
        ("node_modules", True, True),
        ("venv", True, True),
        ("venv", False, False),
        ("x.pyc", False, True),
        ("model.safetensors.part", False, True),
        ("x~", False, True),
        (".DS_Store", False, True),
        (".mlcatalogignore", False, True),
        (".mlcatalog.db", False, True),
        ("dvc.lock", False, False),
        ("model.lock", False, True),
        ("model.safetensors", False, False),
        (".hydra", True, False),
    ],
)
def test_the_defaults_are_sensible(name: str, is_dir: bool, ignored: bool) -> None:
    assert Ignore.default().ignores(name, is_dir) is ignored


def test_a_deeper_file_speaks_after_a_higher_one() -> None:
    top = Ignore.nothing().with_rules(b"*.pt\n/only/here.txt")
    below = top.child(b"only").with_rules(b"!best.pt\n/anchored")
    assert not below.ignores(b"best.pt", False)
    assert below.ignores(b"last.pt", False)
    assert below.ignores(b"here.txt", False)
    assert below.ignores(b"anchored", False)
    assert not below.child(b"x").ignores(b"anchored", False)


def test_names_that_are_not_utf8_are_matched() -> None:
    ignore = Ignore.nothing().with_rules(b"*.pt")
    assert ignore.ignores(b"\xff\xfe.pt", False)
    assert ignore.ignores("\udcff.pt", False)
