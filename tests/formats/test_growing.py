"""Metrics files that grow: reading on gives what reading all of them gives."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.growth import Followed
from mlcatalog.domain.reading import Point, Reading
from mlcatalog.formats import registry

Curves = dict[str, tuple[Point, ...]]
CELLS = st.sampled_from(["1", "2.5", "-3e4", "nan", "", "x", " 7 ", "0.25", "é"])
SEPARATORS = st.sampled_from([",", ";", "\t"])


def told(known: Curves, followed: Followed[Reading]) -> Curves:
    """What a catalogue would know after one more look."""
    found = dict(known) if followed.continues else {}
    for series in followed.said.metrics:
        found[series.name] = found.get(series.name, ())[: series.after] + series.points
    return found


def texts(found: Curves) -> dict[str, str]:
    return {name: repr(points) for name, points in found.items()}


def looked_at(path: Path, content: bytes, cuts: Iterable[int]) -> Curves:
    """Let a file grow up to each cut and look each time; the last look is at rest."""
    known: Curves = {}
    mark = None
    written = 0
    path.write_bytes(b"")
    for cut in (*sorted(cuts), len(content)):
        with path.open("ab") as file:
            file.write(content[written:cut])
        written = max(written, cut)
        is_last = cut == len(content)
        try:
            followed = registry.follow(path, mark, is_growing=not is_last)
        except FormatError:
            known, mark = {}, None
            if is_last:
                raise
            continue
        known, mark = told(known, followed), followed.mark
    return known


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    separator = draw(SEPARATORS)
    names = draw(
        st.lists(
            st.sampled_from(["step", "loss", " acc", "epoch", "f1"]),
            min_size=1,
            max_size=4,
            unique=True,
        )
    )
    rows = draw(st.lists(st.lists(CELLS, max_size=5), max_size=60))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    lines = [separator.join(names), *(separator.join(row) for row in rows)]
    text = end.join(lines) + draw(st.sampled_from(["", end, end + '"', "\r"]))
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "latin-1"])))


@st.composite
def json_lines(draw: st.DrawFn) -> bytes:
    numbers = st.one_of(st.integers(-9, 99), st.floats(), st.sampled_from(["x", None]))
    rows = draw(
        st.lists(
            st.dictionaries(st.sampled_from(["step", "loss", "acc "]), numbers),
            max_size=60,
        )
    )
    import json

    lines = [json.dumps(row) for row in rows]
    lines += draw(st.sampled_from([[], ['{"step": 3, "lo'], [""], ["broken"]]))
    return ("\n".join(lines) + draw(st.sampled_from(["", "\n"]))).encode()


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        tables().map(lambda t: ("metrics.csv", t)),
        json_lines().map(lambda t: ("metrics.jsonl", t)),
    ),
    st.data(),
)
def test_reading_on_gives_what_reading_all_gives(
    named: tuple[str, bytes], data: st.DataObject
) -> None:
    name, content = named
    cuts = data.draw(st.lists(st.integers(0, len(content)), max_size=6))
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            whole = {s.name: s.points for s in registry.read(path).metrics}
        except FormatError:
            with pytest.raises(FormatError):
                looked_at(path, content, cuts)
            return
        assert texts(looked_at(path, content, cuts)) == texts(whole)


def written(path: Path, start: int, end: int) -> None:
    with path.open("a") as file:
        for step in range(start, end):
            if path.suffix == ".csv":
                file.write(f"{step},{1 / (step + 1):.6f}\n")
            else:
                file.write(f'{{"step": {step}, "loss": {1 / (step + 1):.6f}}}\n')


@pytest.fixture(params=["metrics.csv", "metrics.jsonl"])
def log(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / str(request.param)
    if path.suffix == ".csv":
        path.write_text("step,loss\n")
    written(path, 0, 2_000)
    return path


def test_only_what_is_new_is_read(log: Path) -> None:
    first = registry.follow(log, None, is_growing=True)
    size = log.stat().st_size
    assert (first.start, first.continues) == (0, False)
    written(log, 2_000, 2_003)
    second = registry.follow(log, first.mark, is_growing=True)
    assert (second.start, second.continues) == (size, True)
    (series,) = second.said.metrics
    assert (series.after, [p.step for p in series.points]) == (
        2_000,
        [2_000, 2_001, 2_002],
    )


def test_the_midst_of_a_log_is_not_looked_at_again(log: Path) -> None:
    """Garbage there would be an error, or other rows, to whoever read it."""
    first = registry.follow(log, None, is_growing=True)
    with log.open("r+b") as file:
        file.seek(10_000)
        file.write(b"\xff\0\n\0" * 1_000)
    written(log, 2_000, 2_001)
    followed = registry.follow(log, first.mark, is_growing=True)
    assert [len(series.points) for series in followed.said.metrics] == [1]


def test_a_line_that_is_half_written_waits_for_its_rest(log: Path) -> None:
    mark = registry.follow(log, None, is_growing=True).mark
    line = b"2000,0.25\n" if log.suffix == ".csv" else b'{"step": 2000, "loss": 0.25}\n'
    with log.open("ab") as file:
        file.write(line[:-3])
    cut = registry.follow(log, mark, is_growing=True)
    assert cut.held_back
    assert not any(series.points for series in cut.said.metrics)
    with log.open("ab") as file:
        file.write(line[-3:])
    whole = registry.follow(log, cut.mark, is_growing=True)
    assert not whole.held_back
    assert [s.points for s in whole.said.metrics] == [(Point(2_000, 0.25),)]


@pytest.mark.parametrize("change", ["shorter", "replaced", "rewritten"])
def test_a_log_that_is_another_is_read_from_its_start(log: Path, change: str) -> None:
    mark = registry.follow(log, None, is_growing=True).mark
    content = log.read_bytes()
    if change == "shorter":
        log.write_bytes(content[: content.index(b"\n", 20_000) + 1])
    elif change == "replaced":
        other = log.with_name(f"other{log.suffix}")
        other.write_bytes(content + content[content.rindex(b"\n", 0, -1) + 1 :])
        other.replace(log)
    else:
        log.write_bytes(content.replace(b"0.5", b"0.7", 1) + content[-30:])
    followed = registry.follow(log, mark, is_growing=False)
    assert (followed.start, followed.continues) == (0, False)
    whole = registry.read(log)
    assert followed.said.metrics == whole.metrics
