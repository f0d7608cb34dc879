"""Work in the background, on PostgreSQL alone.

A job's row is its history. A worker claims jobs with a lease and renews it; one that dies loses the
lease and the job runs again elsewhere; one that comes back late can write nothing, because every
write names the attempt it belongs to (the fence).
"""

from __future__ import annotations

from reelhouse_kit.jobs.model import Job, JobError, LeaseLostError, Status
from reelhouse_kit.jobs.store import Jobs
from reelhouse_kit.jobs.worker import Handler, Run, Worker

__all__ = ["Handler", "Job", "JobError", "Jobs", "LeaseLostError", "Run", "Status", "Worker"]
