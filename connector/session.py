"""Transactions: one store at a time for the app role, all stores for the broker."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from connector.config import Config

T = TypeVar("T")
_DEADLOCK = "40P01"
_TRIES = 5


@dataclass(frozen=True)
class Sessions:
    """The two ways into the database that a running process has."""

    app: Engine
    broker: Engine

    @contextlib.contextmanager
    def store(self, store_id: int) -> Iterator[Session]:
        """A transaction that sees this store's rows and no other's; commits on leaving."""
        with Session(self.app, expire_on_commit=False) as session, session.begin():
            session.execute(
                text("select set_config('app.store', :store, true)"), {"store": str(store_id)}
            )
            yield session

    @contextlib.contextmanager
    def all_stores(self) -> Iterator[Session]:
        """The broker's transaction: intake and dispatch only."""
        with Session(self.broker, expire_on_commit=False) as session, session.begin():
            yield session

    def in_store(self, store_id: int, work: Callable[[Session], T]) -> T:
        """Run `work` in a store's transaction, again if it was the victim of a deadlock."""
        for _ in range(_TRIES - 1):
            try:
                with self.store(store_id) as session:
                    return work(session)
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) != _DEADLOCK:
                    raise
        with self.store(store_id) as session:
            return work(session)

    def close(self) -> None:
        """Give all connections back."""
        self.app.dispose()
        self.broker.dispose()


def connect(config: Config, size: int = 5) -> Sessions:
    """Open pools of up to `size` connections for each role; connects on first use."""
    return Sessions(
        app=_engine(config.database_app_url, size),
        broker=_engine(config.database_broker_url, size),
    )


def _engine(url: str, size: int) -> Engine:
    return create_engine(
        url,
        pool_size=size,
        max_overflow=size,
        pool_pre_ping=True,
        pool_timeout=10,
        hide_parameters=True,  # errors are logged; shoppers' data must not be
        connect_args={"connect_timeout": 3, "options": "-c timezone=UTC -c lock_timeout=10s"},
    )
