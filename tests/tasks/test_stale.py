"""What is stale is judged again, and nothing is forgotten: changes, doubles, kills."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from present import present_state
from test_flow import safetensors

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.finding import Finding
from mlcatalog.tasks.index import index

TEMPLATE = '[names.model]\ntemplate = "{project}-{date}"\n'


class Project:
    """A folder with a catalogue of its own, indexed as often as it changes."""

    def __init__(self, root: Path) -> None:
        self.root = root / "project"
        self.root.mkdir()
        self.place = root / "lived.db"
        self._fresh = root / "fresh.db"
        self._clock = 1_700_000_000

    def write(self, path: str, content: bytes) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        self._clock += 10
        os.utime(place, (self._clock, self._clock))

    def index(self) -> list[Finding]:
        """Bring the catalogue up to date; it says then what a new one says."""
        with Catalog.open(self.place) as lived:
            index(lived, [self.root], settle_seconds=0)
            state, found = present_state(lived), list(lived.findings())
        self._fresh.unlink(missing_ok=True)
        with Catalog.open(self._fresh) as fresh:
            index(fresh, [self.root], settle_seconds=0)
            assert present_state(fresh) == state
        return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def rules(findings: list[Finding], rule: str) -> set[str]:
    return {Path(f.path).name for f in findings if f.rule == rule}


def test_a_convention_that_comes_and_goes_judges_every_name_of_its_project(
    project: Project,
) -> None:
    for number in range(3):
        project.write(
            f"models/churn-2026010{number + 1}.safetensors", safetensors(number)
        )
    names = {f"churn-2026010{number + 1}.safetensors" for number in range(3)}
    assert rules(project.index(), "name.invalid") == names
    project.write(".mlcatalog.toml", TEMPLATE.encode())
    assert rules(project.index(), "name.invalid") == set()
    project.write(".mlcatalog.toml", TEMPLATE.replace("-", "_").encode())
    assert rules(project.index(), "name.invalid") == names
    project.write(".mlcatalog.toml", b"[names.model]\ntemplate = 3\n")
    assert rules(project.index(), "convention.unusable") == {".mlcatalog.toml"}
    (project.root / ".mlcatalog.toml").unlink()
    assert rules(project.index(), "convention.unusable") == set()


def test_a_double_that_goes_frees_the_other_name(project: Project) -> None:
    project.write("a/one.safetensors", safetensors(1))
    project.write("b/one.safetensors", safetensors(2))
    project.write("c/two.safetensors", safetensors(3))
    assert rules(project.index(), "name.duplicate") == {"one.safetensors"}
    (project.root / "b" / "one.safetensors").unlink()
    assert rules(project.index(), "name.duplicate") == set()
    project.write("b/Two.safetensors", safetensors(4))
    doubles = rules(project.index(), "name.duplicate")
    assert doubles == {"two.safetensors", "Two.safetensors"}


def test_folders_are_judged_as_they_fill_and_empty(project: Project) -> None:
    project.write(".mlcatalog.toml", b'[names.folder]\ntemplate = "{project}-{date}"\n')
    project.write("models/one.safetensors", safetensors(1))
    assert rules(project.index(), "name.invalid") >= {"models"}
    project.write("more/deep/two.safetensors", safetensors(2))
    assert rules(project.index(), "name.invalid") >= {"models", "more", "deep"}
    (project.root / "models" / "one.safetensors").unlink()
    assert "models" not in rules(project.index(), "name.invalid")


def test_what_was_taken_and_not_finished_is_taken_again(project: Project) -> None:
    project.write("a/one.safetensors", safetensors(1))
    project.index()
    project.write("b/one.safetensors", safetensors(2))
    with Catalog.open(project.place) as lived:
        index(lived, [project.root], settle_seconds=0)
    # As a kill leaves it: all is taken, the names are noted, nothing is said.
    with Catalog.open(project.place) as lived:
        work = lived.ingest.judgements
        rows = work.begin({"": "other rules"})
        assert len(rows) == 2
        work.write_doubles(rows, [])
        work.write_names(rows, [])
        work.write_checks(dict.fromkeys(rows, ()))
    assert rules(project.index(), "name.duplicate") == {"one.safetensors"}


def test_a_program_with_other_rules_links_and_judges_all_of_it_again(
    project: Project,
) -> None:
    project.write("a/one.safetensors", safetensors(1))
    project.write("b/one.safetensors", safetensors(1))
    project.index()
    with Catalog.open(project.place) as lived:
        # As a program that knew nothing of copies would have left it.
        lived.ingest.write_link((), (), ())
        lived.ingest.judgements.done({"": "older rules"})
        assert lived.graph("").edges == ()
    project.index()
    with Catalog.open(project.place) as lived:
        assert [edge.relation for edge in lived.graph("").edges] == ["copy_of"]
