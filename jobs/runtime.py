"""What every job of a process shares: configuration, pools, keys, the doorbell."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from connector import clock, config
from connector.crypto import Vault
from connector.services import own_secrets, product_clock
from connector.session import Sessions, connect

log = logging.getLogger("cartwright")

Ref = tuple[int, int]  # (store id, row id): RLS wants to know the store first
QUEUES = ("webhooks", "flows", "messages", "audiences", "chores")
_POOL = 10  # connections of each role: messages work on 4 stores with 4 threads each
_FULL = 20  # queued batches: more doorbells would not be heard sooner
# Longer than the sum of a batch's parts: RQ's alarm in the middle of a call would make
# an unknown where there was none.
_TIMEOUT_S = {"webhooks": 600, "flows": 600, "messages": 1800, "audiences": 900, "chores": 3600}


@dataclass(frozen=True)
class Runtime:
    """The process's means."""

    config: config.Config
    sessions: Sessions
    vault: Vault
    redis: Redis

    def queue(self, name: str) -> Queue:
        """One of QUEUES."""
        return Queue(
            name,
            connection=self.redis,
            serializer=JSONSerializer,
            default_timeout=_TIMEOUT_S[name],
        )

    @cached_property
    def code_secret(self) -> bytes:
        """What discount codes and links are made with; read once a process."""
        with self.sessions.all_stores() as session:
            return own_secrets.code_secret(session, self.vault)


@cache
def runtime() -> Runtime:
    """The means of this process, made on first use; the product clock is followed from here."""
    loaded = config.load()
    sessions = connect(loaded, size=_POOL)
    if loaded.testing_clock:
        clock.follow(lambda: read_shift(sessions))
    return Runtime(
        config=loaded,
        sessions=sessions,
        vault=Vault(loaded.secret_keys),
        redis=Redis.from_url(loaded.redis_url, socket_connect_timeout=2, socket_timeout=40),
    )


def read_shift(sessions: Sessions) -> clock.Shift | None:
    """How the product's time is shifted just now; Unreadable while the database is away."""
    try:
        with sessions.all_stores() as session:
            return product_clock.read(session)
    except SQLAlchemyError as error:
        raise clock.Unreadable from error


def ring(queue: str, job: Callable[[list[Ref]], None], refs: Sequence[Ref], batch: int) -> None:
    """Say which rows are due; losing this loses nothing, the rows are found again."""
    doorbell = runtime().queue(queue)
    prepared = [
        Queue.prepare_data(
            job,
            args=([list(ref) for ref in refs[start : start + batch]],),
            timeout=_TIMEOUT_S[queue],
            result_ttl=0,
            failure_ttl=3600,
        )
        for start in range(0, len(refs), batch)
    ]
    doorbell.enqueue_many(prepared)


def has_room(queue: str) -> bool:
    """True if the queue's doorbells are being heard."""
    return runtime().queue(queue).count < _FULL
