"""What git knows of scripts, configs and models reaches the catalogue."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Detail
from mlcatalog.domain.finding import Check
from mlcatalog.domain.words import CheckState, Kind
from mlcatalog.tasks.index import index
from mlcatalog.tasks.report import write_report
from mlcatalog.tasks.watch import Watch

RECORDED = "0123456789abcdef0123456789abcdef01234567"
TRAIN = "import json\njson.dump({'f1': 0.9}, open('runs/a/metrics.json', 'w'))\n"
Git = Callable[..., str]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "runs/a").mkdir(parents=True)
    (folder / "train.py").write_text(TRAIN)
    (folder / "runs/a/config.yaml").write_text("script: train.py\noutput_dir: runs/a\n")
    return folder


@pytest.fixture
def git(project: Path, tmp_path: Path) -> Git:
    if shutil.which("git") is None:
        pytest.skip("git is not installed; the repository here is made by it")

    def run(*words: str, at: str = "2026-03-01T10:00:00+0100") -> str:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": at,
            "GIT_COMMITTER_DATE": at,
        }
        who = ["-c", "user.name=Ada Example", "-c", "user.email=ada@example.org"]
        return subprocess.run(
            ["git", *who, *words],
            cwd=project,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    run("init", "-q", "-b", "main")
    return run


def commit(git: Git, subject: str, at: str = "2026-03-01T10:00:00+0100") -> str:
    git("add", "-A")
    git("commit", "-q", "-m", subject, at=at)
    return git("rev-parse", "HEAD").strip()


def detail(catalog: Catalog, name: str) -> Detail:
    return catalog.detail(catalog.find(name).id)


def test_a_script_knows_its_commit_and_whether_it_was_edited_since(
    catalog, project, git
):
    first = commit(git, "first")
    index(catalog, [project])
    script = detail(catalog, "train.py")
    assert script.fact("git.commit") == first
    assert script.fact("git.date") == "2026-03-01T10:00:00+01:00"
    assert script.fact("git.author") == "Ada Example"
    assert script.fact("git.state") == "committed"
    assert script.fact("git.head") == f"{first[:12]} main"
    (project / "train.py").write_text(TRAIN + "# more\n")
    index(catalog, [project])
    assert detail(catalog, "train.py").fact("git.state") == "uncommitted changes"
    second = commit(git, "second", "2026-03-02T10:00:00+0100")
    index(catalog, [project])
    script = detail(catalog, "train.py")
    assert script.fact("git.state") == "committed"
    assert script.fact("git.commit") == second
    assert first[:12] in script.fact("git.history")


def test_a_repository_that_goes_away_takes_its_facts_with_it(catalog, project, git):
    commit(git, "first")
    index(catalog, [project])
    shutil.rmtree(project / ".git")
    index(catalog, [project])
    keys = {fact.key for fact in detail(catalog, "train.py").facts}
    assert not {key for key in keys if key.startswith("git.")}


def test_an_inner_repository_speaks_for_its_own_files(catalog, project, git):
    commit(git, "outer")
    inner = project / "inner"
    inner.mkdir()
    (inner / "helper.py").write_text("import os\n")
    git("-C", "inner", "init", "-q", "-b", "own")
    git("-C", "inner", "add", "-A")
    git("-C", "inner", "commit", "-q", "-m", "inner", at="2026-04-01T10:00:00+0000")
    index(catalog, [project])
    assert detail(catalog, "helper.py").fact("git.head").endswith(" own")
    assert detail(catalog, "train.py").fact("git.head").endswith(" main")


def test_a_repository_that_cannot_be_read_is_one_finding(catalog, project, git):
    commit(git, "first")
    (project / ".git/HEAD").write_text("nonsense\n")
    index(catalog, [project])
    (found,) = [f for f in catalog.findings() if f.rule == "code.repository-unread"]
    assert "holds no id" in found.message
    assert detail(catalog, "train.py").fact("git.commit") == ""
    (project / ".git/HEAD").write_text("ref: refs/heads/main\n")
    index(catalog, [project])
    assert not [f for f in catalog.findings() if f.rule == "code.repository-unread"]
    assert detail(catalog, "train.py").fact("git.state") == "committed"


def test_a_commit_without_an_edit_is_seen_while_watching(catalog, project, git):
    looked: list[str] = []
    watch = Watch(catalog, lambda event: looked.append(event.event), settle_seconds=0.1)
    watch.add(catalog.add_project(project))
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        wait(lambda: "scanned" in looked)
        first = commit(git, "first")
        wait(lambda: detail(catalog, "train.py").fact("git.commit") == first)
    finally:
        watch.stop()
        thread.join()


def wait(met: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not met():
        assert time.monotonic() < end
        time.sleep(0.1)


def model_in(project: Path) -> None:
    header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}})
    raw = struct.pack("<Q", len(header)) + header.encode() + struct.pack("<2f", 1, 2)
    (project / "runs/a/final.safetensors").write_bytes(raw)


def checked(catalog: Catalog, check: str) -> Check:
    (model,) = [s for s in catalog.list("", sort="path") if s.kind is Kind.MODEL]
    return next(c for c in catalog.detail(model.id).checks if c.check == check)


def test_the_commit_before_a_run_is_the_code_of_its_model(catalog, project, git):
    first = commit(git, "first", "2026-01-01T10:00:00+0100")
    (project / "runs/a/metrics.json").write_text('{"f1": 0.9}')
    model_in(project)
    index(catalog, [project])
    found = checked(catalog, "training script and code")
    assert found.state is CheckState.MET
    assert found.evidence == (
        f"train.py @ {first[:8]}, found in git: the last before the run, "
        "unchanged since"
    )


def test_the_commit_that_a_run_recorded_beats_the_one_found_in_git(
    catalog, project, git
):
    first = commit(git, "first", "2026-01-01T10:00:00+0100")
    (project / "train.py").write_text(TRAIN + "# other\n")
    commit(git, "second", "2026-01-02T10:00:00+0100")
    (project / "runs/a/metrics.json").write_text(
        json.dumps({"f1": 0.9, "git_commit": first})
    )
    model_in(project)
    index(catalog, [project])
    found = checked(catalog, "training script and code")
    assert found.state is CheckState.MET
    assert found.evidence == f"train.py @ {first[:8]}"
    (run,) = [s for s in catalog.list("", sort="path") if s.kind is Kind.RUN]
    assert catalog.detail(run.id).fact("code.commit.subject") == "first"


def test_a_dossier_prints_the_commits_of_the_code(catalog, project, git, tmp_path):
    first = commit(git, "first", "2026-01-01T10:00:00+0100")
    (project / "runs/a/metrics.json").write_text('{"f1": 0.9}')
    model_in(project)
    index(catalog, [project])
    (model,) = [s for s in catalog.list("", sort="path") if s.kind is Kind.MODEL]
    write_report(catalog, [f"id:{model.id}"], tmp_path / "out.pdf")
    reader = pypdf.PdfReader(tmp_path / "out.pdf")
    text = "".join(page.extract_text() for page in reader.pages)
    assert first in "".join(text.split())
    assert "committed" in "".join(text.split())


def used(catalog: Catalog) -> dict[str, str]:
    """What is said of the script and config of the one run, by their names."""
    graph = catalog.graph("", limit=100)
    names = {node.id: node.name for node in graph.nodes}
    kinds = {node.id: node.kind for node in graph.nodes}
    return {
        names[edge.parent]: edge.best.detail.rpartition("; ")[2]
        for edge in graph.edges
        if kinds[edge.child] is Kind.RUN
        and kinds[edge.parent] in (Kind.SCRIPT, Kind.CONFIG)
    }


def test_a_run_says_which_version_of_its_code_was_at_its_commit(catalog, project, git):
    first = commit(git, "first", "2026-01-01T10:00:00+0100")
    (project / "runs/a/metrics.json").write_text(
        json.dumps({"f1": 0.9, "git_commit": first})
    )
    index(catalog, [project])
    assert used(catalog)["train.py"] == f"train.py at {first[:8]}, the same now"
    (project / "train.py").write_text(TRAIN + "# more\n")
    index(catalog, [project])
    assert (
        used(catalog)["train.py"]
        == (
            f"train.py at {first[:8]}, in git the same now; the file: uncommitted changes"
        ).rpartition("; ")[2]
    )
    second = commit(git, "second", "2026-01-02T10:00:00+0100")
    index(catalog, [project])
    assert used(catalog)["train.py"] == (
        f"train.py at {first[:8]}, changed since, last in {second[:8]}"
    )
    assert used(catalog)["config.yaml"] == f"config.yaml at {first[:8]}, the same now"


def test_a_script_that_came_later_is_not_at_the_commit_of_the_run(
    catalog, project, git
):
    (project / "train.py").unlink()
    first = commit(git, "without a script", "2026-01-01T10:00:00+0100")
    (project / "train.py").write_text(TRAIN)
    commit(git, "with one", "2026-01-02T10:00:00+0100")
    (project / "runs/a/metrics.json").write_text(
        json.dumps({"f1": 0.9, "git_commit": first})
    )
    index(catalog, [project])
    assert used(catalog)["train.py"] == f"train.py is not in git at {first[:8]}"


def test_what_git_adds_is_no_reason_to_believe_a_guess_more(catalog, project, git):
    first = commit(git, "first", "2026-01-01T10:00:00+0100")
    (project / "runs/a/config.yaml").write_text("lr: 0.1\n")
    (project / "runs/a/metrics.json").write_text(
        json.dumps({"f1": 0.9, "git_commit": first})
    )
    index(catalog, [project])
    graph = catalog.graph("", limit=100)
    (edge,) = [e for e in graph.edges if e.relation.value == "configured_by"]
    assert edge.best.evidence.value == "inferred"
    assert f"config.yaml at {first[:8]}" in edge.best.detail


def test_a_project_in_a_folder_of_a_repository_knows_its_commits(catalog, project, git):
    first = commit(git, "first", "2026-01-01T10:00:00+0100")
    part = project / "runs"
    (part / "a/train.py").write_text(TRAIN)
    (part / "a/metrics.json").write_text(json.dumps({"f1": 0.9, "git_commit": first}))
    second = commit(git, "second", "2026-01-02T10:00:00+0100")
    index(catalog, [part])
    script = detail(catalog, "train.py")
    assert script.fact("git.commit") == second
    assert script.fact("git.state") == "committed"
    (run,) = [s for s in catalog.list("", sort="path") if s.kind is Kind.RUN]
    assert catalog.detail(run.id).fact("code.commit.subject") == "first"
    git("init", "-q", "-b", "own", str(part))
    git("-C", str(part), "add", "-A")
    git("-C", str(part), "commit", "-q", "-m", "now by itself")
    index(catalog, [part])
    script = detail(catalog, "train.py")
    assert script.fact("git.head").endswith(" own")
    assert script.fact("git.subject") == "now by itself"
    shutil.rmtree(part / ".git")
    index(catalog, [part])
    assert detail(catalog, "train.py").fact("git.commit") == second


def test_a_work_tree_that_leads_out_to_a_stranger_is_one_finding(
    catalog, project, git, tmp_path
):
    commit(git, "first")
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "train.py").write_text(TRAIN)
    (trap / ".git").write_text(f"gitdir: {project}/.git\n")
    index(catalog, [trap])
    (found,) = [f for f in catalog.findings() if f.rule == "code.repository-unread"]
    assert "does not name this folder" in found.message
    assert detail(catalog, "train.py").fact("git.commit") == ""
