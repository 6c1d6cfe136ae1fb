"""Sizes, numbers and days as people write them in a query."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from mlcatalog.domain.moments import moment_of

_UNITS = {"": 0, "b": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?)b?", re.IGNORECASE | re.ASCII)
_AGO = re.compile(r"(\d{1,5})\s*(h|d|w|m|y)", re.IGNORECASE | re.ASCII)
_HOURS = {"h": 1, "d": 24, "w": 24 * 7, "m": 24 * 30, "y": 24 * 365}
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", re.ASCII)


def number_of(text: str) -> float | None:
    """A number; None for what is none or not finite."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def size_of(text: str) -> float | None:
    """Bytes of "2GB" (10^9) or "2GiB" (2^30); None for what is no size."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return None
    base = 1024 if match[3] else 1000
    return float(match[1]) * float(base ** _UNITS[match[2].lower()])


def span_of(text: str) -> tuple[int, int] | None:
    """First and last moment (UTC µs) of a day, month, year or a time ago.

    "7d" is the moment seven days ago; "today" and "yesterday" are days.
    """
    word = text.strip().lower()
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"today": 0, "yesterday": 1}
    if word in days:
        start = today - timedelta(days=days[word])
        return _span(start, start + timedelta(days=1))
    ago = _AGO.fullmatch(word)
    if ago:
        try:
            moment = datetime.now(UTC) - timedelta(hours=int(ago[1]) * _HOURS[ago[2]])
        except OverflowError:
            return None
        return moment_of(moment), moment_of(moment)
    day = _DAY.fullmatch(word)
    return _calendar(day) if day else None


def is_ago(text: str) -> bool:
    """Whether a date is written as a time ago: "<7d" then means younger."""
    return _AGO.fullmatch(text.strip().lower()) is not None


def _calendar(day: re.Match[str]) -> tuple[int, int] | None:
    year, month, number = int(day[1]), int(day[2] or 1), int(day[3] or 1)
    try:
        start = datetime(year, month, number, tzinfo=UTC)
        if day[3]:
            end = start + timedelta(days=1)
        elif day[2]:
            end = (start + timedelta(days=32)).replace(day=1)
        else:
            end = datetime(year + 1, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return _span(start, end)


def _span(start: datetime, end: datetime) -> tuple[int, int]:
    return moment_of(start), moment_of(end) - 1
