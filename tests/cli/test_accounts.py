"""`cartwright accounts`, for whoever runs the installation."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from connector.errors import ConfigError, NotFound
from connector.models import KeyPurpose, Store
from connector.services import account_keys, accounts, merchants
from connector.session import Sessions
from tests.cli.conftest import Cli
from tests.stage import START

EMAIL = "Mina@minas.example"
LINK = re.compile(r"https://cart\.example/account/reset/([\w-]{43})\n")


def test_an_account_is_made_by_a_link_and_never_by_a_password(
    cli: Cli, sessions: Sessions, mina: Store
) -> None:
    assert "no account yet" in cli("accounts", "list").output
    found = LINK.fullmatch(cli("accounts", "add", EMAIL).output)
    assert found
    with sessions.all_stores() as session:
        assert account_keys.find(session, found[1], KeyPurpose.RESET)
    assert "Mina@minas.example               confirmed      -" in cli("accounts", "list").output


def test_adding_twice_keeps_the_account(cli: Cli, sessions: Sessions) -> None:
    cli("accounts", "add", EMAIL)
    with sessions.all_stores() as session:
        session.execute(text("update accounts set password_hash = 'kept'"))
    assert LINK.fullmatch(cli("accounts", "add", EMAIL.lower()).output)
    with sessions.all_stores() as session:
        assert session.execute(text("select password_hash from accounts")).all() == [("kept",)]


def test_what_a_stranger_made_in_advance_is_not_vouched_for(cli: Cli, sessions: Sessions) -> None:
    """She signed up with this address, never proved it, and waits for it to be given a store."""
    with sessions.all_stores() as session:
        merchants.sign_up(session, EMAIL.lower(), "a stranger's", None, START)
        account = accounts.by_address(session, EMAIL)
        assert account is not None
        key = account_keys.issue(session, account.id, KeyPurpose.SESSION)
    assert LINK.fullmatch(cli("accounts", "add", EMAIL).output)
    with sessions.all_stores() as session:
        hers = accounts.by_address(session, EMAIL)
        assert hers is not None
        assert hers.verified_at
        assert (hers.email, hers.password_hash) == (EMAIL, "")
        assert account_keys.find(session, key, KeyPurpose.SESSION) is None


def test_a_store_is_given_and_taken(cli: Cli, sessions: Sessions, mina: Store) -> None:
    cli("accounts", "add", EMAIL)
    given = cli("accounts", "give", EMAIL, mina.domain).output
    assert given == "Mina@minas.example can open Mina's Ceramics.\n"
    assert mina.domain in cli("accounts", "list").output
    with sessions.all_stores() as session:
        account = accounts.by_address(session, EMAIL)
        assert account is not None
        assert accounts.may_open(session, account.id, mina.id)
    assert "no longer" in cli("accounts", "take", EMAIL, str(mina.id)).output
    assert isinstance(cli("accounts", "take", EMAIL, str(mina.id)).exception, NotFound)


def test_a_link_is_printed_for_who_forgot(cli: Cli, sessions: Sessions) -> None:
    cli("accounts", "add", EMAIL)
    assert LINK.fullmatch(cli("accounts", "reset", EMAIL).output)


@pytest.mark.parametrize("words", [("reset", "no@x.example"), ("give", "no@x.example", "1")])
def test_what_is_not_there_is_named(cli: Cli, mina: Store, words: tuple[str, ...]) -> None:
    assert isinstance(cli("accounts", *words).exception, NotFound)


def test_what_is_no_address_is_refused(cli: Cli, sessions: Sessions) -> None:
    assert isinstance(cli("accounts", "add", "mina").exception, ConfigError)
    assert isinstance(cli("accounts", "add", "mína@minas.example").exception, ConfigError)
