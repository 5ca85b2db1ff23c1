"""What the database itself guarantees: one store a transaction, roles that can do no more."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from connector import clock, migrations
from connector.db import Base
from connector.embedded import Servers
from connector.models import Contact, ProductClock
from tests.stage import ANA, START, Stage, make_store


def test_the_models_are_what_the_migrations_make(servers: Servers) -> None:
    assert migrations.is_at_head(servers.owner_url)
    config = migrations._config()
    engine = create_engine(servers.owner_url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.check(config)
    engine.dispose()


def test_migrating_twice_changes_nothing(servers: Servers) -> None:
    migrations.upgrade(servers.owner_url, servers.app_url, servers.broker_url)
    assert migrations.is_at_head(servers.owner_url)


def test_every_table_of_a_store_is_shut_to_others(servers: Servers) -> None:
    engine = create_engine(servers.owner_url)
    with engine.connect() as connection:
        rows = connection.execute(
            text("select relname, relrowsecurity, relforcerowsecurity from pg_class"
                 " where relkind = 'r' and relnamespace = 'public'::regnamespace")
        )  # fmt: skip
        secured = {name: (on, forced) for name, on, forced in rows}
    engine.dispose()
    for table in Base.metadata.sorted_tables:
        if "store_id" in table.columns or table.name == "stores":
            assert secured[table.name] == (True, True), table.name


def test_a_store_sees_its_own_rows_and_no_others(stage: Stage) -> None:
    stage.cart(ANA)
    mina = make_store(stage.sessions, "mina.example", START, currency="KRW")
    with stage.sessions.store(mina.id) as session:
        assert session.query(Contact).all() == []
        assert session.execute(text("select count(*) from stores")).scalar() == 1
        session.execute(text("update contacts set email = 'x'"))
    assert stage.one(Contact).email == ANA.email
    with Session(stage.sessions.app) as session:
        assert session.execute(text("select count(*) from contacts")).scalar() == 0
        assert session.execute(text("select count(*) from stores")).scalar() == 0


def test_a_store_cannot_write_into_another(stage: Stage) -> None:
    mina = make_store(stage.sessions, "mina.example", START)
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        stage.sessions.store(mina.id) as session,
    ):
        session.add(Contact(store_id=stage.store.id, source_at=START, created_at=START))


def test_the_setting_does_not_survive_its_transaction(stage: Stage) -> None:
    for _ in range(30):  # whatever connection the pool gives
        with stage.sessions.store(stage.store.id) as session:
            session.execute(text("select 1"))
        with Session(stage.sessions.app) as session:
            assert not session.execute(text("select current_setting('app.store', true)")).scalar()


@pytest.mark.parametrize(
    "statement",
    [
        "select email from contacts",
        "select lines from carts",
        "select account from channel_accounts",
        "select provider_id from messages",
        "update messages set template = ''",
        "update stores set name = 'x'",
        "delete from webhooks",
        "select * from journal",
    ],
)
def test_the_broker_sees_all_stores_but_no_person(stage: Stage, statement: str) -> None:
    stage.cart(ANA)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        stage.sessions.all_stores() as session,
    ):
        session.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "update journal set text = 'x'",
        "delete from clicks",
        "delete from attempts",
        "delete from messages",
        "truncate webhooks",
        "alter table stores disable row level security",
        "set role cartwright_owner",
        "insert into product_clock values (1, now(), now(), 1)",
    ],
)
def test_the_service_cannot_rewrite_history_or_its_own_rights(stage: Stage, statement: str) -> None:
    with pytest.raises(ProgrammingError), stage.session() as session:
        session.execute(text(statement))


def test_a_shifted_clock_and_a_real_store_never_meet(stage: Stage) -> None:
    shift = clock.moved(START)
    with stage.sessions.all_stores() as session:
        session.add(ProductClock(id=1, real=shift.real, product=shift.product, rate=1.0))
    with pytest.raises(DBAPIError, match="no real store can be connected"), stage.session() as s:
        s.execute(text("update stores set sandbox = false"))
    with stage.sessions.all_stores() as session:
        session.execute(text("delete from product_clock"))
    with stage.session() as session:
        session.execute(text("update stores set sandbox = false"))
    with (
        pytest.raises(DBAPIError, match="the product clock cannot be shifted"),
        stage.sessions.all_stores() as session,
    ):
        session.add(ProductClock(id=1, real=shift.real, product=shift.product, rate=1.0))


def test_an_error_in_the_log_names_no_shopper(stage: Stage) -> None:
    with pytest.raises(DBAPIError) as caught, stage.session() as session:
        session.execute(text("select 1 / 0 where :email <> ''"), {"email": "canary@example.com"})
    assert "canary" not in str(caught.value)
