"""A whole project of bad input: each thing costs one row, and the rest is indexed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hostile
import pytest
from PySide6.QtCore import Qt

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.finding import Finding
from mlcatalog.tasks.index import index
from mlcatalog.tasks.verify import verify_artifacts
from mlcatalog.ui.library.artifact_item_model import ArtifactItemModel
from mlcatalog.ui.library.columns import COLUMNS
from mlcatalog.ui.library.loading import Block
from mlcatalog.ui.pieces import words

# Root may read everything; without these two powers it is like anyone else.
AS_ANYONE = """
import ctypes, os, sys
if os.geteuid() == 0:
    for power in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, power, 0, 0, 0)  # PR_CAPBSET_DROP
os.execv(sys.executable, [sys.executable, "-m", "mlcatalog", *sys.argv[1:]])
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad")


@pytest.fixture(scope="module")
def marker(place: Path) -> Path:
    return place / "ran"


@pytest.fixture(scope="module")
def project(place: Path, marker: Path) -> Iterator[Path]:
    """The project, with a locked folder and a locked file."""
    project = place / "project"
    project.mkdir()
    outside = place / "outside" / "secret.csv"
    outside.parent.mkdir()
    outside.write_text("secret\n1\n")
    hostile.payloads(project / "payloads", marker)
    hostile.damaged(project / "damaged")
    hostile.hostile(project / "hostile")
    hostile.odd_names(project / "names")
    hostile.special(project / "special", outside)
    hostile.sparse(project / "sparse")
    locked = project / "locked"
    locked.mkdir()
    (locked / "data.csv").write_text("a\n1\n")
    shut = project / "shut.csv"
    shut.write_text("a\n1\n")
    good = project / "good.csv"
    good.write_text("name,age\nann,1\n")
    for path in (shut, good):
        os.utime(path, (hostile.OLD, hostile.OLD))
    locked.chmod(0)
    shut.chmod(0)
    yield project
    locked.chmod(0o700)


@pytest.fixture(scope="module")
def report(project: Path, place: Path) -> dict[str, object]:
    """What the real program says, run as somebody who may not read everything."""
    return indexed(project, place)


def indexed(project: Path, place: Path) -> dict[str, object]:
    command = [sys.executable, "-c", AS_ANYONE, "--catalog", str(place / "bad.db")]
    done = subprocess.run(
        [*command, "index", str(project), "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    (found,) = json.loads(done.stdout)["projects"]
    return dict(found)


@pytest.fixture(scope="module")
def catalog(report: dict[str, object], place: Path) -> Iterator[Catalog]:
    assert report
    with Catalog.open(place / "bad.db") as catalog:
        yield catalog


def of_reading(catalog: Catalog) -> list[Finding]:
    """What is wrong with the files themselves, names and lineage aside."""
    rules = ("integrity.", "safety.", "scan.")
    return [f for f in catalog.findings() if f.rule.startswith(rules)]


def test_each_bad_file_costs_at_most_one_row_with_a_reason(catalog: Catalog) -> None:
    found = of_reading(catalog)
    assert all(len(finding.message) > 10 for finding in found)
    most = Counter(finding.path for finding in found).most_common(1)
    assert most[0][1] == 1, most


def test_nothing_was_executed(
    catalog: Catalog, marker: Path, project: Path, place: Path
) -> None:
    named = {f.path for f in catalog.findings() if f.rule == "safety.pickle"}
    payloads = sorted(map(str, (project / "payloads").iterdir()))
    assert set(payloads) <= named
    assert len(payloads) == 5
    assert not marker.exists()
    assert not list(place.rglob("ran"))


def test_what_lies_between_is_indexed(catalog: Catalog, project: Path) -> None:
    good = catalog.find(f"path:{project / 'good.csv'}")
    assert [column.name for column in catalog.detail(good.id).columns] == [
        "name",
        "age",
    ]
    assert good.digest


def test_special_files_and_links_out_are_named_and_left_alone(
    catalog: Catalog, project: Path, tmp_path: Path
) -> None:
    expected = hostile.special(tmp_path / "again", tmp_path / "x")
    found = {f.path: f.rule for f in catalog.findings() if f.rule.startswith("scan.")}
    for name, rule in expected.items():
        assert found[str(project / "special" / name)] == rule
    assert "secret" not in json.dumps([s.path for s in catalog.list()])


def test_what_may_not_be_read_is_named(catalog: Catalog, project: Path) -> None:
    found = {f.path: f for f in of_reading(catalog)}
    assert found[str(project / "locked")].rule == "scan.unreadable"
    shut = found[str(project / "shut.csv")]
    assert shut.rule == "integrity.unreadable"
    assert "denied" in shut.message
    assert catalog.find(f"path:{project / 'shut.csv'}").presence.value == "unreadable"


def test_empty_and_hostile_files_are_unreadable_with_a_reason(
    catalog: Catalog, project: Path
) -> None:
    found = {f.path: f.message for f in of_reading(catalog)}
    for name in ("empty.safetensors", "empty.pt", "huge-header.safetensors"):
        assert found[str(project / "hostile" / name)]
    assert not (project / "ran").exists()


def test_a_hole_of_a_terabyte_does_not_keep_the_scan(
    catalog: Catalog, project: Path
) -> None:
    (found,) = [f for f in of_reading(catalog) if f.path.endswith("hole.safetensors")]
    assert "hole" in found.message
    assert catalog.find(f"path:{project / 'sparse/hole.safetensors'}").digest is None


def test_every_odd_name_is_an_artifact_that_can_be_opened_again(
    catalog: Catalog, project: Path
) -> None:
    names = [
        member
        for summary in catalog.list("kind:dataset")
        for member in catalog.detail(summary.id).members
        if os.path.dirname(member.place) == os.fsencode(project / "names")  # noqa: PTH120
    ]
    found = {os.path.basename(member.place): member for member in names}  # noqa: PTH119
    assert found.keys() == set(hostile.NAMES)
    for member in found.values():
        member.path.encode()  # any encoder takes what is shown
        with open(member.place, "rb") as file:  # noqa: PTH123
            assert len(file.read()) == member.size


def test_odd_names_are_verified_like_any_other(catalog: Catalog, project: Path) -> None:
    ids = [
        f"id:{summary.id}"
        for summary in catalog.list("kind:dataset has:digest")
        if summary.path.startswith(str(project / "names"))
    ]
    assert len(ids) == len(hostile.NAMES)
    found = verify_artifacts(catalog, ids)
    assert {line.state.value for line in found.files} == {"same"}, found.files
    assert found.ok


def test_markup_shows_as_text_in_the_window(qtbot: object, catalog: Catalog) -> None:
    model = ArtifactItemModel()
    model.show_ids(catalog.ids("kind:dataset"))
    model.show_block(Block(0, 0, tuple(catalog.rows(model.ids[:256]))))
    name = next(i for i, column in enumerate(COLUMNS) if column.title == "Name")
    shown = [
        model.data(model.index(row, name), Qt.ItemDataRole.DisplayRole)
        for row in range(len(model.ids))
    ]
    (bold,) = [text for text in shown if "<b>" in text]
    assert "&amp;" not in bold
    widget = words(bold)
    assert widget.textFormat() is Qt.TextFormat.PlainText
    # A tip has no format of its own: what looks like markup would be drawn as such.
    for row in range(len(model.ids)):
        tip = model.data(model.index(row, name), Qt.ItemDataRole.ToolTipRole)
        assert tip is None or "<b>" not in tip


def test_scanning_again_finds_nothing_new(
    catalog: Catalog, project: Path, place: Path
) -> None:
    before = [(f.rule, f.path, f.message) for f in of_reading(catalog)]
    indexed(project, place)
    after = [(f.rule, f.path, f.message) for f in of_reading(catalog)]
    assert after == before


def test_a_file_that_is_replaced_while_it_is_read_ends_as_what_it_is(
    tmp_path: Path,
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    stop = threading.Event()

    def churn() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            beside = project / "new.tmp"
            beside.write_bytes(b"a,b\n" + b"%d,2\n" % number * 50_000)
            beside.replace(project / "data.csv")

    thread = threading.Thread(target=churn)
    thread.start()
    with Catalog.open(tmp_path / "catalog.db") as catalog:
        try:
            for _ in range(5):
                index(catalog, [project], settle_seconds=0)
        finally:
            stop.set()
            thread.join()
        index(catalog, [project], settle_seconds=0)
        (data,) = catalog.list("kind:dataset")
        whole = (project / "data.csv").read_bytes()
        assert data.digest == hashlib.sha256(whole).hexdigest()
        assert data.size == len(whole)
