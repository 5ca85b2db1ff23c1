"""The levers of a test or demo: play the shopper and the merchant, set clock and faults."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from flask import Blueprint, Response, jsonify, request

from connector.sandbox.shopify import carts, catalogue, customers, orders
from connector.sandbox.shopify.outbox import Outbox
from connector.sandbox.shopify.world import Doc, Refusal, World


def blueprint(world: World, outbox: Outbox) -> Blueprint:
    """All of /_sandbox; what cannot be done is a 400 with its reason."""
    control = Blueprint("control", __name__, url_prefix="/_sandbox")
    control.register_error_handler(Refusal, lambda refusal: (jsonify(error=str(refusal)), 400))
    _add_carts(control, world, outbox)
    _add_orders(control, world, outbox)
    _add_levers(control, world, outbox)
    return control


def _asked() -> Doc:
    return dict(request.get_json(silent=True) or {})


def _locked(world: World, act: Callable[[], Doc]) -> Response:
    with world.lock:
        return jsonify(act())


def _add_carts(control: Blueprint, world: World, outbox: Outbox) -> None:
    @control.post("/carts")
    def fill() -> Response:
        return _locked(world, lambda: {"cart": carts.fill(world, outbox, _asked())["id"]})

    @control.post("/carts/<token>")
    def change(token: str) -> Response:
        return _locked(world, lambda: {"cart": carts.change(world, outbox, token, _asked())["id"]})

    @control.post("/carts/<token>/empty")
    def empty(token: str) -> Response:
        return _locked(
            world, lambda: {"cart": carts.change(world, outbox, token, {"items": []})["id"]}
        )

    @control.post("/carts/<token>/order")
    def order(token: str) -> Response:
        return _locked(world, lambda: orders.place(world, outbox, token, _asked()))


def _add_orders(control: Blueprint, world: World, outbox: Outbox) -> None:
    @control.post("/customers")
    def sign_up() -> Response:
        return _locked(world, lambda: customers.sign_up(world, outbox, _asked()))

    @control.post("/customers/<number>")
    def tag(number: str) -> Response:
        return _locked(world, lambda: customers.tag(world, number, _asked().get("tags") or []))

    @control.post("/orders/<number>/pay")
    def pay(number: str) -> Response:
        return _locked(world, lambda: orders.pay(world, outbox, number))

    @control.post("/orders/<number>/fulfill")
    def fulfill(number: str) -> Response:
        return _locked(world, lambda: orders.fulfill(world, outbox, number))

    @control.post("/orders/<number>/cancel")
    def cancel(number: str) -> Response:
        return _locked(world, lambda: orders.cancel(world, outbox, number))

    @control.post("/orders/<number>/refund")
    def refund(number: str) -> Response:
        amount = _asked().get("amount")
        return _locked(world, lambda: orders.refund(world, outbox, number, amount))


def _add_levers(control: Blueprint, world: World, outbox: Outbox) -> None:
    @control.post("/shipping")
    def shipping() -> Response:
        world.shelf.put("rate", "shipping", {"price": str(Decimal(_asked()["price"]))})
        return jsonify(shipping=str(world.shipping))

    @control.post("/clock")
    def clock() -> Response:
        world.clock.set(datetime.fromisoformat(_asked()["at"]))
        return jsonify(now=world.now())

    @control.post("/faults")
    def faults() -> Response:
        world.faults.plan(_asked())
        outbox.wake()
        return jsonify(ok=True)

    @control.post("/uninstall")
    def uninstall() -> Response:
        return _locked(world, lambda: _uninstall(world, outbox))

    @control.get("/state")
    def state() -> Response:
        return _locked(world, lambda: _state(world, outbox))


def _uninstall(world: World, outbox: Outbox) -> Doc:
    outbox.announce([("app/uninstalled", shop_body(world))])
    world.remove_app()
    return {"installed": False}


def shop_body(world: World) -> Doc:
    """app/uninstalled: the shop; some of it is null there, as in Shopify's own sample."""
    settings = world.settings
    return {
        "id": 690933842,
        "name": settings.name,
        "email": f"owner@{settings.domain}",
        "domain": None,
        "myshopify_domain": settings.domain,
        "country": settings.country,
        "country_code": settings.country,
        "currency": settings.currency,
        "iana_timezone": settings.timezone,
        "primary_locale": "en",
        "plan_name": "basic",
    }


def _state(world: World, outbox: Outbox) -> Doc:
    shelf = world.shelf
    return {
        "carts": len(shelf.all("cart")),
        "orders": [_order(order) for order in shelf.all("order")],
        "codes": [_code(code) for code in shelf.all("code")],
        "webhooks": {**outbox.counts, "waiting": outbox.waiting},
        "calls": dict(world.calls),
        "subscriptions": len(shelf.all("subscription")),
        "products": [
            {
                "id": str(product.id),
                "variant_id": str(product.variant_id),
                "title": product.title,
                "price": str(catalogue.price_of(product, world.settings)),
                "collections": [str(number) for number in product.collections],
            }
            for product in catalogue.products()
        ],
    }


def _order(order: Doc) -> Doc:
    known = {name: order[name] for name in ("total", "refunded", "financial_status", "created_at")}
    return {
        **known,
        "id": str(order["id"]),
        "cart": order["cart"]["id"],
        "email": order["cart"]["email"],
        "codes": [used["code"] for used in order["codes"]],
        "cancelled": bool(order["cancelled_at"]),
    }


def _code(code: Doc) -> Doc:
    return {
        "code": code["code"],
        "kind": code["kind"],
        "percent": f"{Decimal(code['percent']).normalize():f}",
        "amount": f"{Decimal(code['amount']).normalize():f}",
        "expires_at": code["ends_at"],
        "uses": len(code["used_by"]),
        "limit": code["limit"],
    }
