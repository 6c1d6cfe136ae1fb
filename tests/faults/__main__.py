"""Strikes many blows and prints what did not hold: python -m tests.faults."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.faults.blows import BLOWS
from tests.faults.world import World


def main() -> int:
    """Strike, look, and count."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument(
        "--seed", type=int, default=random.SystemRandom().randrange(10**6)
    )
    parser.add_argument("--only", choices=list(BLOWS), nargs="+", default=list(BLOWS))
    parser.add_argument("--exactly", help="one blow with the seed that a test printed")
    options = parser.parse_args()
    names: list[str] = options.only
    if options.exactly:
        said, complaints = struck(names[0], options.exactly)
        print(said, *complaints, sep="\n")
        return 1 if complaints else 0
    print(f"seed {options.seed}")
    done: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for number in range(options.runs):
        name = names[number % len(names)]
        start = time.monotonic()
        said, complaints = struck(name, f"{options.seed}-{number}")
        done[name] += 1
        failed[name] += bool(complaints)
        spent = time.monotonic() - start
        print(f"{number:5} {name:15} {spent:6.1f} s  {said}", flush=True)
        for complaint in complaints:
            print(f"      {complaint}", flush=True)
    print(f"\n{'BLOW':15} {'RUNS':>5} {'FAILED':>7}")
    for name in names:
        print(f"{name:15} {done[name]:5} {failed[name]:7}")
    return 1 if failed.total() else 0


def struck(name: str, seed: str) -> tuple[str, list[str]]:
    """One blow in a world of its own: what was done, and what does not hold."""
    place = Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        world = World(place, random.Random(seed))
        try:
            said = BLOWS[name](world)
        except AssertionError as error:
            return "", [str(error)]
        return said, world.complaints()
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
