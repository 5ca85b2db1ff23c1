"""The store as one Flask application on one port."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify

from connector.sandbox.server import Clock, Listener, Shelf
from connector.sandbox.woocommerce import (
    admin,
    bodies,
    carts,
    control,
    plugin,
    rest,
    storefront,
    wc_auth,
)
from connector.sandbox.woocommerce.auth import Guard
from connector.sandbox.woocommerce.errors import RestError, no_route
from connector.sandbox.woocommerce.front import FrontDoor
from connector.sandbox.woocommerce.outbox import Outbox
from connector.sandbox.woocommerce.state import Settings, State, Switches


def create_app(state: State, outbox: Outbox) -> Flask:
    """REST, the shop's pages and the control verbs over one memory."""
    app = Flask(__name__)
    guard = Guard(state)
    app.register_blueprint(rest.blueprint(state, guard))
    app.register_blueprint(plugin.blueprint(state, outbox, guard))
    app.register_blueprint(admin.blueprint(state, outbox))
    app.register_blueprint(control.blueprint(state, outbox))
    app.register_blueprint(storefront.blueprint(state, outbox))
    app.register_blueprint(wc_auth.blueprint(state))

    @app.get("/wp-json/")
    def index() -> Response:
        return jsonify(_index(state))

    @app.get("/wp-json/<path:_>")
    def nowhere(_: str) -> Response:
        raise no_route()

    @app.errorhandler(RestError)
    def refuse(error: RestError) -> tuple[Response, int]:
        return jsonify(error.body), error.status

    @app.errorhandler(carts.Unknown)
    def unknown(error: carts.Unknown) -> tuple[Response, int]:
        return jsonify({"error": str(error)}), 400

    app.wsgi_app = FrontDoor(app.wsgi_app, state)  # type: ignore[method-assign]
    return app


def _index(state: State) -> dict[str, Any]:
    return {
        "name": state.settings.name,
        "description": "A sandbox store",
        "url": state.home,
        "home": state.home,
        "gmt_offset": "0",
        "timezone_string": state.settings.timezone,
        "namespaces": [
            *("oembed/1.0", "wc/v2", "wc/v3", "wc/store/v1", "wp/v2"),
            *(["wc-cartwright/v1"] if state.plugin else []),
        ],
        "authentication": [],
        "routes": {},
    }


class Store:
    """A running store."""

    def __init__(
        self, settings: Settings, switches: Switches, port: int, folder: Path | None
    ) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._shelf = Shelf(folder and folder / "woocommerce.sqlite")
        self.state = State(settings, switches, self._shelf)
        self._outbox = Outbox(self.state, lambda topic, key: bodies.of(self.state, topic, key))
        self._listener = Listener(create_app(self.state, self._outbox), port)
        self.url = self.state.url = self._listener.url
        self.door = self._listener.door
        self._stopped = False
        self._outbox.start()

    @property
    def clock(self) -> Clock:
        """The sandbox's time."""
        return self.state.clock

    @property
    def domain(self) -> str:
        """How a connected account names this store."""
        return self.state.home

    def drain(self, timeout: float = 10.0) -> None:
        """Wait until every webhook is delivered; TimeoutError if it takes longer."""
        self._outbox.drain(timeout)

    def stop(self) -> None:
        """Close the shop; its memory stays in the folder."""
        if not self._stopped:
            self._stopped = True
            self._listener.stop()
            self._outbox.stop()
            self._shelf.close()


def start(  # noqa: PLR0913 - a store's settings, by name
    port: int,
    folder: Path | None,
    *,
    consumer_key: str,
    consumer_secret: str,
    name: str = "Mina's Ceramics",
    currency: str = "KRW",
    timezone: str = "Asia/Seoul",
    public_name: str = "",
    routes: Mapping[str, str] | None = None,
    http_callbacks: bool = False,
    **switches: Any,
) -> Store:
    """Open a store on 127.0.0.1 (port 0: any free one); `folder` keeps its memory.

    `public_name`: the name under which its API is called as if by https. `routes`: the door
    ("127.0.0.1:8000") that stands for an https name when the store calls out. `http_callbacks`:
    wc-auth also posts keys to plain http on loopback. `switches`: see `state.Switches`.
    """
    settings = Settings(
        consumer_key=consumer_key,
        consumer_secret=consumer_secret,
        name=name,
        currency=currency,
        timezone=timezone,
        public_name=public_name,
        routes=routes or {},
        http_callbacks=http_callbacks,
    )
    return Store(settings, Switches(**switches), port, folder)
