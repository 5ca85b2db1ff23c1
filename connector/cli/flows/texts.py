"""What the flow commands share: texts from files, a store's transaction, problems as lines."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NoReturn, TypeVar
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from connector import clock
from connector.domain.flows.errors import FlowError, Problem
from connector.errors import ConfigError
from connector.models import Store

T = TypeVar("T")
REFUSED = 2  # the exit code of a text that is refused


@dataclass(frozen=True)
class InStore:
    """A store's transaction; times are product time."""

    session: Session
    store: Store
    now: datetime

    def local(self, at: datetime) -> str:
        """A time as the merchant's clock shows it."""
        return f"{at.astimezone(ZoneInfo(self.store.timezone)):%Y-%m-%d %H:%M %Z}"


@contextlib.contextmanager
def in_store(name: str) -> Iterator[InStore]:
    """A transaction of the store of that number, public id or domain; NotFound."""
    from connector.cli.installation import opened
    from connector.cli.store_settings import named

    with opened() as means:
        store_id = named(means, name).id
        with means.sessions.store(store_id) as session:
            yield _here(session, store_id)


def done_in_store(name: str, work: Callable[[InStore], T]) -> T:
    """Change something in a store, again if it was the victim of a deadlock; NotFound."""
    from connector.cli.installation import opened
    from connector.cli.store_settings import named

    with opened() as means:
        store_id = named(means, name).id
        return means.sessions.in_store(store_id, lambda session: work(_here(session, store_id)))


def _here(session: Session, store_id: int) -> InStore:
    return InStore(session, session.get_one(Store, store_id), clock.now())


def source_of(file: str) -> str:
    """The text of a file, or of a flow of the library; ConfigError if there is neither."""
    from connector.errors import NotFound
    from connector.services import flow_texts

    path = Path(file)
    try:
        return path.read_text(encoding="utf-8") if path.exists() else flow_texts.library_text(file)
    except NotFound as error:
        raise ConfigError(f"there is no file {file}, and {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from None


def refuse(file: str, error: FlowError) -> NoReturn:
    """Say everything that is wrong, one a line, and end with exit code 2."""
    tell(file, error.problems)
    raise SystemExit(REFUSED)


def tell(file: str, problems: Sequence[Problem]) -> None:
    """Print problems, one a line."""
    for one in problems:
        label = "warning: " if one.warning else ""
        click.echo(f"{file}: {label}{one}", err=True)
