"""What tests of pages may ask for: the cast, with a past, at its desks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connector import http
from connector.app import create_app
from connector.channels import CHANNELS
from connector.models import Store
from connector.sandbox import mail, woocommerce
from connector.sandbox.mail import MailCatcher
from connector.sandbox.server import Listener
from connector.session import Sessions
from connector.web.install import woocommerce_keys
from jobs.runtime import runtime
from platforms import PLATFORMS
from tests import cast as players
from tests.cast import Cast
from tests.contracts.doors import open_doors
from tests.fakes import FakeMail, FakePlatform, Fakes, FakeText, World
from tests.web import woocommerce_town
from tests.web.deliveries import SHOP, connected
from tests.web.woocommerce_town import KEYS, OURS, Town


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch, service: Sessions) -> Cast:
    """Mina's and Oscar's stores, just connected."""
    monkeypatch.setattr(Fakes, "world", World())
    for name in ("woocommerce", "shopify"):
        monkeypatch.setitem(PLATFORMS, name, FakePlatform)
    for channel in (FakeMail, FakeText):
        monkeypatch.setitem(CHANNELS, channel.kind, channel)
    app = create_app(patience_s=20)
    made = Cast(players.minas_store(service), players.oscars_store(service), app)
    made.mina.set_clock(made.mina.now)
    return made


@pytest.fixture
def played(cast: Cast) -> Cast:
    """Both stores after two days: every kind of row there is."""
    players.two_days_at_minas(cast.mina)
    cast.oscar.now = cast.mina.now
    players.a_morning_at_oscars(cast.oscar)
    cast.mina.set_clock(cast.oscar.now)
    return cast


@pytest.fixture
def app(service: Sessions) -> Flask:
    """The web application on the test servers."""
    return create_app(patience_s=20)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who calls it."""
    return app.test_client()


@pytest.fixture
def oscar(service: Sessions) -> Store:
    """Oscar's store on Shopify."""
    return connected(service, "shopify", SHOP, {"access_token": "t"})


@pytest.fixture
def mina(service: Sessions) -> Store:
    """Mina's store on WooCommerce."""
    keys = {"consumer_key": "ck", "consumer_secret": "cs"}
    return connected(service, "woocommerce", "https://minas-ceramics.example", keys)


@pytest.fixture
def town(app: Flask, service: Sessions) -> Iterator[Town]:
    reachable = Listener(app)
    name = woocommerce_town.SHOP
    shop = woocommerce.start(0, None, public_name=name, routes={OURS: reachable.door}, **KEYS)
    with open_doors(f"{name}={shop.door}", timeout_s=5):
        yield Town(app, shop, service, app.test_client(), shop.door)
        woocommerce_keys._provers().shutdown(wait=True)  # they call the shop that closes now
        woocommerce_keys._provers.cache_clear()
    shop.stop()
    reachable.stop()


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch, service: Sessions) -> Iterator[MailCatcher]:
    """The service has a mail server of its own, and everybody's mailbox lies open."""
    catcher = mail.start()
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", catcher.door)
    monkeypatch.setenv("CARTWRIGHT_MAIL_URL", f"smtp://{catcher.door}")
    monkeypatch.setenv("CARTWRIGHT_MAIL_FROM", "hello@cart.example")
    http.loopback.cache_clear()
    means = runtime()
    runtime.cache_clear()
    yield catcher
    runtime().sessions.close()
    runtime().redis.close()
    runtime.cache_clear()
    means.sessions.close()
    catcher.stop()
    http.loopback.cache_clear()
