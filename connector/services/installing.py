"""Installations under way: begun by a signed state, ended once (broker's transactions)."""

from __future__ import annotations

import hmac
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Interval, bindparam, delete, func, select, type_coerce, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.errors import CartwrightError
from connector.install_state import Pending, States, browser_hash
from connector.models import InstallState
from connector.signing import token_hash

LIFE = timedelta(minutes=10)
_KEPT = timedelta(days=1)  # spent states: any that is older has run out anyway
CONNECTED = "connected"


class Why(StrEnum):
    """Why a state is of no use."""

    FORGED = "forged"  # it is not what we gave away
    LATE = "late"
    ELSEWHERE = "elsewhere"  # another browser brings it back
    SPENT = "spent"


class BadState(CartwrightError):
    """An installation that must not go on."""

    def __init__(self, why: Why) -> None:
        super().__init__(f"the state is {why}")
        self.why = why


def begin(
    session: Session,
    states: States,
    platform: str,
    domain: str,
    browser: str,
    account_id: int | None = None,
) -> str:
    """A state for this shop and this browser (the key in its cookie); writes nothing."""
    until = now(session) + int(LIFE.total_seconds())
    return states.sign(Pending(platform, domain, browser_hash(browser), until, account_id))


def read(session: Session, states: States, text: str, platform: str) -> Pending:
    """What a state says, if it is ours and still good; BadState otherwise.

    Says nothing of the browser (`must_be_of`) nor of whether it was used (`spend`).
    """
    pending = states.read(text)
    if pending is None or pending.platform != platform:
        raise BadState(Why.FORGED)
    if pending.until < now(session):
        raise BadState(Why.LATE)
    return pending


def must_be_of(pending: Pending, browser: str) -> None:
    """BadState unless the installation began in this browser (the key in its cookie)."""
    if not hmac.compare_digest(pending.browser, browser_hash(browser)):
        raise BadState(Why.ELSEWHERE)


def spend(session: Session, pending: Pending) -> int:
    """Use the state up; its row. BadState if it was used: of two at once one wins.

    Commit before anything is done on the strength of it. Old rows are swept on the way.
    """
    old = InstallState.at < func.clock_timestamp() - bindparam(None, _KEPT, Interval)
    session.execute(delete(InstallState).where(old))
    row = {
        "token_hash": token_hash(pending.nonce),
        "platform": pending.platform,
        "domain": pending.domain,
        "outcome": "",
        "at": func.clock_timestamp(),
    }
    statement = insert(InstallState).values(row).on_conflict_do_nothing().returning(InstallState.id)
    made = session.scalar(statement)
    if made is None:
        raise BadState(Why.SPENT)
    return made


def settle(session: Session, state_id: int, outcome: str, store_id: int | None = None) -> None:
    """Keep what became of an installation: CONNECTED with its store, or why not, in words.

    Only once: what was shut meanwhile stays so.
    """
    session.execute(
        update(InstallState)
        .where(InstallState.id == state_id, InstallState.outcome == "")
        .values(outcome=outcome[:500], store_id=store_id)
    )


def shut(session: Session, pending: Pending, why: str) -> tuple[int, timedelta] | None:
    """Nobody gets anywhere by this installation any more.

    The store that it connected and how long ago its keys came; None if it connected none.
    """
    row = session.execute(
        update(InstallState)
        .where(InstallState.token_hash == token_hash(pending.nonce))
        .values(outcome=why)
        .returning(
            InstallState.store_id,
            type_coerce(func.clock_timestamp() - InstallState.at, Interval),
        )
    ).one_or_none()
    return None if row is None or row[0] is None else (row[0], row[1])


def found(session: Session, pending: Pending) -> InstallState | None:
    """The row of a state that was used, or None while it was not."""
    row: InstallState | None = session.scalar(
        select(InstallState).where(InstallState.token_hash == token_hash(pending.nonce))
    )
    return row


def now(session: Session) -> int:
    """The database's clock, in Unix seconds: what states and signed links are measured by."""
    return int(session.scalar(select(func.extract("epoch", func.clock_timestamp()))) or 0)
