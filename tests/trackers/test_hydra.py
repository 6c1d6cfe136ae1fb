"""The Hydra tracker, on jobs that Hydra itself started."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import Reference, RunReading, Scheme
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.trackers import registry

SINGLE = "outputs/2026-05-30/09-12-44"


def read(project: Path, folder: str = SINGLE) -> RunReading:
    (run,) = registry.read("hydra", project / folder / ".hydra")
    return run


def target(run: RunReading, relation: Relation) -> Reference:
    (found,) = [claim.target for claim in run.claims if claim.relation is relation]
    return found


def test_a_job_is_named_for_its_script_and_folder(hydra_project: Path) -> None:
    run = read(hydra_project)
    assert run.name == "train 2026-05-30/09-12-44"
    assert run.native_id == SINGLE
    assert run.folder == str(hydra_project / SINGLE)


def test_params_are_flattened(hydra_project: Path) -> None:
    params = {p.key: p.value.text for p in read(hydra_project).params}
    assert params == {
        "model.hidden": "[64, 32]",
        "data": "data/telco_v3.csv",
        "base_model": "models/base.safetensors",
        "optimizer.lr": "0.02",
        "optimizer.name": "sgd",
        "epochs": "3",
    }


def test_facts_say_what_was_overridden_and_chosen(hydra_project: Path) -> None:
    facts = {fact.key: fact.value.text for fact in read(hydra_project).facts}
    assert facts == {
        "overrides": "optimizer.lr=0.02 model=large",
        "hydra.version": "1.3.8",
        "started": "2026-05-30T09:12:44",
        "choice.model": "large",
    }


@pytest.mark.parametrize(
    ("relation", "path", "kind"),
    [
        (Relation.CONFIGURED_BY, "conf/train.yaml", Kind.CONFIG),
        (Relation.EXECUTED, "train.py", Kind.SCRIPT),
        (Relation.TRAINED_ON, "data/telco_v3.csv", Kind.DATASET),
        (Relation.STARTED_FROM, "models/base.safetensors", Kind.MODEL),
    ],
)
def test_paths_are_relative_to_where_the_job_started(
    hydra_project: Path, relation: Relation, path: str, kind: Kind
) -> None:
    found = target(read(hydra_project), relation)
    assert found == Reference(Scheme.PATH, path, kind=kind)


@pytest.mark.parametrize(("number", "lr"), [("0", "0.1"), ("1", "0.2")])
def test_each_job_of_a_sweep_is_a_run(
    hydra_project: Path, number: str, lr: str
) -> None:
    folder = f"multirun/2026-05-31/10-00-00/{number}"
    run = read(hydra_project, folder)
    assert run.native_id == folder
    assert {p.key: p.value.text for p in run.params}["optimizer.lr"] == lr


SWEEP = "multirun/2026-05-31/10-00-00"


def test_a_sweep_is_the_run_above_its_jobs(hydra_project: Path) -> None:
    folder = hydra_project / SWEEP
    names = frozenset(p.name + "/" * p.is_dir() for p in folder.iterdir())
    assert registry.find(names) == [("hydra", "multirun.yaml")]
    (run,) = registry.read("hydra", folder / "multirun.yaml")
    assert (run.native_id, run.name) == (SWEEP, "train 2026-05-31/10-00-00")
    assert {p.key: p.value.text for p in run.params} == {"optimizer.lr": "0.1,0.2"}
    facts = {fact.key: fact.value.text for fact in run.facts}
    assert facts["sweeper"].endswith("BasicSweeper")
    for number in ("0", "1"):
        above = target(read(hydra_project, f"{SWEEP}/{number}"), Relation.CHILD_OF)
        assert above == Reference(Scheme.RUN, f"hydra:{SWEEP}", kind=Kind.RUN)


def test_what_a_sweep_found_best_is_told(hydra_project: Path) -> None:
    results = hydra_project / SWEEP / "optimization_results.yaml"
    results.write_text("name: optuna\nbest_params:\n  lr: 0.1\nbest_value: 0.25\n")
    (run,) = registry.read("hydra", results.with_name("multirun.yaml"))
    assert [(m.name, m.points[0].value) for m in run.metrics] == [("best_value", 0.25)]
    assert '{"lr": 0.1}' in {fact.value.text for fact in run.facts}


@pytest.mark.parametrize("text", ["a: [1", "x: 1\n", "hydra: 3\n"])
def test_a_damaged_sweep_says_why(hydra_project: Path, text: str) -> None:
    path = hydra_project / SWEEP / "multirun.yaml"
    path.write_text(text)
    with pytest.raises(FormatError) as caught:
        registry.read("hydra", path)
    assert caught.value.why


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("org/name", Reference(Scheme.HUB, "org/name", kind=Kind.MODEL)),
        (
            "outputs/2026-05-30",
            Reference(Scheme.PATH, "outputs/2026-05-30", kind=Kind.MODEL),
        ),
        ("bert", Reference(Scheme.NAME, "bert", kind=Kind.MODEL)),
        ("https://a.org/m", Reference(Scheme.URL, "https://a.org/m", kind=Kind.MODEL)),
    ],
)
def test_a_base_is_a_path_only_if_it_looks_like_one_or_is_there(
    hydra_project: Path, value: str, expected: Reference
) -> None:
    config = hydra_project / SINGLE / ".hydra/config.yaml"
    config.write_text(f"base_model: {value}\n")
    assert target(read(hydra_project), Relation.STARTED_FROM) == expected


def test_unknown_tags_are_text_and_nothing_is_built(hydra_project: Path) -> None:
    config = hydra_project / SINGLE / ".hydra/config.yaml"
    config.write_text("a: !!python/object/apply:os.system ['touch owned']\nb: !x 3\n")
    params = {p.key: p.value.text for p in read(hydra_project).params}
    assert params == {"a": '["touch owned"]', "b": "3"}


def test_only_one_of_the_three_files_is_enough(hydra_project: Path) -> None:
    folder = hydra_project / SINGLE / ".hydra"
    (folder / "hydra.yaml").unlink()
    (folder / "overrides.yaml").unlink()
    run = read(hydra_project)
    assert run.name == "09-12-44"
    assert len(run.params) == 6


@pytest.mark.parametrize(
    "text",
    [
        "a: [1, 2",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "\x00\x01",
        "a: '" + "x" * 1_100_000 + "'",
        "[" * 5_000,
        "".join(f"k{i}: 1\n" for i in range(10_002)),
    ],
    ids=["cut off", "aliases", "control bytes", "too long", "too deep", "too many"],
)
def test_a_damaged_or_hostile_file_says_why(hydra_project: Path, text: str) -> None:
    (hydra_project / SINGLE / ".hydra/config.yaml").write_text(text)
    with pytest.raises(FormatError) as caught:
        read(hydra_project)
    assert caught.value.why


def test_an_empty_folder_is_no_run(tmp_path: Path) -> None:
    (tmp_path / ".hydra").mkdir()
    with pytest.raises(FormatError, match="no settings"):
        registry.read("hydra", tmp_path / ".hydra")


def test_odd_types_in_place_of_tables_are_ignored(hydra_project: Path) -> None:
    own = hydra_project / SINGLE / ".hydra/hydra.yaml"
    own.write_text("hydra: {job: [1], runtime: {config_sources: 3, cwd: 7}}\n")
    run = read(hydra_project)
    assert run.native_id == "09-12-44"
