"""How activity is told: headlines, figures, and what each state of a project means."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from mlcatalog.domain.amounts import size_text
from mlcatalog.ui.activity.log import Followed, Job

STAGES = {
    "walk": "looking for files",
    "list": "listing",
    "read": "reading",
    "digest": "digesting",
    "link": "linking",
    "judge": "judging",
}
ORDER = ("walk", "list", "read", "digest", "link", "judge")
SHORTEST = 0.05  # seconds of a stage that are worth a word
SOONEST = 0.5  # seconds before a pace is worth telling

# What a state means to a person, and what can be done about it.
REMEDIES = {
    "watching": "Changes on disk show by themselves.",
    "scanning": "It is being looked at now.",
    "polling": "It is looked at every few seconds; changes show a little later.",
    "limited": (
        "It is looked at every few seconds instead. To watch it, raise the limit "
        "(sudo sysctl fs.inotify.max_user_watches=524288) and press F5."
    ),
    "paused": "Resume goes on where it stopped.",
    "offline": "All that is known of it is kept; it is taken up again when it is back.",
    "error": "It is tried again by itself; Rescan tries it now.",
    "idle": "Nobody watches it now.",
}
LOOKS = {
    "watching": "good",
    "limited": "warning",
    "polling": "warning",
    "offline": "warning",
    "error": "bad",
}


def headline(job: Job) -> str:
    """What is being done: "Indexing churn-prediction: reading"."""
    if job.stage == "register":
        return f"Registering {job.name}"
    stage = STAGES.get(job.stage, "")
    if not job.project:
        return f"{stage.capitalize()} all projects" if stage else "Working"
    return f"Indexing {job.name}: {stage}" if stage else f"Indexing {job.name}"


def figures(job: Job, moment: float | None = None) -> str:
    """How far it is, how fast, and how long it still takes."""
    spent = (time.monotonic() if moment is None else moment) - job.stage_began
    if job.total:
        said = [f"{amount(job.done, job)} of {amount(job.total, job, counted=True)}"]
    elif job.done:
        said = [amount(job.done, job, counted=True)]
    else:
        return ""
    if spent >= SOONEST and job.done:
        pace = job.done / spent
        said.append(f"{amount(round(pace), job)}/s")
        if job.total:
            said.append(f"{duration((job.total - job.done) / pace)} left")
    return " · ".join(said)


def amount(number: int, job: Job, *, counted: bool = False) -> str:
    """A number in the unit of a job's stage."""
    if job.unit == "bytes":
        return size_text(number)
    return f"{number:,} files" if counted else f"{number:,}"


def duration(seconds: float) -> str:
    """A time span as short as it is useful."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5_400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3_600:.1f} h"


def summary(projects: Iterable[Followed]) -> str:
    """The states of all projects in a line: "Watching 2 projects, offline 1"."""
    counts = Counter(project.state for project in projects)
    said: list[str] = []
    for state, count in sorted(counts.items(), key=lambda pair: -pair[1]):
        word = "not watching" if state == "idle" else state
        noun = f" project{'' if count == 1 else 's'}" if not said else ""
        said.append(f"{word} {count}{noun}")
    text = ", ".join(said)
    return text[:1].upper() + text[1:]


def reason(project: Followed) -> str:
    """Why a project is in its state, and what to do about it."""
    note = project.note.strip()
    remedy = REMEDIES.get(project.state, "")
    if project.state == "offline" and note:
        return note  # the error says all of it already
    note = f"{note}." if note and note[-1] not in ".!?" else note
    note = note[:1].upper() + note[1:]
    if project.state == "paused":
        return remedy
    return f"{note} {remedy}".strip()


def told(job: Job) -> str:
    """What became of a job that ended."""
    if job.outcome == "failed":
        times = f" ({job.times} times)" if job.times > 1 else ""
        said = [job.error.get(key, "") for key in ("what", "where", "why", "remedy")]
        sentences = [part if part[-1] in ".!?" else f"{part}." for part in said if part]
        return " ".join(sentences or ["Something went wrong."]) + times
    if job.outcome == "cancelled":
        return "Cancelled; what was done until then is kept."
    return f"{job.files:,} files{_stages(job)}"


def outcome(job: Job) -> str:
    """How a job ended, in a word."""
    if job.outcome == "done":
        return "Indexed" if job.whole else "Followed changes"
    return job.outcome.capitalize()


def clock(job: Job) -> str:
    """When it ended, in the time of the person who looks."""
    moment = datetime.fromtimestamp(job.ended or job.began).astimezone()
    return moment.strftime("%H:%M:%S")


def _stages(job: Job) -> str:
    total = job.seconds.get("total")
    if total is None:
        return ""
    parts = ", ".join(
        f"{stage} {job.seconds[stage]:.1f}"
        for stage in ORDER
        if job.seconds.get(stage, 0) >= SHORTEST
    )
    return f" in {total:.1f} s ({parts})" if parts else f" in {total:.1f} s"
