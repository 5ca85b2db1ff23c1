"""A town with the service in it: one shop a platform and place, connected once for all walks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg import sql

from connector import clock, http
from connector.app import create_app
from connector.channels import CHANNELS
from connector.config import Config
from connector.db import Base
from connector.models import Store
from connector.sandbox.server import Listener
from jobs.connecting import connect_store
from jobs.runtime import runtime
from tests.fakes import FakeMail, Fakes, FakeText, World
from tests.library.pictures import Place
from tests.library.shops import SECRET, SHOPS, Shop

OPENED = datetime(2026, 1, 5, tzinfo=UTC)  # before any picture
_STAYS = {
    "stores",
    "channel_accounts",
    "flows",
    "flow_versions",
}  # when the shoppers and their stories go


class Town:
    """The service, reachable on loopback, and the shops that are connected to it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, sweeper: psycopg.Connection) -> None:
        self._monkeypatch, self._sweeper = monkeypatch, sweeper
        self._shops: dict[tuple[str, Place], tuple[Shop, Store]] = {}
        front = Flask("front")  # its port is known before the service is made
        self._listener = Listener(front)
        monkeypatch.setenv("CARTWRIGHT_URL", self._listener.url)
        runtime.cache_clear()
        self._app = create_app(patience_s=20)
        front.wsgi_app = self._app.wsgi_app  # type: ignore[method-assign]

    def browser(self) -> FlaskClient:
        """Somebody who follows links."""
        return self._app.test_client()

    def shop(self, kind: str, place: Place) -> tuple[Shop, Store]:
        """The shop of a platform at a place, connected with its real adapter."""
        if (kind, place) not in self._shops:
            self._shops[kind, place] = self._opened(SHOPS[kind](place))
        return self._shops[kind, place]

    def _opened(self, shop: Shop) -> tuple[Shop, Store]:
        others = [door for known, _ in self._shops.values() for door in known.doors]
        self._monkeypatch.setenv("CARTWRIGHT_LOOPBACK", ",".join([*others, *shop.doors]))
        http.loopback.cache_clear()
        clock.follow(lambda: clock.Shift(real=OPENED, product=OPENED, rate=0.0))
        return shop, connect_store(shop.keys, {"fake_mail": {}, "fake_text": {}})

    def forget(self, since: datetime) -> None:
        """Other shoppers, with nothing before them: the shops stay, as of `since`."""
        Fakes.world = World()
        names = [t.name for t in Base.metadata.sorted_tables if t.name not in _STAYS]
        orders = [sql.SQL("delete from {}").format(sql.Identifier(name)) for name in names]
        self._sweeper.execute(sql.SQL(";").join(orders))
        self._sweeper.execute(
            "update stores set settings = '{}', orders_seen_at = null, orders_cursor = %s", [since]
        )

    def close(self) -> None:
        """The end of the day."""
        for shop, _ in self._shops.values():
            shop.close()
        self._listener.stop()


@contextmanager
def town_of(config: Config, redis_url: str, sweeper: psycopg.Connection) -> Iterator[Town]:
    """The service of this process with its environment, until the walks are over."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name, value in {
            "DATABASE_URL": config.database_url,
            "DATABASE_APP_URL": config.database_app_url,
            "DATABASE_BROKER_URL": config.database_broker_url,
            "REDIS_URL": redis_url,
            "CARTWRIGHT_SECRET_KEY": config.secret_keys[0],
            "CARTWRIGHT_SANDBOX": "1",
            "SHOPIFY_API_SECRET": SECRET,
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(Fakes, "world", World())
        for channel in (FakeMail, FakeText):
            monkeypatch.setitem(CHANNELS, channel.kind, channel)
        town = Town(monkeypatch, sweeper)
        yield town
        town.close()
        _end()
    http.loopback.cache_clear()


def _end() -> None:
    runtime().sessions.close()
    runtime().redis.close()
    runtime.cache_clear()
    clock.follow(lambda: None)
