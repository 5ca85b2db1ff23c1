"""`stores health` and `stores add` with a shop that answers."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from connector.errors import Refused
from connector.models import Store, StoreState
from connector.ports.survey import Note, NoteLevel, Survey
from connector.services import chores, connection, installs
from connector.services.connection import CHECK
from connector.session import Sessions
from jobs.chores import KINDS
from platforms import PLATFORMS
from tests.cli.conftest import NOW, Cli
from tests.fakes import FakePlatform, Fakes, World

SLEEPS = Note("cron", NoteLevel.BROKEN, "The clock sleeps.", "wake it")
THERE = Note("plugin", NoteLevel.GOOD, "It is there.")


@pytest.fixture(autouse=True)
def platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fakes, "world", World())
    monkeypatch.setitem(PLATFORMS, "woocommerce", FakePlatform)


def test_health_says_everything_and_fails_when_something_is_broken(cli: Cli, mina: Store) -> None:
    Fakes.world.survey = Survey("full", (THERE,), ("order.created",))
    well = cli("stores", "health", str(mina.id))
    assert well.exit_code == 0
    assert "Carts seen: all" in well.output
    Fakes.world.survey = Survey("reduced", (THERE, SLEEPS), (), missing=("order.created",))
    ill = cli("stores", "health", mina.domain)
    assert ill.exit_code == 1
    for words in ("Carts seen: part of them", "It is there.", "The clock sleeps.", "-> wake it"):
        assert words in ill.output
    assert Fakes.world.subscribed == []


def test_the_doctor_repeats_what_the_last_check_found(
    cli: Cli, mina: Store, sessions: Sessions
) -> None:
    seen = Survey("reduced", (THERE, SLEEPS), ())
    with sessions.store(mina.id) as session:
        store = session.get_one(Store, mina.id)
        connection.check_now(session, store.id)
        kept = connection.keep(session, store, seen, (), NOW)
        chores.of_store(session, store.id)[CHECK].result = kept
    answer = cli("doctor")
    assert answer.exit_code == 0
    assert "cron: The clock sleeps." in answer.output
    assert "wake it" in answer.output
    assert "It is there" not in answer.output
    assert CHECK in KINDS


@pytest.mark.parametrize(
    ("platform", "domain", "way"),
    [
        ("shopify", "oscars.myshopify.com", "/install/shopify?shop=oscars.myshopify.com"),
        ("woocommerce", "https://minas.example", "/install/woocommerce"),
    ],
)
@pytest.mark.parametrize("trouble", ["", "It was\nnot used for 90 days."])
def test_the_doctor_says_why_a_store_refuses_us_and_where_it_is_connected_again(
    cli: Cli, mina: Store, sessions: Sessions, platform: str, domain: str, way: str, trouble: str
) -> None:
    assert "refuses us" not in cli("doctor").output
    with sessions.store(mina.id) as session:
        session.execute(update(Store).values(platform=platform, domain=domain))
        installs.needs_reauth(session, mina.id, trouble)
    answer = cli("doctor")
    assert answer.exit_code == 0
    why = "It was not used for 90 days." if trouble else "its platform no longer accepts our key"
    assert f"{mina.name} refuses us: {why}" in answer.output
    assert f"Connect again: https://cart.example{way}\n" in answer.output


def test_a_paused_store_that_refuses_us_is_told_too(
    cli: Cli, mina: Store, sessions: Sessions
) -> None:
    with sessions.store(mina.id) as session:
        session.execute(update(Store).values(state=StoreState.PAUSED))
        installs.needs_reauth(session, mina.id, "The key was deleted.")
    assert f"{mina.name} refuses us: The key was deleted." in cli("doctor").output


@pytest.mark.parametrize("typed", ["127.1", "shop.example:22", "https://u:p@shop.example"])
def test_an_address_that_is_none_asks_for_no_keys(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    from platforms.woocommerce.adapter import WooCommerce

    monkeypatch.setitem(PLATFORMS, "woocommerce", WooCommerce)
    answer = cli("stores", "add", "woocommerce", typed)
    assert isinstance(answer.exception, Refused)
    assert "Consumer" not in answer.output
