"""`cartwright accounts`: merchants' accounts, for whoever runs the installation.

No password is ever typed here: a link lets her choose one.
"""

from __future__ import annotations

import click

from connector import clock
from connector.cli.installation import opened
from connector.errors import ConfigError, NotFound
from connector.models import Account
from jobs.runtime import Runtime


@click.group()
def command() -> None:
    """See and make merchants' accounts, and say which stores are theirs."""


@command.command("list")
def list_accounts() -> None:
    """List all accounts, each with its stores."""
    from connector.services import accounts, merchants

    with opened() as means, means.sessions.all_stores() as session:
        lines = [
            _line(account, [store.domain for store in accounts.stores_of(session, account.id)])
            for account in merchants.every(session)
        ]
    click.echo("\n".join(lines) or "There is no account yet: `cartwright accounts add EMAIL`.")


def _line(account: Account, domains: list[str]) -> str:
    state = "confirmed" if account.verified_at else "not confirmed"
    return f"{account.email:<32} {state:<14} {', '.join(domains) or '-'}"


@command.command()
@click.argument("email")
def add(email: str) -> None:
    """Make an account for EMAIL, and print a link by which she chooses her password.

    You vouch for the address: the account needs no mail to be confirmed.
    """
    from connector.domain.merchants import clean_address
    from connector.services import merchants

    address = clean_address(email)
    if not address:
        raise ConfigError(f"{email!r} is not an e-mail address in plain letters")
    with opened() as means:
        with means.sessions.all_stores() as session:
            merchants.vouch(session, address, clock.now())
        click.echo(_link(means, address))


@command.command()
@click.argument("email")
def reset(email: str) -> None:
    """Print a link by which EMAIL's owner chooses a new password; works once, within an hour."""
    with opened() as means:
        click.echo(_link(means, email))


@command.command()
@click.argument("email")
@click.argument("store")
def give(email: str, store: str) -> None:
    """Let EMAIL's account open STORE (its number, its public id or its domain)."""
    from connector.cli.store_settings import named
    from connector.services import accounts

    with opened() as means:
        row = named(means, store)
        with means.sessions.all_stores() as session:
            account = _account(means, email)
            if not accounts.add_store(session, account.id, row.id, clock.now()):
                raise ConfigError(f"{account.email} has not confirmed her address yet")
    click.echo(f"{account.email} can open {row.name}.")


@command.command()
@click.argument("email")
@click.argument("store")
def take(email: str, store: str) -> None:
    """Let EMAIL's account open STORE no longer; the desks that it opened are shut."""
    from connector.cli.store_settings import named
    from connector.services import accounts

    with opened() as means:
        row, account = named(means, store), _account(means, email)
        with means.sessions.all_stores() as session:
            if not accounts.take_store(session, account.id, row.id):
                raise NotFound(f"{row.name} is not a store of {account.email}")
    click.echo(f"{account.email} can no longer open {row.name}.")


def _account(means: Runtime, email: str) -> Account:
    from connector.services import accounts

    with means.sessions.all_stores() as session:
        found = accounts.by_address(session, email)
    if found is None:
        raise NotFound(f"there is no account {email!r}: see `cartwright accounts list`")
    return found


def _link(means: Runtime, email: str) -> str:
    from connector.models import KeyPurpose
    from connector.services import account_keys
    from jobs.system_mails import link_to

    account = _account(means, email)
    with means.sessions.all_stores() as session:
        token = account_keys.issue(session, account.id, KeyPurpose.RESET)
    return link_to("reset", token)
