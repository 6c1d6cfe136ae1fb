"""Each blow a few times, with new random numbers in each run; see README.md."""

from __future__ import annotations

import random
import sys

import pytest

from tests.faults.__main__ import struck
from tests.faults.blows import BLOWS

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        sys.platform != "linux", reason="the blows use /proc, SIGKILL and RLIMIT_FSIZE"
    ),
]
TWICE = ("kill-index", "kill-engine", "folder-away")  # many moments, cheap to strike
RUNS = [(blow, n) for blow in BLOWS for n in range(2 if blow in TWICE else 1)]


@pytest.mark.parametrize(("blow", "number"), RUNS)
def test_nothing_is_lost_and_the_next_scan_mends(blow: str, number: int) -> None:
    seed = f"{random.SystemRandom().randrange(10**6)}-{number}"
    said, complaints = struck(blow, seed)
    again = f"python -m tests.faults --only {blow} --exactly {seed}"
    assert complaints == [], f"{said}\nAgain with: {again}"
