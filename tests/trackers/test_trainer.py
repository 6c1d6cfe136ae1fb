"""The Trainer's arguments as params of its run, out of what transformers saved."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from mlcatalog.domain.reading import RunReading
from mlcatalog.domain.words import Relation
from mlcatalog.trackers import registry

MADE = Path(__file__).parents[1] / "fixtures/torch_tools"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """An output folder as transformers leaves it, with one checkpoint."""
    shutil.copytree(MADE / "adapter", tmp_path / "out/checkpoint-3")
    return tmp_path / "out"


def one(output: Path) -> RunReading:
    (run,) = registry.read("trainer", output / "checkpoint-3")
    return run


def params(run: RunReading) -> dict[str, str]:
    return {param.key: param.value.text for param in run.params}


def test_the_arguments_of_a_checkpoint_are_the_runs_params(output: Path) -> None:
    expected = json.loads((MADE / "expected.json").read_text())["adapter"]
    run = one(output)
    assert params(run)["learning_rate"] == str(expected["learning_rate"])
    assert params(run)["seed"] == str(expected["seed"])
    assert params(run)["lr_scheduler_type"] == "linear"
    assert not [k for k in params(run) if k[:1] == "_" or k.endswith("_token")]
    assert "distributed_state" not in params(run)  # made by the trainer, not given
    losses = next(m for m in run.metrics if m.name == "loss")
    assert [point.value for point in losses.points] == expected["losses"]


def test_arguments_beside_the_checkpoints_count_where_they_have_none(
    output: Path,
) -> None:
    (output / "checkpoint-3/training_args.bin").rename(output / "training_args.bin")
    assert "learning_rate" in params(one(output))


def saved(path: Path, pickled: bytes) -> None:
    """A file as torch.save writes one, around a pickle."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("training_args/data.pkl", pickled)


def test_what_a_run_resumed_from_is_claimed_and_a_token_is_never_told(
    output: Path,
) -> None:
    fields = (
        b"(S'resume_from_checkpoint'\nS'./out/checkpoint-1'\nS'hub_token'\nS'hf_x'\n"
    )
    thing = b"ctransformers.training_args\nTrainingArguments\n(tR" + fields + b"db."
    saved(output / "checkpoint-3/training_args.bin", thing)
    run = one(output)
    assert params(run) == {"resume_from_checkpoint": "./out/checkpoint-1"}
    assert [(c.relation, c.target.id) for c in run.claims] == [
        (Relation.STARTED_FROM, "./out/checkpoint-1")
    ]


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"\x80\x02}."])
def test_broken_arguments_take_nothing_from_the_run(
    output: Path, content: bytes
) -> None:
    (output / "checkpoint-3/training_args.bin").write_bytes(content)
    run = one(output)
    assert run.metrics
    assert run.params == ()
    assert [notice.rule for notice in run.notices] == ["integrity.unreadable"]


def test_arguments_that_would_run_code_are_only_named(
    output: Path, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    code = f"cposix\nsystem\n(S'touch {made}'\ntR."
    saved(output / "checkpoint-3/training_args.bin", code.encode())
    assert one(output).params == ()
    assert not made.exists()
