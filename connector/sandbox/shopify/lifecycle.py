"""The app's life in this shop after it was installed, and the requests that the law demands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from connector.sandbox.shopify import install, scopes
from connector.sandbox.shopify.outbox import Outbox
from connector.sandbox.shopify.world import Doc, Refusal, World

SHOP_ID = 690_933_842
_COMPLIANCE = frozenset({"customers/data_request", "customers/redact", "shop/redact"})


def uninstall(world: World, outbox: Outbox) -> Doc:
    """The merchant removes the app; its tokens are dead before it hears of that."""
    if not install.is_installed(world):
        raise Refusal("no app is installed")
    outbox.announce([("app/uninstalled", shop_body(world))])
    install.remove(world)
    return {"installed": False}


def say_late(world: World, outbox: Outbox, at: str) -> Doc:
    """app/uninstalled comes once more, of an instant long ago: a late retry of that delivery."""
    addresses = install.heard_of_removal(world)
    if not addresses:
        raise Refusal("nobody has subscribed to app/uninstalled")
    for uri in addresses:
        when = datetime.fromisoformat(at)
        outbox.send(uri, "app/uninstalled", shop_body(world), when)
    return {"sent": len(addresses)}


def change_scopes(world: World, outbox: Outbox, wanted: Iterable[str]) -> Doc:
    """The merchant grants more or takes some back; all tokens change at once."""
    if not install.is_installed(world):
        raise Refusal("no app is installed")
    previous, current = install.granted(world), scopes.parse(",".join(wanted))
    world.shelf.put("app", "granted", {"scopes": current, "at": world.now()})
    body = {
        "id": 1,
        "shop_id": f"gid://shopify/Shop/{SHOP_ID}",
        "previous": previous,
        "current": current,
        "updated_at": f"{world.now()[:19]}.000Z",
    }
    outbox.announce([("app/scopes_update", body)])
    return {"granted": current}


def comply(world: World, outbox: Outbox, asked: Doc) -> Doc:
    """A compliance topic is sent: such have no subscription, only an address in the app's settings.

    `topic`; for those of customers `email`, `phone` or `customer` (an id): what is not given and
    not known stays null. `uri` names another address than the app's.
    """
    topic = str(asked.get("topic"))
    if topic not in _COMPLIANCE:
        raise Refusal(f"one of {', '.join(sorted(_COMPLIANCE))}")
    known = [install.settings(world)["compliance_url"], *install.heard_of_removal(world)]
    uri = str(asked.get("uri") or "") or next(filter(None, known), "")
    if not uri:
        raise Refusal("the app has no compliance_url")
    body: Doc = {"shop_id": SHOP_ID, "shop_domain": world.settings.domain}
    if topic != "shop/redact":
        body |= _of_customer(world, asked, topic)
    outbox.send(uri, topic, body)
    return {"sent": body}


def _of_customer(world: World, asked: Doc, topic: str) -> Doc:
    account = next((one for one in world.shelf.all("customer") if _is(one, asked)), None)
    person = account or {"id": None, "email": asked.get("email"), "phone": asked.get("phone")}
    customer = {name: person[name] or None for name in ("id", "email", "phone")}
    orders = [o["id"] for o in world.shelf.all("order") if o["customer"]["id"] == customer["id"]]
    if topic == "customers/redact":
        return {"customer": customer, "orders_to_redact": orders}
    request = {"id": world.new_id("data request")}
    return {"customer": customer, "orders_requested": orders, "data_request": request}


def _is(account: Doc, asked: Doc) -> bool:
    given = {name: asked.get(name) for name in ("email", "phone")} | {"id": asked.get("customer")}
    return any(value and str(account[name]) == str(value) for name, value in given.items())


def shop_body(world: World) -> Doc:
    """app/uninstalled: the shop; some of it is null there, as in Shopify's own sample."""
    settings = world.settings
    nothing = dict.fromkeys(
        ("domain", "source", "latitude", "longitude", "address2", "created_at", "updated_at",
         "taxes_included", "auto_configure_tax_inclusivity", "tax_shipping", "county_taxes",
         "google_apps_domain", "google_apps_login_enabled", "password_enabled")
    )  # fmt: skip
    shown = "{{amount}}"
    formats = ("money_format", "money_with_currency_format", "money_in_emails_format",
               "money_with_currency_in_emails_format")  # fmt: skip
    return {
        **nothing,
        **dict.fromkeys(formats, f"{shown} {settings.currency}"),
        "id": SHOP_ID,
        "name": settings.name,
        "email": f"owner@{settings.domain}",
        "customer_email": f"owner@{settings.domain}",
        "shop_owner": "Oscar Owner",
        "phone": "",
        "address1": "1 Example Street",
        "city": "Exampleville",
        "zip": "00000",
        "province": "",
        "province_code": "",
        "myshopify_domain": settings.domain,
        "country": settings.country,
        "country_code": settings.country,
        "country_name": settings.country,
        "currency": settings.currency,
        "timezone": f"(GMT) {settings.timezone}",
        "iana_timezone": settings.timezone,
        "primary_locale": "en",
        "primary_location_id": 655_441_491,
        "plan_name": "basic",
        "plan_display_name": "Basic",
        "weight_unit": "kg",
        "enabled_presentment_currencies": [settings.currency],
        **_CAPABILITIES,
    }


_CAPABILITIES = {
    "has_discounts": True,
    "has_gift_cards": False,
    "eligible_for_payments": True,
    "requires_extra_payments_agreement": False,
    "has_storefront": True,
    "finances": True,
    "checkout_api_supported": True,
    "multi_location_enabled": True,
    "setup_required": False,
    "pre_launch_enabled": False,
    "marketing_sms_consent_enabled_at_checkout": True,
    "transactional_sms_disabled": False,
}
