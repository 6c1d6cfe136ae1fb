"""How long the machine has slept: what happened meanwhile was told to nobody."""

from __future__ import annotations

import time


def seconds_asleep() -> float:
    """The time since the start that no clock of a running program counts.

    Where the system does not tell, the distance between the clock on the wall
    and that of running programs: set by hand, it only costs one look.
    """
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    now = time.clock_gettime(boot) if boot is not None else time.time()
    return now - time.monotonic()
