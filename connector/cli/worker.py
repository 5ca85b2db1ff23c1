"""`cartwright worker`: one queue's worker process."""

from __future__ import annotations

import click

from connector.cli.installation import supervised
from connector.errors import ConfigError


@click.command()
@click.argument("queue")
def command(queue: str) -> None:
    """Work on QUEUE until told to stop; the job in hand is finished first."""
    from jobs import worker
    from jobs.runtime import QUEUES

    if queue not in QUEUES:
        raise ConfigError(f"there is no queue {queue!r}: choose one of {', '.join(QUEUES)}")
    supervised()
    worker.work(queue)
