"""Times: UTC microseconds since 1970, and how they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def now() -> int:
    """The present moment, in UTC microseconds."""
    return moment_of(datetime.now(UTC))


def moment_of(when: datetime) -> int:
    """UTC microseconds of an aware datetime (a naive one is taken as UTC)."""
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return (aware - EPOCH) // MICROSECOND


def from_ns(nanoseconds: int) -> int:
    """UTC microseconds of a file time in nanoseconds."""
    return nanoseconds // 1_000


def parse_moment(text: str) -> int | None:
    """UTC microseconds of an ISO 8601 text, None when it is none.

    A text without a zone is unordered against others (DESIGN section 3) and
    gives None too; keep it as text.
    """
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment_of(when) if when.tzinfo else None


def utc_text(moment: int | None) -> str:
    """`2026-05-02T14:07:31Z`; an empty text for None or what no calendar holds."""
    when = _datetime_of(moment)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else ""


def short_text(moment: int | None) -> str:
    """`2026-05-02 14:07`, in UTC, for people."""
    when = _datetime_of(moment)
    return when.strftime("%Y-%m-%d %H:%M") if when else ""


def _datetime_of(moment: int | None) -> datetime | None:
    if moment is None:
        return None
    try:
        return EPOCH + moment * MICROSECOND
    except OverflowError:
        return None
