"""Runs benchmarks: python -m tests.benchmarks [--full] [NAME...]; a process each."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import (
    flow,
    library,
    mlflow_stores,
    names,
    one_more,
    views,
    watching,
)
from tests.benchmarks.measuring import Figure

Benchmark = Callable[[Path, str], Iterator[Figure]]
BENCHMARKS: dict[str, Benchmark] = {
    "first-listing": flow.first_listing,
    "unchanged-scan": flow.unchanged_scan,
    "header-reads": flow.header_reads,
    "digests": flow.digests,
    "memory-indexer": flow.memory_of_indexer,
    "one-more-model": one_more.one_more_model,
    "mlflow-runs": mlflow_stores.mlflow_runs,
    "start": library.starts,
    "key-presses": library.key_presses,
    "memory-window": library.memory_of_window,
    "run-filters": library.run_filters,
    "lineage": views.graphs,
    "comparison": views.comparisons,
    "watch-idle": watching.watch_idle,
    "watch-burst": watching.watch_burst,
    "settled-to-row": watching.settled_to_row,
    "churn-memory": watching.churn_memory,
    "judge-names": names.judge_names,
    "template-tester": names.template_tester,
    "window-tester": names.window_tester,
}
BUILD = Path("build/bench")


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for, print the table and write the JSON."""
    options = _parser().parse_args(list(arguments))
    BUILD.mkdir(parents=True, exist_ok=True)
    size = "full" if options.full else "small"
    if options.one:
        for figure in BENCHMARKS[options.one](BUILD.absolute(), size):
            print(json.dumps(figure.as_json()), flush=True)
        return 0
    print(f"{machine()}; size {size}\n")
    print(
        f"{'WHAT':58} {'OURS':>14} {'REFERENCE':>26} {'SCORE':>8} {'MUST':>7} {'AIM':>7}"
    )
    figures: list[dict[str, object]] = []
    failed = 0
    for name in options.names or BENCHMARKS:
        status = _run(name, options.full, figures)
        if status:
            failed += 1
            print(f"{name}: did not finish (status {status}); see above")
    document = {
        "schema": 1,
        "machine": machine(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "size": size,
        "figures": figures,
    }
    target = BUILD / "figures.json"
    target.write_text(json.dumps(document, indent=1), encoding="utf-8")
    print(f"\nWritten to {target}")
    return 1 if failed else 0


def machine() -> str:
    """What this was measured on."""
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} "
        f"{platform.release()}, CPython {platform.python_version()}"
    )


def _run(name: str, is_full: bool, figures: list[dict[str, object]]) -> int:
    command = [sys.executable, "-m", "tests.benchmarks", "--one", name]
    process = subprocess.Popen(
        command + (["--full"] if is_full else []), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        figure = json.loads(line)
        figures.append({"benchmark": name, **figure})
        print(_line(figure), flush=True)
    return process.wait()


def _line(figure: dict[str, object]) -> str:
    sign = ">=" if figure["at_least"] else "<="
    reference = ""
    if figure["reference"] is not None:
        reference = f"{figure['reference']:.3g} {figure['against']}"
    bounds = [
        f"{sign}{figure[name]:g}" if figure[name] is not None else ""
        for name in ("limit", "aim")
    ]
    line = (
        f"{figure['what']:58} {figure['value']:>9.4g} {figure['unit']:>4} {reference:>26.26} "
        f"{figure['score']:>8.3g} {bounds[0]:>7} {bounds[1]:>7}  {figure['verdict']}"
    )
    return f"{line}\n    {figure['note']}" if figure["note"] else line


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], metavar="NAME")
    parser.add_argument("--full", action="store_true", help="up to 1,000,000 artifacts")
    parser.add_argument("--one", choices=list(BENCHMARKS), help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
