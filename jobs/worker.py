"""A worker process: one queue, JSON only, and settings with which RQ notices the dead."""

from __future__ import annotations

import logging

from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from connector import clock
from jobs.runtime import QUEUES, runtime

# With RQ's own settings an idle worker blocks for 405 s and notices nothing meanwhile.
_TTL_S = 25
_MAINTENANCE_S = 5


class QueueWorker(SimpleWorker):
    """Works in its own process, with the pools it has; one queue, so that no job is lost."""

    queue_class = Queue

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Work on a batch, by a product clock no older than the one that found it due."""
        clock.reread()
        super().execute_job(job, queue)


def work(queue: str, *, burst: bool = False) -> None:
    """Work on one of QUEUES until told to stop."""
    if queue not in QUEUES:
        raise ValueError(f"no such queue: {queue}; use one of {', '.join(QUEUES)}")
    logging.getLogger("rq").setLevel(logging.WARNING)
    worker = QueueWorker(
        [runtime().queue(queue)],
        connection=runtime().redis,
        serializer=JSONSerializer,
        worker_ttl=_TTL_S,
        maintenance_interval=_MAINTENANCE_S,
    )
    worker.work(burst=burst, logging_level="WARNING")
