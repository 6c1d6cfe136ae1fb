"""What the activity bar and its list say, from the engine's own lines."""

from __future__ import annotations

from typing import Any

import pytest

from mlcatalog.ui.activity.log import ActivityLog, Followed, Job
from mlcatalog.ui.activity.wording import (
    duration,
    figures,
    headline,
    reason,
    summary,
    told,
)

PROJECT = "/data/churn-prediction"


def heard(*lines: dict[str, Any]) -> ActivityLog:
    log = ActivityLog()
    for line in lines:
        log.hear({"project": PROJECT, **line})
    return log


def test_a_read_stage_counts_files_and_tells_pace_and_rest() -> None:
    log = heard(
        {"event": "began", "whole": True},
        {"event": "progress", "stage": "read", "done": 5_729, "total": 9_240},
    )
    job = log.current
    assert job is not None
    assert headline(job) == "Indexing churn-prediction: reading"
    said = figures(job, job.stage_began + 10)
    assert said == "5,729 of 9,240 files · 573/s · 6 s left"


def test_a_digest_stage_counts_bytes() -> None:
    job = Job(PROJECT, stage="digest", unit="bytes", done=1_400_000_000)
    job.total = 9_600_000_000
    said = figures(job, job.stage_began + 1)
    assert said == "1.4 GB of 9.6 GB · 1.4 GB/s · 6 s left"


def test_what_is_not_known_is_not_told() -> None:
    job = Job(PROJECT, stage="walk")
    assert figures(job) == ""
    job.done = 1_234
    assert figures(job, job.stage_began + 0.1) == "1,234 files"


def test_linking_is_about_all_projects_that_were_looked_at() -> None:
    log = heard(
        {"event": "began"}, {"event": "progress", "project": "", "stage": "link"}
    )
    assert log.current is not None
    assert headline(log.current) == "Indexing churn-prediction: linking"


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["watching", "watching"], "Watching 2 projects"),
        (["watching"], "Watching 1 project"),
        (["watching", "offline", "watching"], "Watching 2 projects, offline 1"),
        (["idle"], "Not watching 1 project"),
        ([], ""),
    ],
)
def test_the_states_of_all_projects_are_one_line(
    states: list[str], expected: str
) -> None:
    projects = [Followed(f"/p{n}", state) for n, state in enumerate(states)]
    assert summary(projects) == expected


@pytest.mark.parametrize(
    "state",
    ["watching", "scanning", "polling", "limited", "paused", "offline", "error"],
)
def test_every_state_says_what_to_do_about_it(state: str) -> None:
    assert len(reason(Followed(PROJECT, state))) > 20


def test_a_limited_project_tells_the_reason_and_how_to_raise_the_limit() -> None:
    said = reason(Followed(PROJECT, "limited", "the system gave no watches: no space"))
    assert said.startswith("The system gave no watches: no space.")
    assert "fs.inotify.max_user_watches" in said


def test_a_job_that_ended_tells_its_seconds_by_stage() -> None:
    report = {"files": 55, "seconds": {"walk": 0.04, "read": 1.21, "total": 1.4}}
    log = heard(
        {"event": "began", "whole": True},
        {"event": "done", "whole": True, "report": report},
    )
    assert told(log.past[0]) == "55 files in 1.4 s (read 1.2)"
    assert not log.running


def test_a_look_that_found_nothing_new_is_no_entry() -> None:
    log = heard({"event": "began", "whole": False}, {"event": "done", "whole": False})
    assert not log.past


def test_the_same_error_again_is_counted_and_not_repeated() -> None:
    error = {"what": "The disk is full", "remedy": "Free some space"}
    log = heard(*({"event": "error", "error": error} for _ in range(5)))
    assert len(log.past) == 1
    assert told(log.past[0]) == "The disk is full. Free some space. (5 times)"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.2, "1 s"), (8, "8 s"), (600, "10 min"), (7_200, "2.0 h")],
)
def test_time_that_is_left_is_told_briefly(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected
