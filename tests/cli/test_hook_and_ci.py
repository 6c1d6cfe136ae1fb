"""The pre-commit hooks and the CI job, run as git, pre-commit and a runner would."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.cli.sarif_form import LOG
from tests.cli.test_checking import RIGHT, WRONG, weights

HERE = Path(__file__).parents[2]
HOOKS = {
    hook["id"]: hook
    for hook in yaml.safe_load((HERE / ".pre-commit-hooks.yaml").read_text())
}
JOB = yaml.safe_load((HERE / "packaging" / "code-scanning.yml").read_text())
pytestmark = pytest.mark.skipif(
    os.name == "nt" or shutil.which("git") is None, reason="needs git and a shell"
)


class Repository:
    """A git repository of somebody with the hooks, and `mlcatalog` on the path."""

    def __init__(self, tmp_path: Path) -> None:
        self.root = tmp_path / "repo"
        self.root.mkdir()
        self._home = tmp_path / "home"
        bin_ = tmp_path / "bin"
        bin_.mkdir()
        program = bin_ / "mlcatalog"
        python = shlex.quote(sys.executable)
        program.write_text(f'#!/bin/sh\nexec {python} -m mlcatalog "$@"\n')
        program.chmod(0o755)
        self._env = {
            **os.environ,
            "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self._home),
            "MLCATALOG_HOME": str(self._home),
            "XDG_CONFIG_HOME": str(self._home),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        self._env.pop("MLCATALOG_CATALOG", None)
        self._run("git", "init", "-q")

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.root,
            env=self._env,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def staged(self) -> list[str]:
        """The files of the commit, as pre-commit asks git for them."""
        self._run("git", "add", "-A")
        said = self._run("git", "diff", "--staged", "--name-only", "-z")
        return [name for name in said.stdout.split("\0") if name]

    def hook(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run a hook on what is staged; a hook that nothing concerns is skipped."""
        hook = HOOKS[name]
        wanted = re.compile(hook.get("files", ""))
        files = [path for path in self.staged() if wanted.search(path)]
        given = files if hook.get("pass_filenames", True) else []
        assert files or hook.get("always_run"), "the hook would be skipped"
        return self._run(*shlex.split(hook["entry"]), *given)

    def shell(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line as a step of a job does."""
        return self._run("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", line)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path)
    weights(made.root / "models" / f"{RIGHT}.safetensors")
    (made.root / "README.md").write_text("# churn\n")
    return made


def test_the_hook_stops_a_commit_with_a_wrong_name(repository: Repository) -> None:
    assert repository.hook("mlcatalog-check").returncode == 0
    weights(repository.root / "models" / "deep" / f"{WRONG}.safetensors")
    weights(repository.root / "model (3).safetensors")
    done = repository.hook("mlcatalog-check")
    assert done.returncode == 1, done.stderr
    assert "clss is no known task" in done.stdout
    assert "model (3)" in done.stdout
    assert RIGHT not in done.stdout
    assert not (repository.root / ".mlcatalog").exists()


def test_the_hook_holds_a_name_against_a_run_elsewhere_in_the_repository(
    repository: Repository,
) -> None:
    (repository.root / "data").mkdir()
    (repository.root / "data" / "telco_v4.csv").write_text("a,b\n1,2\n")
    (repository.root / "dvc.lock").write_text(
        "schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n    deps:\n"
        "    - path: data/telco_v4.csv\n      md5: 0123456789abcdef0123456789abcdef\n"
        f"    outs:\n    - path: models/{RIGHT}.safetensors\n"
        "      md5: fedcba9876543210fedcba9876543210\n"
    )
    done = repository.hook("mlcatalog-check")
    assert done.returncode == 1
    assert "says telco_v3; linked data: telco_v4" in done.stdout


def test_the_hook_stops_a_convention_that_cannot_be_used(
    repository: Repository,
) -> None:
    (repository.root / ".mlcatalog.toml").write_text(
        "[names.model]\ntemplate = '{projct}'\n"
    )
    done = repository.hook("mlcatalog-check")
    assert done.returncode == 1, done.stderr
    assert "line 2: names.model.template" in done.stdout


def test_the_hook_for_everything_reads_the_repository(repository: Repository) -> None:
    (repository.root / "models" / f"{WRONG}.gguf").write_bytes(b"GGUF\x03")
    done = repository.hook("mlcatalog-check-all")
    assert done.returncode == 1
    assert "integrity.unreadable" in done.stdout


def steps(words: Sequence[str]) -> list[str]:
    found: list[dict[str, Any]] = JOB["jobs"]["names"]["steps"]
    lines = [step["run"] for step in found if "run" in step]
    return [line for line in lines if all(word in line for word in words)]


def test_the_ci_job_writes_a_log_for_code_scanning(repository: Repository) -> None:
    weights(repository.root / "models" / f"{WRONG}.safetensors")
    (line,) = steps(["mlcatalog check"])
    done = repository.shell(line)
    assert done.returncode == 0, done.stderr
    log = json.loads((repository.root / "mlcatalog.sarif").read_text())
    jsonschema.Draft202012Validator(LOG).validate(log)
    uris = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in log["runs"][0]["results"]
        if result["ruleId"] == "name.invalid"
    ]
    assert uris == [f"models/{WRONG}.safetensors"]
    assert line in (HERE / "packaging" / "checking.md").read_text()
    assert repository.shell(line.replace(" . ", " nowhere ")).returncode == 1


def test_the_job_uploads_what_it_wrote_and_may_do_so() -> None:
    upload = JOB["jobs"]["names"]["steps"][-1]
    assert "upload-sarif" in upload["uses"]
    assert f"> {upload['with']['sarif_file']} " in steps(["mlcatalog check"])[0]
    assert JOB["permissions"]["security-events"] == "write"


def test_the_page_names_every_hook() -> None:
    page = (HERE / "packaging" / "checking.md").read_text()
    assert all(f"id: {name}" in page for name in HOOKS)
