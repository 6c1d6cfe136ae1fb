"""Repositories that the real git makes, the same on every machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

BEGUN = 1_767_225_600  # 2026-01-01T00:00:00Z


@dataclass
class Git:
    """Runs git in a folder, a minute later at each commit."""

    folder: Path
    home: Path
    commits: int = 0
    options: list[str] = field(default_factory=list)

    def __call__(self, *words: str, folder: Path | None = None) -> str:
        moment = f"{BEGUN + 60 * self.commits} +0200"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada Example",
            "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_COMMITTER_NAME": "Ada Example",
            "GIT_COMMITTER_EMAIL": "ada@example.org",
            "GIT_AUTHOR_DATE": moment,
            "GIT_COMMITTER_DATE": moment,
            "LC_ALL": "C",
        }
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *self.options, *words],
            cwd=folder or self.folder,
            env=environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", "surrogateescape")

    def write(self, name: str, text: str) -> Path:
        """Write a file of the work tree."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def commit(self, subject: str, **texts: str) -> str:
        """Commit all, after writing files (a_b.py stands for a/b.py)."""
        for name, text in texts.items():
            self.write(name.replace("__", "/").replace("_py", ".py"), text)
        self.commits += 1
        self("add", "-A")
        self("commit", "-q", "--allow-empty", "-m", subject)
        return self("rev-parse", "HEAD").strip()


@pytest.fixture
def new_git(tmp_path: Path) -> Callable[..., Git]:
    """Makes a repository in a folder of a project."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed; the repositories here are made by it")
    home = tmp_path / "home"
    home.mkdir()

    def made(name: str = "project", *options: str) -> Git:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        git = Git(folder, home)
        git("init", "-q", "-b", "main", *options)
        return git

    return made


@pytest.fixture
def git(new_git: Callable[..., Git]) -> Git:
    """A repository with a history: edits, a rename, a merge, a deletion."""
    git = new_git()
    text = "".join(f"line {number}\n" for number in range(400))
    git.commit("first script", train_py=text, conf__lr="0.1\n")
    for number in range(6):
        changed = text.replace(f"line {number}\n", f"changed {number}\n")
        git.commit(f"edit {number}", train_py=changed, sub__deep__eval_py=f"{number}\n")
    git("checkout", "-q", "-b", "other")
    git.commit("on another branch", conf__lr="0.2\n")
    git("checkout", "-q", "main")
    git.commit("on main", train_py=text + "end\n")
    git.commits += 1
    git("merge", "-q", "--no-ff", "-m", "merge other", "other")
    git.commit("gone", notes="x\n")
    (git.folder / "notes").unlink()
    git.commit("without notes")
    return git
