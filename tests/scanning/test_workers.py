"""Tests of the guarded pool, with real processes that crash, hang and overeat."""

from __future__ import annotations

import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlcatalog.domain.errors import AmbiguousError, ReaderFailedError
from mlcatalog.scanning.workers import GuardedPool

ROOT = Path(__file__).resolve().parents[2]
RAISE = """
from mlcatalog.domain.errors import AmbiguousError
raise AmbiguousError("which one?", candidates=("a", "b"))
"""
HEAVY = "{'PySide6', 'sqlalchemy', 'numpy'} & set(__import__('sys').modules)"


@pytest.fixture(scope="module")
def pool() -> Iterator[GuardedPool]:
    with GuardedPool(2, memory=1 << 30, seconds=20) as pool:
        yield pool


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_gone(pids: list[int]) -> bool:
    for _ in range(600):
        if not any(map(is_alive, pids)):
            return True
        time.sleep(0.05)
    return False


def test_a_call_is_answered_from_another_process(pool: GuardedPool) -> None:
    assert pool.submit(operator.add, 2, 3).result() == 5
    assert pool.submit(os.getpid).result() != os.getpid()


def test_an_exception_comes_back_as_it_was(pool: GuardedPool) -> None:
    with pytest.raises(ZeroDivisionError):
        pool.submit(operator.truediv, 1, 0).result()
    with pytest.raises(AmbiguousError) as caught:
        pool.submit(exec, RAISE).result()
    assert caught.value.candidates == ("a", "b")


def test_a_crash_fails_only_its_own_call(pool: GuardedPool) -> None:
    futures = [pool.submit(operator.add, i, 1) for i in range(20)]
    bad = pool.submit(os._exit, 3)
    more = [pool.submit(operator.add, i, 1) for i in range(20)]
    with pytest.raises(ReaderFailedError, match="status 3"):
        bad.result()
    assert [f.result() for f in futures + more] == [*range(1, 21)] * 2


def test_a_signal_is_named(pool: GuardedPool) -> None:
    with pytest.raises(ReaderFailedError, match="signal 11"):
        pool.submit(signal.raise_signal, signal.SIGSEGV).result()


def test_too_much_memory_fails_only_its_own_call(pool: GuardedPool) -> None:
    with pytest.raises(ReaderFailedError, match="more memory"):
        pool.submit(bytearray, 4 << 30).result()
    assert pool.submit(len, b"abc").result() == 3


def test_a_call_that_hangs_is_ended_and_its_child_replaced() -> None:
    with GuardedPool(1, seconds=0.5) as pool:
        before = pool.submit(os.getpid).result()
        with pytest.raises(ReaderFailedError, match=r"longer than 0\.5 seconds"):
            pool.submit(time.sleep, 600).result()
        assert pool.submit(os.getpid).result() != before
        assert wait_until_gone([before])


def test_what_cannot_travel_is_an_error_of_its_call(pool: GuardedPool) -> None:
    with pytest.raises(Exception, match="pickle"):
        pool.submit(lambda: 1).result()
    with pytest.raises(Exception, match="pickle"):
        pool.submit(open, os.devnull).result()
    assert pool.submit(len, b"abc").result() == 3


def test_what_a_reader_prints_does_not_disturb_the_pipes(pool: GuardedPool) -> None:
    assert pool.submit(os.write, 1, b"noise on standard output").result() == 24
    assert pool.submit(print, "more noise").result() is None
    assert pool.submit(os.read, 0, 10).result() == b""
    assert pool.submit(len, b"abc").result() == 3


def test_chunks_give_every_item_its_own_outcome(pool: GuardedPool) -> None:
    found = dict(pool.map_chunks(int, [str(i) for i in range(100)] + ["x"], chunk=7))
    assert isinstance(found.pop("x"), ValueError)
    assert found == {str(i): i for i in range(100)}


def test_a_chunk_whose_child_died_is_tried_item_by_item(pool: GuardedPool) -> None:
    items = ["1", "__import__('os')._exit(1)", *map(str, range(30))]
    found = dict(pool.map_chunks(eval, items, chunk=10))
    assert isinstance(found.pop(items[1]), ReaderFailedError)
    assert found == {text: int(text) for text in items if text.isdigit()}


def test_an_endless_source_is_read_only_a_little_ahead(pool: GuardedPool) -> None:
    taken: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(10**9):
            taken.append(number)
            yield number

    outcomes = pool.map_chunks(abs, numbers(), chunk=4)
    first = next(outcomes)
    outcomes.close()
    assert first[0] == first[1]
    assert len(taken) < 50
    assert pool.submit(len, b"abc").result() == 3


def test_leaving_by_an_exception_ends_running_calls_and_children() -> None:
    with pytest.raises(KeyboardInterrupt), GuardedPool(2) as pool:  # noqa: PT012
        for _ in range(2):
            pool.submit(len, b"").result()
        futures = [pool.submit(time.sleep, 600) for _ in range(6)]
        while not (futures[0].running() and futures[1].running()):
            time.sleep(0.01)
        pids = list(pool.pids())
        raise KeyboardInterrupt
    assert wait_until_gone(pids)
    assert all(future.done() for future in futures)


def test_no_pipe_is_left_open_after_shutdown() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with GuardedPool(2) as pool:
            assert sorted(n for n, _ in pool.map_chunks(abs, range(9), chunk=2)) == [
                *range(9)
            ]
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_pool_that_was_shut_down_takes_no_calls() -> None:
    pool = GuardedPool(1)
    pool.shutdown()
    pool.shutdown(cancel_futures=True)
    with pytest.raises(RuntimeError):
        pool.submit(len, b"")


def test_children_end_when_their_parent_is_killed() -> None:
    code = """
import time
from mlcatalog.scanning.workers import GuardedPool
pool = GuardedPool(2)
pool.submit(len, b"").result()
busy = [pool.submit(time.sleep, 600) for _ in range(2)]
while len(pool.pids()) < 2: time.sleep(0.01)
time.sleep(0.3)
print(*pool.pids(), flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert len(pids) == 2
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_until_gone(pids)


def test_a_program_that_forgets_to_shut_down_still_ends() -> None:
    code = (
        "import time; from mlcatalog.scanning.workers import GuardedPool\n"
        "pool = GuardedPool(1); pool.submit(time.sleep, 600)\n"
        "while not pool.pids(): time.sleep(0.01)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert ended.returncode == 0


def test_a_child_imports_neither_qt_nor_sql(pool: GuardedPool) -> None:
    assert pool.submit(eval, HEAVY).result() == set()
