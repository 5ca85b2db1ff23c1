"""The levers for what the shop itself does: its reminder, its links, its past, what it loses."""

from __future__ import annotations

from flask import Blueprint, Response

from connector.sandbox.shopify import consent, history, subscriptions
from connector.sandbox.shopify.outbox import Outbox
from connector.sandbox.shopify.verbs import asked, locked
from connector.sandbox.shopify.verbs import blueprint as group
from connector.sandbox.shopify.world import Doc, Refusal, World

_RECOVERY = {"api": ("shown", "denied", "refused"), "webhooks": ("shown", "null", "missing")}


def blueprint(world: World, outbox: Outbox) -> Blueprint:
    """POST /_sandbox/recovery_url, /recovery_mail, /lose_subscription, /history, consent."""
    control = group("control_shop")

    @control.post("/recovery_url")
    def recovery_url() -> Response:
        return locked(world, lambda: _set_recovery_url(world, asked()))

    @control.post("/recovery_mail")
    def recovery_mail() -> Response:
        hours = asked().get("hours")
        kept = {"hours": None if hours is None else float(hours)}
        return locked(world, lambda: world.shelf.put("app", "recovery mail", kept))

    @control.post("/lose_subscription")
    def lose() -> Response:
        return locked(world, lambda: subscriptions.lose(world, str(asked().get("topic"))))

    @control.post("/customers/<number>/consent")
    def say(number: str) -> Response:
        def act() -> Doc:
            given = {"marketingState": str(asked().get("state")).upper()}
            consent.say(world, outbox, number, str(asked().get("channel")), given)
            return {"customer": number}

        return locked(world, act)

    @control.post("/history")
    def past() -> Response:
        return locked(world, lambda: history.fill(world, asked()))

    return control


def _set_recovery_url(world: World, given: Doc) -> Doc:
    wrong = [name for name, how in given.items() if how not in _RECOVERY.get(name, ())]
    if wrong:
        raise Refusal(f"not so: {', '.join(sorted(wrong))}")
    return world.shelf.put("app", "recovery url", given)
