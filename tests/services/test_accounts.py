"""Which stores a merchant may open, and what ends when one is hers no longer."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from connector.models import Account, AccountStore, DeskKey
from connector.services import accounts
from connector.session import Sessions
from tests.stage import START, Stage


def merchant(sessions: Sessions, email: str = "mina@example.com", *, verified: bool = True) -> int:
    """A merchant's account, as the database has it."""
    with sessions.all_stores() as session:
        row = Account(
            email=email,
            email_key=email,
            password_hash="",
            verified_at=START if verified else None,
            created_at=START,
        )
        session.add(row)
        session.flush()
        return row.id


def test_a_store_is_hers_once(stage: Stage) -> None:
    hers, others = merchant(stage.sessions), merchant(stage.sessions, "oscar@example.com")
    for later in range(2):
        with stage.sessions.all_stores() as session:
            at = START + timedelta(days=later)
            assert accounts.add_store(session, hers, stage.store.id, at)
    with stage.sessions.all_stores() as session:
        (row,) = session.scalars(select(AccountStore))
        assert (row.account_id, row.role, row.added_at) == (hers, "owner", START)
        assert accounts.may_open(session, hers, stage.store.id)
        assert not accounts.may_open(session, others, stage.store.id)
        assert not accounts.may_open(session, hers, stage.store.id + 1)


def test_an_address_that_is_not_proved_gets_no_store(stage: Stage) -> None:
    account = merchant(stage.sessions, verified=False)
    with stage.sessions.all_stores() as session:
        assert not accounts.add_store(session, account, stage.store.id, START)
        assert not accounts.may_open(session, account, stage.store.id)
        assert session.scalar(select(AccountStore.id)) is None


def test_a_store_taken_away_closes_its_desk(stage: Stage) -> None:
    account = merchant(stage.sessions)
    with stage.session() as session:
        for number in range(2):
            session.add(
                DeskKey(
                    store_id=stage.store.id,
                    token_hash=bytes([number]),
                    session=True,
                    account_id=account if number else None,
                    expires_at=START + timedelta(days=9999),
                )
            )
    with stage.sessions.all_stores() as session:
        accounts.add_store(session, account, stage.store.id, START)
        assert accounts.take_store(session, account, stage.store.id)
        assert not accounts.take_store(session, account, stage.store.id)
        assert not accounts.may_open(session, account, stage.store.id)
    assert [bool(key.used_at) for key in stage.rows(DeskKey)] == [False, True]
