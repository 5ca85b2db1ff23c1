"""Passwords and keys leave no trace: in no log, no answer, no queue, and in no table in clear."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import text

from connector import clock
from connector.db import Base
from connector.sandbox.mail import MailCatcher
from jobs import dispatch
from jobs.runtime import runtime
from tests.cast import Cast
from tests.web.merchants import Merchant, last_link, post

FIRST, SECOND = "canary heron one walks", "canary heron two stands"


def everywhere(merchant: Merchant) -> str:
    """All tables of accounts and of the desk, as text."""
    with merchant.sessions.all_stores() as session:
        names = ("accounts", "account_keys", "account_stores", "trials", "system_mails")
        assert set(names) <= set(Base.metadata.tables)
        return " ".join(
            str(row)
            for name in names
            for row in session.execute(text(f"select t::text from {name} t"))  # noqa: S608 - our own names
        )


def queued() -> str:
    """All that is in Redis."""
    redis = runtime().redis
    kept = []
    for key in redis.scan_iter("*"):
        kind = redis.type(key)
        raw = redis.hgetall(key) if kind == b"hash" else redis.dump(key)
        kept.append(f"{key!r} {raw!r}")
    return " ".join(kept)


def test_nothing_is_told_of_passwords_and_keys(
    mailbox: MailCatcher, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, logger="mail")  # the mailbox's own: it shows what it got
    mina = Merchant(cast.app, cast.mina.sessions, "canary@minas.example", FIRST)
    answers = [mina.signs_up(), mina.signs_up()]
    dispatch.tick(clock.now())
    in_queue = queued()
    assert "send_system_mails" in in_queue
    post(mina.sessions)
    links = [last_link(mailbox).rpartition("/")[2]]
    answers += [
        mina.confirms(last_link(mailbox), "not the canary"),
        mina.confirms(last_link(mailbox)),
    ]
    keys = [mina.key()]
    answers += [mina.get(), mina.get("/account/settings"), mina.signs_in("wrong canary herons")]
    mina.elsewhere().send("/account/forgotten", email=mina.email)
    post(mina.sessions)
    links.append(last_link(mailbox).rpartition("/")[2])
    answers.append(mina.send(last_link(mailbox), password=SECOND))
    keys.append(mina.key())
    answers += [mina.get(), mina.send("/account/", "/account/sign-out")]
    said = " ".join(answer.text for answer in answers) + caplog.text + in_queue + queued()
    kept = everywhere(mina)
    for secret in (FIRST, SECOND, *keys, *links):
        assert secret not in said
        assert secret not in kept
    assert "canary@minas.example" not in caplog.text + in_queue
    assert "$argon2id$" in kept
    assert "$argon2" not in said
