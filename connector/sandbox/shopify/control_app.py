"""The levers for the life of the app: its addresses, tokens, scopes, end and privacy requests."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from connector.sandbox.shopify import id_tokens, install, lifecycle, tokens
from connector.sandbox.shopify.outbox import Outbox
from connector.sandbox.shopify.verbs import asked, locked
from connector.sandbox.shopify.verbs import blueprint as group
from connector.sandbox.shopify.world import World


def blueprint(world: World, outbox: Outbox) -> Blueprint:
    """POST /_sandbox/app, /tokens, /id_token, /scopes, /uninstall, /uninstalled_late, /comply."""
    control = group("control_app")

    @control.post("/app")
    def app() -> Response:
        return locked(world, lambda: install.configure(world, asked()))

    @control.post("/tokens")
    def expire() -> Response:
        return locked(world, lambda: tokens.expire(world, str(asked().get("expire"))))

    @control.post("/id_token")
    def id_token() -> Response:
        return jsonify(id_token=id_tokens.make(world, **asked()))

    @control.post("/scopes")
    def scopes() -> Response:
        granted = list(asked().get("granted") or ())
        return locked(world, lambda: lifecycle.change_scopes(world, outbox, granted))

    @control.post("/uninstall")
    def uninstall() -> Response:
        return locked(world, lambda: lifecycle.uninstall(world, outbox))

    @control.post("/uninstalled_late")
    def late() -> Response:
        return locked(world, lambda: lifecycle.say_late(world, outbox, str(asked()["at"])))

    @control.post("/comply")
    def comply() -> Response:
        return locked(world, lambda: lifecycle.comply(world, outbox, asked()))

    return control
