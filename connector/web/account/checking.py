"""Is this her password? The same work for an address that is known and one that is not."""

from __future__ import annotations

from connector import passwords
from connector.domain.merchants import LONGEST, clean_address
from connector.models import Account
from connector.services import accounts, merchants
from connector.web.account import limits
from jobs.runtime import runtime


def account_of(address: str, password: str) -> Account | None:
    """The account of this address, if the password is right; limits are asked before."""
    sessions = runtime().sessions
    with sessions.all_stores() as session:
        account = accounts.by_address(session, clean_address(address))
    password = password[: LONGEST + 1]  # longer ones are nobody's, and not worth the work
    stored = account.password_hash if account else ""
    if not passwords.is_right(password, stored) or account is None:
        return None
    limits.password_was_right(address)
    if passwords.is_outdated(stored):
        fresh = passwords.hashed(password)
        with sessions.all_stores() as session:
            merchants.rehashed(session, account.id, stored, fresh)
    return account
