"""A merchant with her browser and her mailbox: signs up, opens links, presses buttons."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from connector.models import Account, SystemMail
from connector.sandbox.mail import MailCatcher
from connector.services import accounts, merchants
from connector.session import Sessions
from jobs.system_mails import send_system_mails
from tests.stage import START, Stage

PASSWORD = "three blue herons walk"
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


@dataclass
class Merchant:
    """Somebody with an address and a password, at one browser."""

    app: Flask
    sessions: Sessions
    email: str = "mina@minas.example"
    password: str = PASSWORD
    browser: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.app.test_client()

    def elsewhere(self) -> Merchant:
        """The same person at another browser."""
        return Merchant(self.app, self.sessions, self.email, self.password)

    def get(self, path: str = "/account/") -> TestResponse:
        """Look at a page."""
        return self.browser.get(path)

    def send(self, page: str, path: str = "", **fields: str) -> TestResponse:
        """Fill the form of a page and send it (to `path`, if that is another one)."""
        found = _TOKEN.search(self.get(page).text)
        token = {"form_token": found[1]} if found else {}
        return self.browser.post(path or page, data={**token, **fields})

    def signs_up(self) -> TestResponse:
        """Fill the form for a new account."""
        return self.send("/account/sign-up", email=self.email, password=self.password)

    def signs_in(self, password: str = "") -> TestResponse:
        """Fill the sign-in form."""
        given = password or self.password
        return self.send("/account/sign-in", email=self.email, password=given)

    def confirms(self, path: str, password: str = "") -> TestResponse:
        """Open the link of the mail, and type the password."""
        return self.send(path, password=password or self.password)

    @property
    def id(self) -> int:
        """Her account's number."""
        with self.sessions.all_stores() as session:
            account = accounts.by_address(session, self.email)
            assert account is not None
            return account.id

    def owns(self, *stages: Stage) -> Merchant:
        """These stores are hers."""
        with self.sessions.all_stores() as session:
            for stage in stages:
                assert accounts.add_store(session, self.id, stage.store.id, START)
        return self

    def key(self) -> str:
        """The secret of her session's cookie."""
        cookie = self.browser.get_cookie("cartwright_account")
        return cookie.value if cookie else ""


def settled(app: Flask, sessions: Sessions, email: str) -> Merchant:
    """A merchant whose address is proved, with a password, signed in."""
    from connector import passwords

    made = Merchant(app, sessions, email)
    with sessions.all_stores() as session:
        account = merchants.vouch(session, email, START)
        account.password_hash = _HASHES.setdefault(PASSWORD, "") or passwords.hashed(PASSWORD)
        _HASHES[PASSWORD] = account.password_hash
    assert made.signs_in().status_code == 303
    return made


_HASHES: dict[str, str] = {}


def account_of(sessions: Sessions, email: str) -> Account | None:
    """The row of an address."""
    with sessions.all_stores() as session:
        return accounts.by_address(session, email)


def post(sessions: Sessions) -> int:
    """The postman: every mail that is due is sent; how many there were."""
    with sessions.all_stores() as session:
        due = select(SystemMail.id).where(SystemMail.due_at <= text("clock_timestamp()"))
        refs = [(0, mail_id) for mail_id in session.scalars(due)]
    send_system_mails(refs)
    return len(refs)


def letters(mailbox: MailCatcher) -> list[tuple[str, str]]:
    """What lies in the mailboxes: (to, subject)."""
    return [(mail["to"], mail["subject"]) for mail in mailbox.mails()]


def last_link(mailbox: MailCatcher) -> str:
    """The path of the link in the newest mail."""
    found = re.search(r"https://cart\.example(/account/\w+/[\w-]{43})", mailbox.mails()[-1]["text"])
    assert found is not None
    return found[1]
