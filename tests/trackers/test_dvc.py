"""DVC pipelines and their past, against what dvc itself says of the same projects."""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import RunReading, Scheme
from mlcatalog.domain.words import Relation
from mlcatalog.trackers import registry
from mlcatalog.trackers.dvc.files import Folder
from mlcatalog.trackers.dvc.interpolation import UnresolvedError, filled
from mlcatalog.trackers.dvc.lock import Locks, executions
from mlcatalog.trackers.dvc.pipeline import pipeline as declared

sys.path.insert(0, str(Path(__file__).parents[1] / "tasks"))

from dvc_projects import FIXTURES, expected, not_pulled, unpacked


@pytest.fixture
def wine(tmp_path: Path) -> Path:
    return unpacked("wine", tmp_path)


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    """A project whose stage ran twice, with its run cache in place, in no repository."""
    project = Path(shutil.copytree(FIXTURES / "project", tmp_path / "project"))
    (project / ".dvc/cache").mkdir(parents=True)
    (project / "dvc-cache/runs").rename(project / ".dvc/cache/runs")
    return project


def runs(project: Path) -> dict[str, RunReading]:
    read = registry.follow("dvc", project / "dvc.lock", None, project).said
    names = [run.name for run in read]
    assert len(set(names)) == len(names)
    return dict(zip(names, read, strict=True))


def params(run: RunReading) -> dict[str, str]:
    return {param.key: param.value.text for param in run.params}


def metrics(run: RunReading) -> dict[str, float]:
    return {one.name: one.points[-1].value for one in run.metrics}


def facts(run: RunReading) -> dict[str, str]:
    return {fact.key: fact.value.text for fact in run.facts}


def rules(run: RunReading) -> list[str]:
    return [notice.rule for notice in run.notices]


def flat(table: Any, prefix: str = "") -> dict[str, float]:
    found: dict[str, float] = {}
    for key, value in table.items():
        name = f"{prefix}{key}"
        found |= flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return found


def test_a_stage_has_its_params_metrics_inputs_and_outputs(pipeline: Path) -> None:
    run = runs(pipeline)["train"]
    assert params(run) == {"train.depth": "3", "train.lr": "0.02"}
    assert metrics(run) == {"f1": 0.8, "val.loss": 0.25}
    relations = {(c.relation, c.target.id): c for c in run.claims}
    data = relations[Relation.TRAINED_ON, "data/raw.csv"]
    assert data.target.revision == "e5ebd4c02cefbe7955977c67ada242b7"
    assert (Relation.EXECUTED, "train.py") in relations
    assert (Relation.CONFIGURED_BY, "params.yaml") in relations
    produced = {c.subject.id for c in run.claims if c.relation is Relation.PRODUCED_BY}
    assert produced == {"metrics.json", "model.json"}


def test_stages_are_spelt_out_as_dvc_spells_them_out(wine: Path) -> None:
    found = declared(Folder(wine)).stages
    said = {n: s for n, s in expected()["stages"].items() if not n.endswith(".dvc")}
    assert {
        name: {
            "cmd": stage.command,
            "deps": sorted(stage.deps),
            "outs": sorted(stage.outs),
        }
        for name, stage in found.items()
    } == {
        name: {
            "cmd": stage["cmd"],
            # dvc counts the params files among what a stage depends on.
            "deps": sorted(d for d in stage["deps"] if not d.startswith("params")),
            "outs": stage["outs"],
        }
        for name, stage in said.items()
    }


def test_the_metrics_of_the_latest_runs_are_what_dvc_shows(wine: Path) -> None:
    found = runs(wine)
    shown = expected()["metrics"][""]["data"]
    assert metrics(found["train@linear"]) == flat(shown["metrics/linear.json"]["data"])
    fold = flat(shown["scores-forest-1.yaml"]["data"])
    assert metrics(found["evaluate@forest-1"]) == fold


def test_every_commit_has_its_metrics_as_dvc_shows_them(wine: Path) -> None:
    found = runs(wine).values()
    commits = {c: v for c, v in expected()["commits"].items() if c != "workspace"}
    trained = {
        (facts(run)["code.commit"], run.name.partition(" ")[0]): metrics(run)
        for run in found
        if run.name.startswith("train@") and "dvc.experiment" not in facts(run)
    }
    assert len({commit for commit, _ in trained}) == 3  # three trainings were committed
    for (commit, stage), measured in trained.items():
        name = f"metrics/{stage.partition('@')[2]}.json"
        assert measured == flat(commits[commit]["data"][name]["data"])


def test_params_are_those_of_the_commit(wine: Path) -> None:
    found = runs(wine)
    rates = {
        params(run)["train.lr"] for run in found.values() if "train.lr" in params(run)
    }
    assert rates == {"0.01", "0.02", "0.3"}
    assert params(found["prepare"]) == {"split.ratio": "0.2"}  # out of a .toml


def test_an_experiment_is_a_run_by_its_name(wine: Path) -> None:
    (name,) = expected()["experiments"]
    bold = runs(wine)[f"train@forest [{name}]"]
    assert facts(bold)["dvc.experiment"] == name
    assert params(bold)["train.lr"] == "0.3"
    assert metrics(bold)["loss.train"] == 0.3


def test_an_earlier_run_names_other_data_by_its_digest(wine: Path) -> None:
    earlier = [r for n, r in runs(wine).items() if n.startswith("train@linear (")]
    read = {
        c.target.scheme for r in earlier for c in r.claims if c.target.id != "train.py"
    }
    assert Scheme.MD5 in read
    (first,) = [r for r in earlier if params(r)["train.lr"] == "0.01"]
    made = {c.subject for c in first.claims if c.relation is Relation.PRODUCED_BY}
    models = [one for one in made if "models/linear.pkl" in (one.id, one.revision)]
    assert [one.scheme for one in models] == [Scheme.MD5]


def test_the_run_of_an_execution_keeps_its_id_when_a_later_one_follows(
    wine: Path,
) -> None:
    before = {run.native_id for run in runs(wine).values()}
    lock = wine / "dvc.lock"
    lock.write_text(lock.read_text().replace("train.lr: 0.02", "train.lr: 0.04"))
    after = {run.native_id for run in runs(wine).values()}
    assert before < after
    assert len(after - before) == 2


def test_the_run_cache_remembers_an_execution_that_no_commit_has(
    pipeline: Path,
) -> None:
    now, past = runs(pipeline).values()
    assert now.name == "train"
    assert params(past)["train.lr"] == "0.01"
    assert past.native_id.startswith("train@")
    assert facts(past)["run.cache"]


def test_what_a_clone_without_cache_and_data_knows_is_the_same(wine: Path) -> None:
    whole = {name: metrics(run) for name, run in runs(wine).items()}
    bare = {name: metrics(run) for name, run in runs(not_pulled(wine)).items()}
    assert whole == bare


def test_dvc_2_left_the_same(tmp_path: Path) -> None:
    older = unpacked("older", tmp_path)
    (run,) = runs(older).values()
    assert (params(run), metrics(run)) == ({"lr": "0.5"}, {"f1": 0.25})
    assert (Relation.TRAINED_ON, "data/labels") in {
        (c.relation, c.target.id) for c in run.claims
    }


@pytest.mark.parametrize(
    "text",
    [
        None,
        "schema: '2.0'\nstages:\n  a:\n    cmd: x\n  b:\n    cmd: |-\n      y\n\n      z\n",
        "schema: '2.0'\nstages:\n  a: &a\n    cmd: x\n  b: *a\n",
        "schema: '2.0'\nstages:\n  a:\n    cmd: x\ndatasets:\n  d: {}\n",
        "schema: '2.0'\nstages: {}\n",
        "stages:\n  a:\n    cmd: x\nschema: '2.0'\n",
        "schema: '2.0'\nstages:\n    a:\n      cmd: x\n    b:\n      cmd: y\n",
        "schema: '2.0'\nstages:\n  ? a\n  : cmd: x\n",
    ],
    ids=["real", "block", "alias", "more keys", "none", "order", "indent", "complex"],
)
def test_a_lock_read_stage_by_stage_is_the_lock_read_whole(
    wine: Path, text: str | None
) -> None:
    raw = text.encode() if text else (wine / "dvc.lock").read_bytes()
    locks, whole = Locks(), executions(raw, "dvc.lock")
    assert locks.executions(raw, "dvc.lock") == whole
    assert locks.executions(raw, "dvc.lock") == whole  # and again, out of memory


def test_a_lock_of_dvc_1_is_read(pipeline: Path) -> None:
    (pipeline / "dvc.lock").write_text(
        "train:\n  cmd: python train.py\n  deps:\n  - path: data/raw.csv\n"
        "    md5: e5ebd4c02cefbe7955977c67ada242b7\n"
        "  params:\n    params.yaml:\n      train.lr: 1e-3\n"
    )
    (run,) = [r for r in runs(pipeline).values() if "run.cache" not in facts(r)]
    assert params(run) == {"train.lr": "0.001"}


def test_what_changed_since_the_stage_ran_is_said(pipeline: Path) -> None:
    assert rules(runs(pipeline)["train"]) == []
    text = (pipeline / "params.yaml").read_text()
    (pipeline / "params.yaml").write_text(text.replace("0.02", "5e-2"))
    (pipeline / "dvc.yaml").write_text(
        (pipeline / "dvc.yaml").read_text().replace("python train.py", "python fit.py")
    )
    changed, rate = runs(pipeline)["train"].notices
    assert "python fit.py" in changed.message
    assert "train.lr is 0.05 in params.yaml, the stage ran with 0.02" in rate.message


def test_what_cannot_be_resolved_without_running_is_said(wine: Path) -> None:
    text = (wine / "dvc.yaml").read_text()
    text = text.replace("- params/places.json", "- params/gone.json")
    (wine / "dvc.yaml").write_text(text.replace("${models}", "${zoo}"))
    found = runs(wine)
    (stage,) = [n for n in found["prepare"].notices if n.rule == "run.stage-unresolved"]
    assert "${where.raw}" in stage.message
    assert "params/gone.json is not here" in stage.message
    (template,) = found["train@linear"].notices
    assert "${zoo} is not known without running" in template.message


def test_a_lock_that_leads_out_of_the_project_is_not_followed(pipeline: Path) -> None:
    secret = pipeline.parent / "secret.json"
    secret.write_text('{"password": 12345}')
    for name, old in (
        ("dvc.lock", "path: metrics.json"),
        ("dvc.yaml", "- metrics.json"),
    ):
        place = pipeline / name
        place.write_text(
            place.read_text().replace(old, old.replace("m", "../secret.json #m", 1))
        )
    (pipeline / "metrics.json").unlink()
    (pipeline / "metrics.json").symlink_to(secret)
    (pipeline / "params.yaml").unlink()
    (pipeline / "params.yaml").symlink_to(secret)
    assert "12345" not in repr(runs(pipeline))


@pytest.mark.parametrize(
    "text",
    [
        "schema: '2.0'\nstages:\n  train:\n    cmd: [",
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
            for before, name in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "a: &a\n  b: *a\n",
        "[" * 5_000,
        "\x00\x01",
        "x" * (9 * 2**20),
    ],
    ids=["half written", "aliases", "circle", "too deep", "control bytes", "too long"],
)
def test_a_hostile_lock_is_refused_in_words(pipeline: Path, text: str) -> None:
    (pipeline / "dvc.lock").write_text(text)
    with pytest.raises(FormatError) as caught:
        registry.read("dvc", pipeline / "dvc.lock")
    assert caught.value.why


def test_a_newer_lock_is_refused_with_its_schema(pipeline: Path) -> None:
    (pipeline / "dvc.lock").write_text("schema: '9.0'\nstages: {}\n")
    with pytest.raises(FormatError) as caught:
        registry.read("dvc", pipeline / "dvc.lock")
    assert "9.0" in caught.value.why


def test_anchors_in_settings_are_followed_and_bombs_in_them_cost_a_note(
    wine: Path,
) -> None:
    assert "train: &train" in (wine / "params.yaml").read_text()
    assert rules(runs(wine)["train@linear"]) == []
    (wine / "dvc.yaml").write_text("a: &a [1]\nb: &b [*a, *b]\n")
    assert "run.stage-unresolved" in rules(runs(wine)["prepare"])


def test_a_damaged_repository_costs_the_past_and_says_so(wine: Path) -> None:
    (pack,) = (wine / ".git/objects/pack").glob("*.pack")
    pack.chmod(0o644)
    pack.write_bytes(pack.read_bytes()[:500])
    found = runs(wine)
    assert metrics(found["train@linear"])
    assert "run.history-unread" in rules(found["prepare"])


def test_the_repository_around_a_project_tells_of_a_lock_that_is_in_it(
    wine: Path,
) -> None:
    data = wine / "data"
    for name in ("dvc.lock", "dvc.yaml", "params.yaml"):
        shutil.copy(wine / name, data / name)
    inner = registry.follow("dvc", data / "dvc.lock", None, data).said
    assert not any("code.commit" in facts(run) for run in inner)  # not committed there
    whole = registry.follow("dvc", wine / "dvc.lock", None, wine).said
    assert any("code.commit" in facts(run) for run in whole)


def test_a_name_that_dvc_yaml_gives_a_model_is_told_with_its_run(wine: Path) -> None:
    told = facts(runs(wine)["train@forest"])["dvc.artifacts"]
    assert told == '["ranker: models/forest.pkl (model, wine, ranking): Ranks bottles"]'


def test_a_plot_over_steps_is_a_curve_and_one_over_other_values_is_none(
    pipeline: Path,
) -> None:
    (pipeline / "curve.csv").write_text("epoch,loss,note\n0,1.5,a\n1,0.5,b\n")
    (pipeline / "roc.csv").write_text("fpr,tpr\n0.1,0.2\n")
    (pipeline / "dvc.lock").write_text(
        "schema: '2.0'\nstages:\n  fit:\n    cmd: fit\n    outs:\n"
        "    - path: curve.csv\n    - path: roc.csv\n"
    )
    (pipeline / "dvc.yaml").write_text(
        "stages:\n  fit:\n    cmd: fit\n    plots:\n"
        "    - curve.csv:\n        x: epoch\n    - roc.csv:\n        x: fpr\n"
    )
    (run,) = runs(pipeline).values()
    assert {m.name: [(p.step, p.value) for p in m.points] for m in run.metrics} == {
        "loss": [(0, 1.5), (1, 0.5)]
    }


def test_data_at_an_address_is_named_by_it_and_by_no_secret(pipeline: Path) -> None:
    (pipeline / "dvc.lock").write_text(
        "schema: '2.0'\nstages:\n  train:\n    cmd: fit\n    deps:\n"
        "    - path: s3://bucket/raw.csv\n      etag: abc\n"
        "    - path: https://mara:hunter2@host/x.csv?X-Amz-Signature=hunter2\n"
        "      md5: e5ebd4c02cefbe7955977c67ada242b7\n"
        "    - path: /mnt/other/machine/raw.csv\n"
        "      md5: e5ebd4c02cefbe7955977c67ada242b7\n"
    )
    run = next(r for r in runs(pipeline).values() if "run.cache" not in facts(r))
    read = [(c.target.scheme, c.target.id) for c in run.claims]
    assert read == [
        (Scheme.URL, "s3://bucket/raw.csv"),
        (Scheme.URL, "https://host/x.csv"),
        (Scheme.PATH, "/mnt/other/machine/raw.csv"),
    ]
    assert "hunter2" not in repr(run)


def test_a_stage_with_a_folder_of_its_own_is_read_from_there(pipeline: Path) -> None:
    (pipeline / "sub").mkdir()
    (pipeline / "sub/m.json").write_text('{"f1": 0.5}')
    (pipeline / "sub/p.yaml").write_text("lr: 0.2\n")
    (pipeline / "dvc.lock").write_text(
        "schema: '2.0'\nstages:\n  fit:\n    cmd: fit\n    deps:\n"
        "    - path: ../data/raw.csv\n      md5: e5ebd4c02cefbe7955977c67ada242b7\n"
        "    params:\n      p.yaml:\n        lr: 0.1\n    outs:\n    - path: m.json\n"
    )
    (pipeline / "dvc.yaml").write_text(
        "stages:\n  fit:\n    cmd: fit\n    wdir: sub\n    deps:\n"
        "    - ../data/raw.csv\n    params:\n    - p.yaml:\n      - lr\n"
        "    metrics:\n    - m.json\n"
    )
    (run,) = runs(pipeline).values()
    assert metrics(run) == {"f1": 0.5}
    assert "data/raw.csv" in {claim.target.id for claim in run.claims}
    assert "lr is 0.2 in p.yaml, the stage ran with 0.1" in run.notices[0].message


def test_dvclive_has_its_params_its_curves_and_its_model(wine: Path) -> None:
    place = wine / "live"
    names = {one.name + ("/" if one.is_dir() else "") for one in place.iterdir()}
    assert registry.find(frozenset(names)) == [("dvclive", "metrics.json")]
    (run,) = registry.read("dvclive", place / "metrics.json")
    assert params(run) == {"optimizer": "adam", "batch.size": "8"}
    curves = {m.name: [(p.step, p.value) for p in m.points] for m in run.metrics}
    assert curves["accuracy"] == [(0, 0.5), (1, 0.6), (2, 0.7)]
    assert [step for step, _ in curves["train/loss"]] == [0, 1, 2]
    last = expected()["metrics"][""]["data"]["live/metrics.json"]["data"]
    assert curves["train/loss"][-1][1] == last["train"]["loss"]
    (claim,) = run.claims
    assert claim.subject.id == "../models/linear.pkl"


def test_dvclive_is_read_while_it_writes(wine: Path) -> None:
    place = wine / "live"
    table = place / "plots/metrics/accuracy.tsv"
    with table.open("a", encoding="utf-8") as file:
        file.write("3\t0.8\n4\t0.")
    (place / "metrics.json").write_text('{"accuracy": 0.')
    (run,) = registry.read("dvclive", place / "metrics.json")
    points = next(m.points for m in run.metrics if m.name == "accuracy")
    assert [(p.step, p.value) for p in points][-2:] == [(2, 0.7), (3, 0.8)]
    assert rules(run) == ["run.half-written"]


def test_a_persons_own_folder_with_plots_is_not_dvclives() -> None:
    own = frozenset({"metrics.json", "plots/", "train.py", "dvc.yaml"})
    assert ("dvclive", "metrics.json") not in registry.find(own)


def test_params_of_python_and_json_are_compared_with_what_ran(pipeline: Path) -> None:
    lock = json.loads(json.dumps({"schema": "2.0", "stages": {}}))
    lock["stages"]["fit"] = {
        "cmd": "python fit.py",
        "params": {"params.py": {"Train.rate": 0.1}, "p.json": {"depth": 2}},
    }
    (pipeline / "dvc.lock").write_text(json.dumps(lock))
    (pipeline / "params.py").write_text(
        "import os\nclass Train:\n    rate: float = 0.2\n"
    )
    (pipeline / "p.json").write_text('{"depth": 2}')
    (notice,) = runs(pipeline)["fit"].notices
    assert "Train.rate is 0.2 in params.py, the stage ran with 0.1" in notice.message
    assert "depth" not in notice.message


WINE = "schema: '2.0'\nstages:\n  train@a:\n    cmd: python train.py\n    deps:\n"
WINE += "    - path: data/raw.csv\n      hash: md5\n      md5: e5ebd4c02cefbe7955977c67ada242b7\n"
WINE += "      size: 8\n    params:\n      params.yaml:\n        train.lr: 0.02\n    outs:\n"
WINE += "    - path: model.pkl\n      md5: 35dba5d75538a9bbe0b4da4422759a0e.dir\n"


@settings(max_examples=150, deadline=None)
@given(
    cut=st.integers(0, len(WINE)),
    at=st.integers(0, len(WINE) - 1),
    other=st.binary(min_size=0, max_size=8),
)
def test_no_damage_to_a_lock_is_more_than_an_error_in_words(
    cut: int, at: int, other: bytes
) -> None:
    raw = WINE.encode()
    damaged = (raw[:at] + other + raw[at + len(other) :])[: max(cut, at)]
    for read in (executions, Locks().executions):
        with suppress(FormatError):
            found = read(damaged, "dvc.lock")
            assert all(one.id for one in found.values())


@settings(max_examples=100, deadline=None)
@given(
    text=st.text(st.sampled_from("${}abc.[]0:@-_ \\'\"\n*&|"), min_size=0, max_size=40)
)
def test_no_place_in_a_text_is_more_than_filled_in_or_left_open(text: str) -> None:
    known = {"a": {"b": [1, {"c": "x"}], "0": True}, "item": ["y"], "key": "z"}
    with suppress(UnresolvedError):
        assert isinstance(filled({"cmd": text}, known), dict)
