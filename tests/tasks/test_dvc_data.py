"""Data that DVC keeps: pointers alone stand for it, beside it they tell of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from dvc_projects import not_pulled, unpacked
from sqlalchemy import event

from mlcatalog.catalog import checksums
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.tasks.index import index
from mlcatalog.tasks.rename_plan import Wanted, planned


@pytest.fixture
def wine(tmp_path: Path) -> Path:
    return unpacked("wine", tmp_path)


def indexed(catalog: Catalog, project: Path) -> None:
    index(catalog, [project], settle_seconds=0)


def at(catalog: Catalog, project: Path, inner: str) -> Summary:
    (found,) = [
        one for one in catalog.list("", sort="path") if one.path == str(project / inner)
    ]
    return found


def facts(catalog: Catalog, project: Path, inner: str) -> dict[str, str]:
    detail = catalog.detail(at(catalog, project, inner).id)
    return {fact.key: fact.value.text for fact in detail.facts}


def facts_of_run(catalog: Catalog, name: str) -> dict[str, str]:
    (run,) = [one for one in catalog.list("kind:run") if one.name == name]
    return {fact.key: fact.value.text for fact in catalog.detail(run.id).facts}


def edges(catalog: Catalog) -> set[tuple[str, str, str]]:
    graph = catalog.graph("", limit=5_000)
    names = {node.id: node.name for node in graph.nodes}
    return {(names[e.child], e.relation.value, names[e.parent]) for e in graph.edges}


def notes(catalog: Catalog, project: Path, inner: str) -> list[str]:
    mine = at(catalog, project, inner).id
    found = catalog.findings(rule_prefix="integrity.")
    return [f.message for f in found if f.artifact == mine]


def test_data_that_was_not_pulled_is_a_dataset_that_says_where_its_bytes_are(
    catalog: Catalog, wine: Path
) -> None:
    indexed(catalog, not_pulled(wine))
    raw = at(catalog, wine, "data/raw.csv.dvc")
    assert (raw.kind, raw.name, raw.format) == (Kind.DATASET, "raw", "dvc pointer")
    known = facts(catalog, wine, "data/raw.csv.dvc")
    assert known["content.md5"] == "9c78ea4d32b536a8205931bb8b6075fe"
    assert known["content.size"] == "46"
    (message,) = notes(catalog, wine, "data/raw.csv.dvc")
    assert "46 bytes are kept in store: s3://wine-data/dvc" in message
    assert "dvc pull raw.csv.dvc" in message


def test_what_is_said_of_data_that_was_not_pulled_leads_to_its_pointer(
    catalog: Catalog, wine: Path
) -> None:
    indexed(catalog, not_pulled(wine))
    found = edges(catalog)
    assert ("data/clean.csv", "derived_from", "raw") in found
    assert ("data/clean.csv", "produced_by", "prepare") in found
    assert ("models/linear.pkl", "produced_by", "train@linear") in found
    assert ("evaluate@linear-0", "started_from", "models/linear.pkl") in found
    assert not catalog.findings(rule_prefix="lineage.dangling")
    # What lies beside the lock is no guess at what a stage read: that is told.
    graph = catalog.graph("", limit=5_000)
    proofs = [proof for edge in graph.edges for proof in edge.proofs]
    assert not any(proof.evidence is Evidence.INFERRED for proof in proofs)


def test_a_folder_that_was_not_pulled_says_how_many_files_it_has(
    catalog: Catalog, wine: Path
) -> None:
    indexed(catalog, not_pulled(wine, cache=True))
    known = facts(catalog, wine, "data/labels.dvc")
    assert known["dvc.files"] == "2"
    assert known["dvc.listing"] == '["a.txt", "b.txt"]'
    (message,) = notes(catalog, wine, "data/labels.dvc")
    assert "8 bytes in 2 files are kept in the cache of DVC here" in message


def test_the_cache_of_dvc_2_tells_of_a_folder_too(
    catalog: Catalog, tmp_path: Path
) -> None:
    older = unpacked("older", tmp_path)
    indexed(catalog, older)
    known = facts(catalog, older, "data/labels.dvc")
    assert known["dvc.listing"] == '["a.txt", "b.txt"]'
    assert known["dvc.layout"] == "dvc 2"


def test_an_import_names_the_repository_and_the_commit(
    catalog: Catalog, wine: Path
) -> None:
    indexed(catalog, not_pulled(wine))
    shop = "https://git.example.org/shop.git"
    known = facts(catalog, wine, "data/grades.csv.dvc")
    assert known["import.url"] == shop
    assert len(known["import.revision"]) == 40
    assert known["dvc.frozen"] == "true"
    assert ("grades", "copy_of", f"{shop}#grades.csv") in edges(catalog)
    sample = "https://data.example.org/wine/sample.csv"
    assert ("sample", "copy_of", sample) in edges(catalog)


def test_a_pointer_beside_its_data_tells_of_it_and_is_nothing_of_its_own(
    catalog: Catalog, wine: Path
) -> None:
    indexed(catalog, wine)
    places = {one.path for one in catalog.list("", sort="path")}
    assert str(wine / "data/raw.csv.dvc") not in places
    known = facts(catalog, wine, "data/raw.csv")
    assert known["dvc.md5"] == "9c78ea4d32b536a8205931bb8b6075fe"
    assert known["dvc.remote"] == "store: s3://wine-data/dvc"
    assert "content.md5" not in known or known["content.md5"] == known["dvc.md5"]


def test_pulling_the_data_keeps_what_people_wrote_on_its_pointer(
    catalog: Catalog, wine: Path
) -> None:
    bytes_of_raw = (wine / "data/raw.csv").read_bytes()
    indexed(catalog, not_pulled(wine))
    pointer = at(catalog, wine, "data/raw.csv.dvc")
    (wine / "data/raw.csv").write_bytes(bytes_of_raw)
    (wine / "data/labels").mkdir()
    (wine / "data/labels/a.txt").write_text("one\n")
    (wine / "data/labels/b.txt").write_text("two\n")
    indexed(catalog, wine)
    raw = at(catalog, wine, "data/raw.csv")
    assert (raw.id, raw.format) == (pointer.id, "csv")
    assert notes(catalog, wine, "data/raw.csv") == []
    assert at(catalog, wine, "data/labels.dvc").format == "dvc data"
    assert notes(catalog, wine, "data/labels.dvc") == []
    (wine / "data/raw.csv").unlink()
    indexed(catalog, wine)
    assert at(catalog, wine, "data/raw.csv.dvc").id == pointer.id


def test_data_that_changed_since_it_was_added_is_a_finding_in_plain_words(
    catalog: Catalog, wine: Path
) -> None:
    indexed(catalog, wine)
    assert facts(catalog, wine, "data/raw.csv")["content.md5"].startswith("9c78ea4d")
    assert not catalog.findings(rule_prefix="integrity.changed")
    (wine / "data/raw.csv").write_text("acid,sugar,good\n9,9,9\n")
    indexed(catalog, wine)
    since_added, since_read = sorted(notes(catalog, wine, "data/raw.csv"))
    assert since_added.startswith("raw changed since it was added to DVC: MD5 9c78ea4d")
    assert "recorded in raw.csv.dvc" in since_added
    assert since_read.startswith("raw changed since prepare read it: MD5 9c78ea4d")


def test_a_model_that_is_not_what_its_stage_made_is_told(
    catalog: Catalog, wine: Path
) -> None:
    (wine / "models/linear.pkl").write_bytes(b"\x80\x04N.")
    indexed(catalog, wine)
    said = notes(catalog, wine, "models/linear.pkl")
    made = [message for message in said if "is not what train@linear" in message]
    assert len(made) == 1
    used = [message for message in said if "changed since evaluate@" in message]
    assert len(used) == 1
    assert not catalog.findings(rule_prefix="lineage.cycle")


def test_texts_that_dvc_2_digested_by_lines_have_not_changed(
    catalog: Catalog, tmp_path: Path
) -> None:
    older = unpacked("older", tmp_path)
    assert b"\r\n" in (older / "data/raw.csv").read_bytes()
    indexed(catalog, older)
    known = facts(catalog, older, "data/raw.csv")
    assert known["dvc.md5"] == known["content.md5.lines"] != known["content.md5"]
    assert not catalog.findings(rule_prefix="integrity.changed")
    (older / "data/raw.csv").write_bytes(b"a,b\r\n9,9\r\n")
    indexed(catalog, older)
    assert len(catalog.findings(rule_prefix="integrity.changed")) == 2


@pytest.mark.parametrize("name", ["wine", "older"])
def test_a_folder_that_changed_since_it_was_added_is_a_finding(
    catalog: Catalog, tmp_path: Path, name: str
) -> None:
    project = unpacked(name, tmp_path)
    indexed(catalog, project)
    known = facts(catalog, project, "data/labels.dvc")
    assert known["content.md5"] == known["dvc.md5"]  # DVC 2 digests b.txt by lines
    assert notes(catalog, project, "data/labels.dvc") == []
    (project / "data/labels/c.txt").write_text("three\n")
    indexed(catalog, project)
    said = notes(catalog, project, "data/labels.dvc")
    assert said[0].startswith("labels changed since it was added to DVC")
    (project / "data/labels/c.txt").unlink()
    indexed(catalog, project)
    assert notes(catalog, project, "data/labels.dvc") == []


def test_what_is_to_be_checked_is_asked_of_indexes_and_not_of_every_row(
    catalog: Catalog, wine: Path
) -> None:
    indexed(catalog, wine)
    asked: list[tuple[str, object]] = []
    with catalog._database.reading() as connection:

        @event.listens_for(connection, "before_cursor_execute")
        def note(
            _: object, __: object, words: str, values: object, *___: object
        ) -> None:
            if words.startswith("SELECT"):
                asked.append((words, values))

        checksums.unchecked(connection, 1, str(wine))
        checksums.unchecked_folders(connection, 1)
        assert len(asked) >= 6
        for words, values in list(asked):
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values)
            steps = [row[3] for row in plan]
            assert not [step for step in steps if step.startswith("SCAN")]
            assert not [step for step in steps if step.endswith("(present=?)")]


def history(catalog: Catalog, project: Path, inner: str) -> list[str]:
    rows = json.loads(facts(catalog, project, inner)["git.history"])
    return [subject for _, _, subject in rows]


def test_the_versions_of_data_are_told_by_the_commits_of_its_pointer(
    catalog: Catalog, wine: Path
) -> None:
    indexed(catalog, wine)
    versions = [
        "One more bottle (md5 9c78ea4d, 46 bytes)",
        "Baseline (md5 0f0e2754, 36 bytes)",
    ]
    assert history(catalog, wine, "data/raw.csv") == versions
    labels = history(catalog, wine, "data/labels.dvc")
    assert labels == ["Baseline (md5 0db8483d, 8 bytes, 2 files)"]
    shutil.rmtree(wine / ".dvc/cache")
    (wine / "data/raw.csv").unlink()
    indexed(catalog, wine)
    assert history(catalog, wine, "data/raw.csv.dvc") == versions


def test_a_commit_alone_brings_the_runs_up_to_date(
    catalog: Catalog, wine: Path
) -> None:
    indexed(catalog, wine)
    before = facts_of_run(catalog, "train@linear")["code.commit"]
    branch = wine / ".git/refs/heads/main"
    experiment = facts_of_run(catalog, "train@linear [bold]")["code.commit"]
    branch.parent.mkdir(parents=True, exist_ok=True)
    branch.write_text(f"{experiment}\n")  # as a checkout of that commit leaves it
    indexed(catalog, wine)
    runs = {one.name for one in catalog.list("kind:run")}
    assert f"train@linear ({experiment[:8]})" in runs
    assert facts_of_run(catalog, "train@linear")["code.commit"] == before


def test_a_live_run_of_dvclive_shows_its_curve_growing(
    catalog: Catalog, wine: Path
) -> None:
    indexed(catalog, wine)
    (run,) = [one for one in catalog.list("kind:run") if one.name == "live"]
    assert run.format == "dvclive"
    table = wine / "live/plots/metrics/accuracy.tsv"
    with table.open("a", encoding="utf-8") as file:
        file.write("3\t0.8\n")
    indexed(catalog, wine)
    metrics = {one.name: one for one in catalog.detail(run.id).metrics}
    assert metrics.keys() == {"accuracy", "train/loss"}
    assert len(catalog.detail(run.id).metrics) == 2
    assert (metrics["accuracy"].last, metrics["accuracy"].step) == (0.8, 3)
    assert ("linear", "produced_by", "live") in edges(catalog)


def test_a_pointer_is_not_renamed_away_from_its_data(
    catalog: Catalog, wine: Path
) -> None:
    indexed(catalog, not_pulled(wine))
    pointer = at(catalog, wine, "data/raw.csv.dvc")
    (row,) = planned(catalog, [Wanted(pointer.path, "wine_v2")]).rows
    assert "dvc move" in row.conflicts[0]


def test_no_password_of_an_address_is_kept(catalog: Catalog, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / ".dvc").mkdir(parents=True)
    (project / ".dvc/config").write_text(
        "[core]\n    remote = s\n['remote \"s\"']\n    url = ssh://mara:hunter2@host/x\n"
    )
    (project / "big.csv.dvc").write_text(
        "deps:\n- path: big.csv\n  repo: {url: 'https://mara:hunter2@git.example.org/a'}\n"
        "outs:\n- {md5: 9c78ea4d32b536a8205931bb8b6075fe, size: 3, path: big.csv}\n"
    )
    indexed(catalog, project)
    said = facts(catalog, project, "big.csv.dvc")
    assert said["dvc.remote"] == "s: ssh://host/x"
    assert said["import.url"] == "https://git.example.org/a"
    written = repr(said) + repr(edges(catalog)) + repr(catalog.findings())
    assert "hunter2" not in written


def test_a_pointer_that_leads_out_of_its_folder_is_not_followed(
    catalog: Catalog, tmp_path: Path
) -> None:
    (tmp_path / "secret.csv").write_text("x\n1\n")
    project = tmp_path / "project"
    project.mkdir()
    for name, place in {
        "above": "../secret.csv",
        "absolute": "/etc/passwd",
        "drive": "C:\\secret.csv",
    }.items():
        (project / f"{name}.csv.dvc").write_text(
            f"outs:\n- md5: 9c78ea4d32b536a8205931bb8b6075fe\n  path: '{place}'\n"
        )
    indexed(catalog, project)
    for name in ("above", "absolute", "drive"):
        assert at(catalog, project, f"{name}.csv.dvc").format == "dvc pointer"
    names = {name for edge in edges(catalog) for name in edge}
    assert not any("secret" in name or "passwd" in name for name in names)


def test_a_pointer_that_is_half_written_costs_one_finding(
    catalog: Catalog, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    broken = ["", "outs:\n- md5: 9c78", "outs: 3", "\0\1\2", "[" * 90]
    for number, text in enumerate(broken):
        (project / f"{number}.csv.dvc").write_text(text)
    (project / "b.csv").write_text("x\n1\n")
    indexed(catalog, project)
    assert at(catalog, project, "b.csv").format == "csv"
    said = catalog.findings(rule_prefix="integrity.")
    found = [f for f in said if f.path.endswith(".dvc")]
    assert [f.rule for f in found] == ["integrity.unreadable"] * len(broken)
