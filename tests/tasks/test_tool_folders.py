"""What tools leave in a project becomes runs, and nothing of it an artifact."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Detail
from mlcatalog.tasks.index import index

FIXTURES = Path(__file__).parents[1] / "fixtures/trackers"


def unpacked(tool: str, into: Path) -> Path:
    """The project that a tool's fixture holds."""
    with tarfile.open(FIXTURES / tool / "project.tar.gz") as archive:
        archive.extractall(into, filter="data")
    return into / "project"


def listed(catalog: Catalog) -> set[tuple[str, str]]:
    return {(one.kind.value, one.name) for one in catalog.list()}


def runs(catalog: Catalog) -> dict[str, Detail]:
    return {one.name: catalog.detail(one.id) for one in catalog.list("kind:run")}


def status(run: Detail) -> str:
    return next(fact.value.text for fact in run.facts if fact.key == "status")


def test_metaflow_runs_come_change_and_go(tmp_path: Path, catalog: Catalog) -> None:
    project = unpacked("metaflow", tmp_path)
    flow = project / ".metaflow/TrainFlow"
    said = json.loads((FIXTURES / "metaflow/expected.json").read_text())["runs"]
    best = next(name for name, one in said.items() if one["successful"])
    kept = flow / best.rpartition("/")[2]
    away = tmp_path / "away"
    kept.rename(away)
    index(catalog, [project], settle_seconds=0)
    files = {("script", "train_flow.py"), ("dataset", "train")}
    assert listed(catalog) == files | {("run", n) for n in said if n != best}

    shutil.copytree(away, kept)
    index(catalog, [project], settle_seconds=0)
    assert listed(catalog) == files | {("run", name) for name in said}
    assert status(runs(catalog)[best]) == "FINISHED"

    for place in kept.glob("end/*/_meta/sysmeta_attempt_ok*"):
        place.write_text(place.read_text().replace("True", "False"))
    index(catalog, [project], settle_seconds=0)
    assert status(runs(catalog)[best]) == "FAILED"

    shutil.rmtree(kept)
    index(catalog, [project], settle_seconds=0)
    assert best not in runs(catalog)


def test_guild_runs_have_their_scalars_and_what_they_took_and_made(
    tmp_path: Path, catalog: Catalog
) -> None:
    project = unpacked("guild", tmp_path)
    index(catalog, [project], settle_seconds=0)
    said = json.loads((FIXTURES / "guild/expected.json").read_text())["runs"]
    found = runs(catalog)
    assert set(found) == {
        f"{one['operation']} {name[:8]}" for name, one in said.items()
    }
    for name, one in said.items():
        run = found[f"{one['operation']} {name[:8]}"]
        last = {m.name: (m.last, m.step) for m in run.metrics}
        # Guild lists the scalars of a batch's trials under it too, as "TRIAL#loss".
        own = {key: pair for key, pair in one["scalars"].items() if "#" not in key}
        assert last == {key: tuple(pair) for key, pair in own.items()}
    best = next(name for name, one in said.items() if one["label"] == "deeper tree")
    names = {one.id: one.path.rpartition("/runs/")[2] for one in catalog.list()}
    run = found[f"churn:train {best[:8]}"]
    lines = {
        (edge.relation.value, names[edge.parent], names[edge.child])
        for edge in run.edges
    }
    prepare = next(n for n, one in said.items() if one["operation"] == "churn:prepare")
    assert lines == {
        ("trained_on", f"{prepare}/prepared.csv", best),
        ("trained_on", str(project / "data/train.csv"), best),
        ("configured_by", f"{best}/guild.yml", best),
        ("executed", f"{best}/train.py", best),  # the copy that ran
        ("produced_by", best, f"{best}/checkpoints/model.pkl"),
    }


def test_a_new_kedro_session_is_seen_where_it_saved_its_datasets(
    tmp_path: Path, catalog: Catalog
) -> None:
    project = unpacked("kedro", tmp_path)
    said = json.loads((FIXTURES / "kedro/project.json").read_text())
    first, second = sorted(said["versions"]["churn.pkl"])
    away = {
        path: tmp_path / f"away{number}"
        for number, path in enumerate(project.glob(f"data/*/*/{second}"))
    }
    for path, place in away.items():
        path.rename(place)
    index(catalog, [project], settle_seconds=0)
    assert set(runs(catalog)) == {f"Churn {first}"}
    assert not catalog.list("path:credentials")  # secrets stay where they are
    for path, place in away.items():
        place.rename(path)
    index(catalog, [project], settle_seconds=0)
    found = runs(catalog)
    assert set(found) == {f"Churn {first}", f"Churn {second}"}
    # The numbers are told once, though two readers know the file.
    assert {m.name: m.last for m in found[f"Churn {second}"].metrics} == {
        "auc": 0.9,
        "rows": 3,
    }
    assert len(found[f"Churn {second}"].metrics) == 2


def test_the_parts_of_an_aim_run_are_one_run_and_grow_apart(
    tmp_path: Path, catalog: Catalog
) -> None:
    project = unpacked("aim", tmp_path)
    index(catalog, [project], settle_seconds=0)
    said = json.loads((FIXTURES / "aim/expected.json").read_text())["runs"]
    found = runs(catalog)
    assert set(found) == {one["name"] for one in said.values()}
    assert listed(catalog) - {("run", name) for name in found} == {
        ("dataset", "train"),
        ("script", "train.py"),
    }
    for one in said.values():
        run = found[one["name"]]
        assert run.params["hparams.lr"].text == str(one["params"]["hparams"]["lr"])
        last = {m.name: (m.step, m.last) for m in run.metrics}
        for series in one["series"]:
            words = [f"{key}={value}" for key, value in series["context"].items()]
            expected = (series["steps"][-1], float(series["values"][-1]))
            assert last[" ".join([series["name"], *words])] == expected
    live = next(key for key, one in said.items() if one["name"] == "run 2")
    (log,) = (project / ".aim/seqs/chunks" / live).glob("*.log")
    log.write_bytes(log.read_bytes()[:3_000])
    index(catalog, [project], settle_seconds=0)
    run = runs(catalog)["run 2"]
    assert run.params["hparams.depth"].text == "5"  # of the part that is as it was
    assert sum(len(m.points) for m in run.metrics) < 21


def test_an_ultralytics_run_is_linked_to_the_set_that_its_yaml_describes(
    tmp_path: Path, catalog: Catalog
) -> None:
    project = Path(shutil.copytree(FIXTURES / "ultralytics", tmp_path / "project"))
    (project / "tiny.yaml").write_text(
        "path: images\ntrain: train\nval: val\nnames: {0: churn, 1: stay}\n"
    )
    index(catalog, [project], settle_seconds=0)
    (data,) = catalog.list("kind:dataset")
    assert (data.name, data.format) == ("tiny.yaml", "yolo dataset")
    (run,) = runs(catalog).values()
    assert [(e.relation.value, e.parent) for e in run.edges] == [
        ("trained_on", data.id)
    ]
