"""How hard a scan may work, by how busy the machine is. No I/O.

The thresholds are those of BEHAVIOUR 2.8. Load is what everything else on the machine uses: a scan
that slowed down because of its own work would never use a machine that is idle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

MAX_WORKERS = 16
_FIRST_WORKERS = 4
_CPU_LOW, _CPU_HIGH = 70.0, 85.0
_MEMORY_LOW, _MEMORY_HIGH = 80.0, 90.0
_BRAKE = 95.0
BRAKE_SECONDS = 10.0
"""How long load is to be extreme before the brake is pulled, and how long it is held."""
MIN_BATCH, FIRST_BATCH, MAX_BATCH = 10, 50, 200
MAX_DELAY_MS = 500
_DELAY_STEP_MS = 100


@dataclass(frozen=True, slots=True)
class Load:
    """What others use, in percent of the machine."""

    cpu: float
    memory: float

    @property
    def high(self) -> bool:
        """Whether a scan is to take less."""
        return self.cpu > _CPU_HIGH or self.memory > _MEMORY_HIGH

    @property
    def low(self) -> bool:
        """Whether a scan may take more."""
        return self.cpu < _CPU_LOW and self.memory < _MEMORY_LOW

    @property
    def extreme(self) -> bool:
        """Whether the machine is about to be of no use."""
        return self.cpu >= _BRAKE or self.memory >= _BRAKE


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard a scan works: workers at once, files a worker takes, pause after that."""

    workers: int
    batch: int
    delay_ms: int
    most_workers: int
    extreme_since: float | None = None
    braked_until: float = 0.0

    @classmethod
    def first(cls, most_workers: int) -> Pace:
        """Returns the pace that a scan begins with."""
        most = max(1, min(most_workers, MAX_WORKERS))
        return cls(min(_FIRST_WORKERS, most), FIRST_BATCH, 0, most)

    def braked(self, now: float) -> bool:
        """Tells whether no new work is to begin."""
        return now < self.braked_until

    def after(self, load: Load, now: float) -> Pace:
        """Returns the pace after a look at the load, at a time in seconds."""
        since = (self.extreme_since or now) if load.extreme else None
        pace = replace(self, extreme_since=since)
        if since is not None and now - since >= BRAKE_SECONDS:
            # The count begins anew: between two brakes there is always some work.
            return replace(
                pace,
                workers=1,
                batch=MIN_BATCH,
                delay_ms=MAX_DELAY_MS,
                extreme_since=now + BRAKE_SECONDS,
                braked_until=now + BRAKE_SECONDS,
            )
        if load.high:
            return replace(
                pace,
                workers=max(1, self.workers - 1),
                batch=max(MIN_BATCH, self.batch // 2),
                delay_ms=min(MAX_DELAY_MS, self.delay_ms + _DELAY_STEP_MS),
            )
        if load.low:
            return replace(
                pace,
                workers=min(self.most_workers, self.workers + 1),
                batch=min(MAX_BATCH, self.batch * 2),
                delay_ms=max(0, self.delay_ms - _DELAY_STEP_MS),
            )
        return pace
