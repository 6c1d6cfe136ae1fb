"""Event files and W&B logs that grow: reading on gives what reading all of them gives."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.growth import Followed
from mlcatalog.domain.reading import Point, RunReading
from mlcatalog.trackers import registry
from mlcatalog.trackers.tensorboard import _masked as masked

FIXTURES = Path(__file__).parents[1] / "fixtures/trackers"
RUN = "offline-run-20260530_101112-abc123"
LOGS = {
    "old": ("tensorboard", FIXTURES / "tensorboard/old/run1/s1"),
    "new": ("tensorboard", FIXTURES / "tensorboard/new/run2"),
    "wandb": ("wandb", FIXTURES / "wandb/project/wandb" / RUN),
}
Runs = Followed[tuple[RunReading, ...]]
Curves = dict[str, tuple[Point, ...]]


def place_of(tool: str, log: Path) -> Path:
    return log.parent if tool == "wandb" else log


def told(known: Curves, followed: Runs) -> Curves:
    """What a catalogue would know after one more look."""
    found = dict(known) if followed.continues else {}
    for run in followed.said:
        for series in run.metrics:
            before = found.get(series.name, ())[: series.after]
            found[series.name] = before + series.points
    return found


def but_curves(runs: Iterable[RunReading]) -> str:
    return repr([replace(run, metrics=()) for run in runs])


def texts(found: Curves) -> dict[str, str]:
    return {name: repr(points) for name, points in found.items()}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(LOGS)), st.data())
def test_reading_on_gives_what_reading_all_gives(
    kind: str, data: st.DataObject
) -> None:
    tool, fixture = LOGS[kind]
    with TemporaryDirectory() as parent:
        folder = Path(shutil.copytree(fixture, Path(parent) / fixture.name))
        (log,) = (p for p in folder.iterdir() if p.is_file())
        content = log.read_bytes()
        if data.draw(st.booleans()):  # damage, which stays damage
            spot = data.draw(st.integers(0, len(content) - 1))
            content = content[:spot] + b"\x99" + content[spot + 1 :]
        log.write_bytes(content)
        place = place_of(tool, log)
        try:
            whole = registry.follow(tool, place, None)
        except FormatError:
            return
        known, mark, written = Curves(), None, 0
        log.write_bytes(b"")
        followed = whole
        for cut in (
            *sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=6))),
            len(content),
        ):
            with log.open("ab") as file:
                file.write(content[written:cut])
            written = cut
            followed = registry.follow(tool, place, mark)
            known, mark = told(known, followed), followed.mark
        assert texts(known) == texts(told({}, whole))
        assert but_curves(followed.said) == but_curves(whole.said)


def scalar(tag: str, step: int, value: float) -> bytes:
    """One record of an event file with one simple value."""
    body = (
        b"\x0a" + bytes([len(tag)]) + tag.encode() + b"\x15" + struct.pack("<f", value)
    )
    summary = b"\x0a" + bytes([len(body)]) + body
    event = b"\x09" + struct.pack("<d", 1e9 + step) + b"\x10" + varint(step)
    event += b"\x2a" + bytes([len(summary)]) + summary
    head = struct.pack("<Q", len(event))
    return head + struct.pack("<I", masked(head)) + event + b"\0\0\0\0"


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(
        b"".join(scalar("loss", step, 1 / (step + 1)) for step in range(1_000))
    )
    return path


def test_only_new_records_are_read(events: Path) -> None:
    first = registry.follow("tensorboard", events, None)
    size = events.stat().st_size
    with events.open("r+b") as file:  # whoever read this again would stop here
        file.seek(size // 2)
        file.write(b"\xff" * 1_000)
        file.seek(0, 2)
        file.write(scalar("loss", 1_000, 0.5) + scalar("acc", 1_000, 0.9))
    second = registry.follow("tensorboard", events, first.mark)
    assert (second.start, second.continues) == (size, True)
    (run,) = second.said
    assert {(s.name, s.after, len(s.points)) for s in run.metrics} == {
        ("loss", 1_000, 1),
        ("acc", 0, 1),
    }
    assert not run.notices


def test_a_second_event_file_goes_on_where_the_first_ended(events: Path) -> None:
    first = registry.follow("tensorboard", events, None)
    later = events.with_name("events.out.tfevents.2.host")
    later.write_bytes(scalar("loss", 1_000, 0.5))
    second = registry.follow("tensorboard", events, first.mark)
    assert second.continues
    assert second.log == later.name
    assert [(s.after, len(s.points)) for s in second.said[0].metrics] == [(1_000, 1)]
    with events.open("ab") as file:  # out of turn: all is read anew
        file.write(scalar("loss", 7, 0.5))
    third = registry.follow("tensorboard", events, second.mark)
    assert not third.continues
    assert [len(s.points) for s in third.said[0].metrics] == [1_002]


def test_a_log_that_is_another_is_read_from_its_start(events: Path) -> None:
    mark = registry.follow("tensorboard", events, None).mark
    events.write_bytes(b"".join(scalar("loss", step, 2.0) for step in range(1_200)))
    followed = registry.follow("tensorboard", events, mark)
    assert (followed.start, followed.continues) == (0, False)
    assert {p.value for s in followed.said[0].metrics for p in s.points} == {2.0}
