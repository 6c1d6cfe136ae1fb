"""The fuzzing targets: one for each binary reader, each with a seed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from mlcatalog.formats import registry

PATH = Path(__file__).parent / "fuzz_readers.py"
SPEC = importlib.util.spec_from_file_location("fuzz_readers", PATH)
assert SPEC is not None
assert SPEC.loader is not None
FUZZ = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(FUZZ)


@pytest.mark.parametrize("ending", FUZZ.TARGETS)
def test_a_target_has_a_reader_and_a_seed(ending):
    name = f"a{ending}" if ending.startswith(".") else ending
    assert registry.guess(name) is not None
    assert any(path.is_file() for path in FUZZ.FIXTURES.rglob(f"*{ending}"))


def test_reaching_out_is_a_finding():
    with pytest.raises(AssertionError, match=r"os\.system"):
        FUZZ.refuse("os.system", ("true",))
