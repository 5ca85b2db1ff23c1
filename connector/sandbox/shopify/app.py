"""The store as one application on one port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from connector.sandbox.server import Clock, Listener, Shelf
from connector.sandbox.shopify import (
    admin,
    api,
    control,
    control_app,
    control_shop,
    oauth,
    pages,
    token_endpoint,
)
from connector.sandbox.shopify.outbox import RETRIES_S, Outbox
from connector.sandbox.shopify.world import Settings, World


@dataclass
class Store:
    """A running store."""

    world: World
    outbox: Outbox
    listener: Listener
    passing: TemporaryDirectory[str] | None = None  # what goes with it

    @property
    def url(self) -> str:
        """Where its pages, its API and its controls are."""
        return self.listener.url

    @property
    def door(self) -> str:
        """The same as host:port."""
        return self.listener.door

    @property
    def clock(self) -> Clock:
        """The store's time."""
        return self.world.clock

    def drain(self, timeout: float) -> bool:
        """Wait until all webhooks are delivered or given up; False when the time is over."""
        return self.outbox.drain(timeout)

    def stop(self) -> None:
        """Close the shop; what waits for delivery is kept. Twice does no harm."""
        if self.outbox.stop():
            self.listener.stop()
            self.world.shelf.close()
            if self.passing:
                self.passing.cleanup()


def create_app(world: World, outbox: Outbox) -> Flask:
    """API, admin, pages and controls of one store."""
    app = Flask(__name__)
    for of_the_app in (oauth, token_endpoint):
        app.register_blueprint(of_the_app.blueprint(world))
    for changing in (api, admin, control, control_app, control_shop):
        app.register_blueprint(changing.blueprint(world, outbox))
    app.register_blueprint(pages.blueprint(world, outbox))
    return app


def start(
    port: int,
    folder: Path | None,
    *,
    retries_s: Sequence[float] = RETRIES_S,
    **merchant: str,
) -> Store:
    """Open a store on a port (0: any free one); `folder` keeps its data, None forgets it.

    `merchant` is what `Settings` holds: access_token and client_secret, and if another store
    than Oscar's is wanted domain, name, currency and timezone; client_id and app_url of the app.
    """
    shelf = Shelf(folder / "shopify.sqlite" if folder else None)
    passing = None if folder else TemporaryDirectory(prefix="sandbox-shop-")
    files = folder / "bulk" if folder else Path(passing.name if passing else "")
    files.mkdir(mode=0o700, exist_ok=True)
    world = World(Settings(**merchant), shelf, files)
    outbox = Outbox(world, retries_s)
    listener = Listener(create_app(world, outbox), port)
    world.url = listener.url
    return Store(world, outbox, listener, passing)
