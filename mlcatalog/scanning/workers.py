"""The guarded pool: child processes that read hostile files on our behalf."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from itertools import islice
from queue import Empty, SimpleQueue
from time import monotonic
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from mlcatalog.domain.errors import ReaderFailedError
from mlcatalog.scanning.child import Child, Limits
from mlcatalog.scanning.worker import run_chunk

CHECK_SECONDS = 0.1  # how often late calls are looked for
AHEAD = 2  # chunks in the queue per child

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")
Call = tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]


class GuardedPool(Executor):
    """Runs calls in child processes with a memory and a time limit.

    A call that crashes, hangs or eats memory fails only its own future, with
    ReaderFailedError; its child is replaced. Functions, arguments and answers
    must be picklable, functions by their module. Leaving a `with` block by an
    exception (Cancelled, say) ends the running calls at once.
    """

    def __init__(
        self,
        workers: int = 2,
        *,
        memory: int = 2 << 30,
        seconds: float = 30.0,
        nice: int = 5,
    ) -> None:
        limits = Limits(memory, seconds, nice)
        self._calls: SimpleQueue[Call | None] = SimpleQueue()
        self._children = [Child(limits) for _ in range(workers)]
        self._lock = threading.Lock()
        self._stopped = threading.Event()  # no new calls
        self._ended = threading.Event()  # the monitor may go
        self._threads = [self._thread(self._work, child) for child in self._children]
        self._monitor = self._thread(self._watch) if seconds else None

    def submit(
        self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[R]:
        """Call a function in a child; keyword arguments are not supported."""
        if kwargs:
            raise TypeError("a guarded call takes positional arguments only")
        future: Future[R] = Future()
        with self._lock:
            if self._stopped.is_set():
                raise RuntimeError("the pool was shut down")
            self._calls.put((future, fn, args))
        return future

    def map_chunks(
        self, fn: Callable[[T], R], items: Iterable[T], *, chunk: int = 32
    ) -> Iterator[tuple[T, R | Exception]]:
        """Each item with its answer or its exception, as they are ready.

        Items travel in chunks; a chunk whose child died is tried again item by
        item, so that only the guilty one fails. `items` may be endless: it is
        read a little ahead only.
        """
        source = iter(items)
        waiting: dict[Future[Any], tuple[T, ...]] = {}
        try:
            while True:
                self._fill(waiting, fn, source, chunk=chunk)
                if not waiting:
                    return
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    part = waiting.pop(future)
                    yield from self._outcomes(future, part, fn, waiting)
        finally:
            for future in waiting:
                future.cancel()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls; with cancel_futures, end the running ones too."""
        with self._lock:
            first = not self._stopped.is_set()
            self._stopped.set()
        if cancel_futures:
            self._cancel_waiting()
            for child in self._children:
                child.close()
        if first:
            for _ in self._threads:
                self._calls.put(None)
        if wait:
            self._join()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown(wait=True, cancel_futures=kind is not None)

    def pids(self) -> tuple[int, ...]:
        """The process ids of the children that run now."""
        return tuple(child.pid for child in self._children if child.pid is not None)

    @staticmethod
    def _thread(target: Callable[..., None], *arguments: object) -> threading.Thread:
        # Daemon threads: a program that forgets to shut down still ends, and
        # its children with it, since their pipes close.
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        thread.start()
        return thread

    def _work(self, child: Child) -> None:
        while (call := self._calls.get()) is not None:
            future, function, arguments = call
            if future.set_running_or_notify_cancel():
                _fulfil(future, child, function, arguments)
            del call, future, function, arguments
        child.close()

    def _watch(self) -> None:
        while not self._ended.wait(CHECK_SECONDS):
            now = monotonic()
            for child in self._children:
                child.kill_if_late(now)

    def _join(self) -> None:
        for thread in self._threads:
            thread.join()
        self._ended.set()
        if self._monitor is not None:
            self._monitor.join()

    def _cancel_waiting(self) -> None:
        ends = 0
        while True:
            try:
                call = self._calls.get_nowait()
            except Empty:
                break
            if call is None:
                ends += 1
            else:
                call[0].cancel()
                call[0].set_running_or_notify_cancel()
        for _ in range(ends):
            self._calls.put(None)

    def _fill(
        self,
        waiting: dict[Future[Any], tuple[T, ...]],
        function: Callable[[T], R],
        source: Iterator[T],
        *,
        chunk: int,
    ) -> None:
        while len(waiting) < AHEAD * len(self._children):
            part = tuple(islice(source, chunk))
            if not part:
                return
            waiting[self.submit(run_chunk, function, part)] = part

    def _outcomes(
        self,
        future: Future[Any],
        part: tuple[T, ...],
        function: Callable[[T], R],
        waiting: dict[Future[Any], tuple[T, ...]],
    ) -> Iterator[tuple[T, R | Exception]]:
        error = future.exception()
        if error is None:
            for item, (_, outcome) in zip(part, future.result(), strict=True):
                yield item, outcome
        elif len(part) > 1 and not self._stopped.is_set():
            for item in part:
                waiting[self.submit(run_chunk, function, (item,))] = (item,)
        else:
            for item in part:
                yield item, error if isinstance(error, Exception) else _stopped()


def _fulfil(
    future: Future[Any],
    child: Child,
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
) -> None:
    try:
        answer = child.ask(function, arguments)
    except BaseException as error:  # noqa: BLE001 - belongs to whoever asked
        future.set_exception(error)
    else:
        future.set_result(answer)


def _stopped() -> ReaderFailedError:
    return ReaderFailedError("Reading was stopped", why="the program is ending")
