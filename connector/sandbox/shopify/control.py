"""The levers of a test or demo: play the shopper and the merchant, set clock and faults."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from flask import Blueprint, Response, jsonify

from connector.sandbox.shopify import carts, catalogue, customers, orders
from connector.sandbox.shopify.outbox import Outbox
from connector.sandbox.shopify.verbs import asked, locked
from connector.sandbox.shopify.verbs import blueprint as group
from connector.sandbox.shopify.world import Doc, World


def blueprint(world: World, outbox: Outbox) -> Blueprint:
    """The verbs of shoppers and merchant, and those of the store itself."""
    control = group("control")
    _add_carts(control, world, outbox)
    _add_orders(control, world, outbox)
    _add_levers(control, world, outbox)
    return control


def _add_carts(control: Blueprint, world: World, outbox: Outbox) -> None:
    @control.post("/carts")
    def fill() -> Response:
        return locked(world, lambda: {"cart": carts.fill(world, outbox, asked())["id"]})

    @control.post("/carts/<token>")
    def change(token: str) -> Response:
        return locked(world, lambda: {"cart": carts.change(world, outbox, token, asked())["id"]})

    @control.post("/carts/<token>/empty")
    def empty(token: str) -> Response:
        return locked(
            world, lambda: {"cart": carts.change(world, outbox, token, {"items": []})["id"]}
        )

    @control.post("/carts/<token>/order")
    def order(token: str) -> Response:
        return locked(world, lambda: orders.place(world, outbox, token, asked()))


def _add_orders(control: Blueprint, world: World, outbox: Outbox) -> None:
    @control.post("/customers")
    def sign_up() -> Response:
        return locked(world, lambda: customers.sign_up(world, outbox, asked()))

    @control.post("/customers/<number>")
    def tag(number: str) -> Response:
        return locked(world, lambda: customers.tag(world, number, asked().get("tags") or []))

    @control.post("/orders/<number>/pay")
    def pay(number: str) -> Response:
        return locked(world, lambda: orders.pay(world, outbox, number))

    @control.post("/orders/<number>/fulfill")
    def fulfill(number: str) -> Response:
        return locked(world, lambda: orders.fulfill(world, outbox, number))

    @control.post("/orders/<number>/cancel")
    def cancel(number: str) -> Response:
        return locked(world, lambda: orders.cancel(world, outbox, number))

    @control.post("/orders/<number>/refund")
    def refund(number: str) -> Response:
        amount = asked().get("amount")
        return locked(world, lambda: orders.refund(world, outbox, number, amount))


def _add_levers(control: Blueprint, world: World, outbox: Outbox) -> None:
    @control.post("/shipping")
    def shipping() -> Response:
        world.shelf.put("rate", "shipping", {"price": str(Decimal(asked()["price"]))})
        return jsonify(shipping=str(world.shipping))

    @control.post("/clock")
    def clock() -> Response:
        world.clock.set(datetime.fromisoformat(asked()["at"]))
        return jsonify(now=world.now())

    @control.post("/faults")
    def faults() -> Response:
        world.faults.plan(asked())
        outbox.wake()
        return jsonify(ok=True)

    @control.get("/state")
    def state() -> Response:
        return locked(world, lambda: _state(world, outbox))


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
