"""An order as REST v3 and `order.*` show it, field by field as WooCommerce 10.9 does."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connector.sandbox.woocommerce import addresses, carts, catalog
from connector.sandbox.woocommerce.state import State

_SYMBOLS = {"KRW": "₩", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_EDITABLE = {"pending", "on-hold"}
_UNPAID = {"pending", "failed", "checkout-draft"}
_SAID = {True: "yes", False: "no"}


def body(state: State, order: Mapping[str, Any]) -> dict[str, Any]:
    """The whole order, in its present state."""
    dates = state.dates(
        created=order["created"],
        modified=order["modified"],
        completed=order["completed"],
        paid=order["paid"],
    )
    return {
        **_head(state, order),
        **dates,
        **_money(state, order),
        **_people(order["person"]),
        "payment_method": order["gateway"],
        "payment_method_title": order["gateway"],
        "cart_hash": "",
        "meta_data": _meta(state, order),
        "line_items": [_line(state, order, n) for n in range(len(order["lines"]))],
        "tax_lines": [],
        "shipping_lines": _shipping_lines(state, order),
        "fee_lines": [],
        "coupon_lines": _coupons(order),
        "refunds": order["refunds"],
        "_links": state.links("orders", order["id"]),
    }


def pay_url(state: State, order: Mapping[str, Any]) -> str:
    """Where an unpaid order can be paid."""
    query = (("pay_for_order", "true"), ("key", order["key"]))
    return addresses.full(state, f"/checkout/order-pay/{order['id']}/", query)


def _head(state: State, order: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": order["id"],
        "parent_id": 0,
        "status": order["status"],
        "version": state.shop.version,
        "number": str(order["id"]),
        "order_key": order["key"],
        "customer_id": order["person"].get("customer_id", 0),
        "transaction_id": "",
        "customer_ip_address": order["person"].get("ip", "127.0.0.1"),
        "customer_user_agent": "",
        "created_via": order.get("via", "store-api"),
        "customer_note": "",
        "payment_url": pay_url(state, order),
        "is_editable": order["status"] in _EDITABLE,
        "needs_payment": order["status"] in _UNPAID,
        "needs_processing": True,
    }


def _money(state: State, order: Mapping[str, Any]) -> dict[str, Any]:
    currency, zero = state.settings.currency, state.money(Decimal(0))
    return {
        "currency": currency,
        "currency_symbol": _SYMBOLS.get(currency, currency),
        "prices_include_tax": False,
        "discount_total": order["discount"],
        "discount_tax": zero,
        "shipping_total": order["shipping"],
        "shipping_tax": zero,
        "cart_tax": zero,
        "total": order["total"],
        "total_tax": zero,
    }


def _people(person: Mapping[str, Any]) -> dict[str, Any]:
    address = {
        "first_name": person["first_name"],
        "last_name": person["last_name"],
        "company": "",
        "address_1": "",
        "address_2": "",
        "city": "",
        "state": person["province"],
        "postcode": "",
        "country": person["country"],
        "phone": person["phone"],
    }
    return {"billing": {**address, "email": person["email"]}, "shipping": address}


def _meta(state: State, order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The custom fields; our plugin writes the cart's id and what was said of marketing."""
    fields = {"is_vat_exempt": "no"}
    if state.plugin and order["cart"]:
        said = {name: order["person"][f"accepts_{name}"] for name in ("email", "sms")}
        fields["_cartwright_cart"] = order["cart"]
        fields |= {f"_cartwright_{k}_consent": _SAID[v] for k, v in said.items() if v is not None}
    first = order["id"] * 100
    return [{"id": first + n, "key": k, "value": v} for n, (k, v) in enumerate(fields.items())]


def _line(state: State, order: Mapping[str, Any], number: int) -> dict[str, Any]:
    line = order["lines"][number]
    choice = carts.choice_of(line)
    one = Decimal(line["total"]) / line["quantity"]
    whole = one == one.to_integral_value()
    return {
        "id": order["id"] * 100 + number,
        "name": choice.name,
        "product_id": line["product_id"],
        "variation_id": line["variation_id"],
        "quantity": line["quantity"],
        "tax_class": "",
        "subtotal": line["subtotal"],
        "subtotal_tax": state.money(Decimal(0)),
        "total": line["total"],
        "total_tax": state.money(Decimal(0)),
        "taxes": [],
        "meta_data": [],
        "sku": choice.product.slug.upper(),
        "global_unique_id": "",
        "price": int(one) if whole else float(one),  # computed, not rounded
        "image": {
            "id": str(choice.product.id + 1000),
            "src": catalog.image_url(state, choice.product),
        },
        "parent_name": choice.product.name if choice.variation_id else None,
    }


def _coupons(order: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": order["id"] * 100 + 99 - number,
            "code": coupon["code"],
            "discount": coupon["discount"],
            "discount_tax": "0",
            "meta_data": [],
            "discount_type": coupon["discount_type"],
            "nominal_amount": float(coupon["amount"]),
            "free_shipping": coupon["free_shipping"],
        }
        for number, coupon in enumerate(order["coupons"])
    ]


def _shipping_lines(state: State, order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How it goes to her; none in a shop that has set no rate."""
    method = order["shipping_method"]
    if not method:
        return []
    line = {
        "id": order["id"] * 100 + 89,
        "method_title": "Free shipping" if method == "free_shipping" else "Flat rate",
        "method_id": method,
        "instance_id": "1",
        "total": order["shipping"],
        "total_tax": state.money(Decimal(0)),
        "taxes": [],
        "tax_status": "taxable",
        "meta_data": [],
    }
    return [line]
