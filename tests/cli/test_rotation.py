"""A new key takes the old one's place, while the service runs, and survives a kill -9."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import LargeBinary, text
from sqlalchemy.orm import Session

from connector.config import Config
from connector.crypto import Vault
from connector.db import Base
from connector.embedded.child import wait_until
from connector.errors import ConfigError
from connector.models import ChannelAccount, Store
from connector.services import installs, own_secrets, sealing
from connector.session import Sessions
from jobs import rotating
from jobs.runtime import runtime
from tests.cli.conftest import Cli
from tests.conftest import TEST_KEY
from tests.infra.processes import started

NEW_KEY = "a-new-key-for-tests-that-is-long-enough-to-be-one"
BOTH = f"{NEW_KEY},{TEST_KEY}"
# Hashes, bodies and what else is bytes but was never sealed.
NOT_SEALED = {
    "account_keys.token_hash",
    "carts.body_hash",
    "consents.address_hash",
    "desk_keys.token_hash",
    "install_states.token_hash",
    "links.token_hash",
    "messages.address_hash",
    "suppressions.address_hash",
    "trials.who",
    "webhooks.body",
}


@pytest.fixture
def vendors(service: Sessions, mina: Store) -> int:
    """Mina has accounts with many vendors, all sealed with the old key; how many."""
    number = 40
    with service.store(mina.id) as session:
        for index in range(number):
            installs.add_channel(session, runtime().vault, mina, f"vendor{index}", {"k": "v"})
    return number


def use_keys(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    """Every process from now on has these."""
    monkeypatch.setenv("CARTWRIGHT_SECRET_KEY", keys)
    runtime.cache_clear()


def old_ones(sessions: Sessions, store_id: int) -> int:
    """How many of a store's values the new key does not open."""
    vault = Vault([NEW_KEY])
    with sessions.store(store_id) as session:
        return sum(not vault.is_newest(one.value) for one in sealing.of_store(session))


def test_every_column_of_bytes_is_known(sessions: Sessions) -> None:
    sealed = {
        f"{column.class_.__tablename__}.{column.key}"
        for column, _ in (*sealing.OF_STORES, *sealing.OF_NONE)
    }
    every = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert every == sealed | NOT_SEALED


def test_all_is_sealed_anew_and_the_old_key_can_go(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, service: Sessions, mina: Store, vendors: int
) -> None:
    codes = runtime().code_secret
    use_keys(monkeypatch, BOTH)
    assert f"{vendors + 3} of {vendors + 3} are sealed with an older key" in cli("doctor").output
    said = cli("secrets", "rotate").output
    assert f"{vendors + 3} stored secrets; sealed anew with the first key: {vendors + 3}." in said
    assert "the others can be dropped now" in said
    assert "sealed anew with the first key: 0." in cli("secrets", "rotate").output
    assert "the older keys can be dropped" in cli("doctor").output
    use_keys(monkeypatch, NEW_KEY)
    assert runtime().code_secret == codes
    opened = Vault([NEW_KEY]).open
    with service.store(mina.id) as session:
        store = session.get_one(Store, mina.id)
        place = installs.place(mina.id, "credentials")
        assert opened(store.credentials, place) == {"consumer_key": "k", "consumer_secret": "s"}
    assert "fail" not in cli("doctor").output
    assert "warn" not in cli("doctor").output


def test_one_key_alone_says_what_to_do(cli: Cli, mina: Store) -> None:
    assert "put a new one in front" in cli("secrets", "rotate").output


def test_a_key_that_is_lost_is_named(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, mina: Store
) -> None:
    use_keys(monkeypatch, f"{NEW_KEY},{'another-key-' * 4}")
    error = cli("secrets", "rotate").exception
    assert isinstance(error, ConfigError)
    assert f"stores:{mina.id}:credentials" in str(error)
    assert "add the key that they were sealed with" in str(error)


@pytest.mark.kill
def test_killed_in_the_middle_it_goes_on(
    cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
    service: Sessions,
    config: Config,
    mina: Store,
    vendors: int,
) -> None:
    """Somebody holds one row, the rotation waits there, and is killed: the rest is found later."""
    use_keys(monkeypatch, BOTH)
    env = {
        "CARTWRIGHT_HOME": str(config.home),
        "DATABASE_URL": config.database_url,
        "DATABASE_APP_URL": config.database_app_url,
        "DATABASE_BROKER_URL": config.database_broker_url,
        "REDIS_URL": config.redis_url,
        "CARTWRIGHT_SECRET_KEY": BOTH,
    }
    held = text("select 1 from channel_accounts where kind = 'vendor20' for update")
    with service.store(mina.id) as holder:
        holder.execute(held)
        with started("-m", "connector.cli", "secrets", "rotate", env=env) as process:
            assert wait_until(lambda: 0 < old_ones(service, mina.id) < vendors, 30)
            time.sleep(0.3)
            left = old_ones(service, mina.id)
            process.kill()
            process.wait()
        assert 0 < left < vendors
        assert rotating.look().locked == []  # whatever was done, both keys together open it
    assert f"sealed anew with the first key: {left}." in cli("secrets", "rotate").output
    assert old_ones(service, mina.id) == 0


def test_what_was_written_meanwhile_is_not_overwritten(
    monkeypatch: pytest.MonkeyPatch, service: Sessions, mina: Store
) -> None:
    use_keys(monkeypatch, BOTH)
    with service.store(mina.id) as session:
        before = sealing.of_store(session)[0]
    fresh = {"consumer_key": "renewed", "consumer_secret": "s"}
    place = installs.place(mina.id, "credentials")
    with service.store(mina.id) as session:
        session.get_one(Store, mina.id).credentials = runtime().vault.seal(fresh, place)
    stale = runtime().vault.resealed(before.value, before.place)
    with service.store(mina.id) as session:
        assert not sealing.replace(session, before, stale)
    with service.store(mina.id) as session:
        kept = session.get_one(Store, mina.id).credentials
    assert runtime().vault.open(kept, place) == fresh


def test_a_ciphertext_opens_in_no_other_row_column_or_store(
    service: Sessions, mina: Store, vendors: int
) -> None:
    vault = runtime().vault
    with service.store(mina.id) as session:
        values = sealing.of_store(session)
    with service.all_stores() as session:
        own_secrets.code_secret(session, vault)
        values += sealing.of_none(session)
    assert len({one.place for one in values}) == len(values)
    for one in values[:6] + values[-2:]:
        for other in values[:6] + values[-2:]:
            if other is not one:
                with pytest.raises(ConfigError, match="does not belong"):
                    vault.open(one.value, other.place)


def test_the_secret_of_codes_is_written_down_once(service: Sessions, vault: Vault) -> None:
    later = Vault([NEW_KEY, TEST_KEY])
    with service.all_stores() as session:
        first = own_secrets.code_secret(session, vault)
        assert first == vault.first_root == own_secrets.code_secret(session, later)
    with Session(service.app) as session:
        count = text("select count(*) from own_secrets")
        with pytest.raises(Exception, match="permission denied"):
            session.execute(count)


def test_a_kind_of_account_is_part_of_its_place(service: Sessions, mina: Store) -> None:
    vault = runtime().vault
    with service.store(mina.id) as session:
        for kind in ("smtp", "twilio"):
            installs.add_channel(session, vault, mina, kind, {"password": kind})
        rows = {row.kind: row.account for row in session.query(ChannelAccount)}
    with pytest.raises(ConfigError, match="does not belong"):
        vault.open(rows["smtp"], installs.account_place(mina.id, "twilio"))
