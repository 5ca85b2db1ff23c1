"""Accounts and what their owners said about messages."""

from __future__ import annotations

from connector.sandbox.shopify.outbox import Event, Outbox
from connector.sandbox.shopify.world import Doc, Refusal, World

_GIVEN = ("email", "phone", "first_name", "last_name", "country", "province")


def known(world: World, cart: Doc) -> Doc | None:
    """The account of a cart's shopper, by e-mail or phone."""
    for customer in world.shelf.all("customer"):
        same_email = cart["email"] and customer["email"] == cart["email"].lower()
        if same_email or (cart["phone"] and customer["phone"] == cart["phone"]):
            return customer
    return None


def ensure(world: World, cart: Doc) -> tuple[Doc, list[Event]]:
    """The shopper's account, made if need be; and the deliveries that this brings about."""
    found = known(world, cart)
    if found is not None:
        return found, []
    number = world.new_id("customer")
    made = {
        "id": number,
        "email": cart["email"].lower(),
        "phone": cart["phone"],
        "created_at": world.now(),
        "updated_at": world.now(),
        "email_state": "not_subscribed",
        "sms_state": "not_subscribed",
        "tags": [],
        **{name: cart[name] for name in ("first_name", "last_name", "country", "province")},
    }
    world.shelf.put("customer", str(number), made)
    return made, [("customers/create", body(world, made))]


def sign_up(world: World, outbox: Outbox, asked: Doc) -> Doc:
    """Somebody makes an account without buying anything."""
    person = {name: str(asked.get(name) or "") for name in _GIVEN}
    if not (person["email"] or person["phone"]):
        raise Refusal("an account needs an e-mail address or a phone number")
    customer, events = ensure(world, person)
    if not events:
        raise Refusal("she has an account")
    tag(world, str(customer["id"]), asked.get("tags") or [])
    outbox.announce(events)
    return {"customer": str(customer["id"])}


def tag(world: World, number: str, tags: list[str]) -> Doc:
    """The merchant gives an account its tags; no delivery says so."""
    customer = world.shelf.get("customer", number)
    if customer is None:
        raise Refusal("there is no such account")
    world.shelf.put("customer", number, {**customer, "tags": [str(one) for one in tags]})
    return {"customer": number}


def hear(world: World, cart: Doc) -> list[Event]:
    """What the boxes that were ticked in a checkout bring about: an account that said yes."""
    ticked = [
        channel
        for channel, address in (("email", cart["email"]), ("sms", cart["phone"]))
        if cart[f"accepts_{channel}"] and address
    ]
    if not ticked:
        return []
    customer, events = ensure(world, cart)
    fresh = [channel for channel in ticked if customer[f"{channel}_state"] != "subscribed"]
    customer = {**customer, **{f"{channel}_state": "subscribed" for channel in fresh}}
    customer = {**customer, "phone": customer["phone"] or cart["phone"]}
    world.shelf.put("customer", str(customer["id"]), customer)
    told = {"email": _email_consent, "sms": _sms_consent}
    return [*events, *(told[channel](world, customer) for channel in fresh)]


def body(world: World, customer: Doc) -> Doc:
    """customers/create, customers/update."""
    return {
        **inner(world, customer),
        "created_at": world.settings.local(customer["created_at"]),
        "updated_at": world.settings.local(customer["updated_at"]),
        "addresses": [],
    }


def inner(world: World, customer: Doc) -> Doc:
    """The account inside a checkout or order: neither consent nor tags, since 2025-01."""
    number = customer["id"]
    return {
        "id": number,
        "created_at": None,
        "updated_at": None,
        "first_name": customer["first_name"] or None,
        "last_name": customer["last_name"] or None,
        "state": "disabled",
        "note": None,
        "verified_email": True,
        "multipass_identifier": None,
        "tax_exempt": False,
        "email": customer["email"] or None,
        "phone": customer["phone"] or None,
        "currency": world.settings.currency,
        "tax_exemptions": [],
        "admin_graphql_api_id": f"gid://shopify/Customer/{number}",
        "default_address": {
            "id": None,
            "customer_id": number,
            "country_name": customer["country"],
            "default": True,
            **address(customer),
        },
    }


def address(person: Doc) -> Doc:
    """A postal address; streets are made up."""
    first, last = person["first_name"] or None, person["last_name"] or None
    return {
        "first_name": first,
        "last_name": last,
        "name": " ".join(filter(None, (first, last))),
        "company": None,
        "address1": "1 Example Street",
        "address2": None,
        "city": "Exampleville",
        "zip": "00000",
        "phone": None,
        "province": person["province"] or None,
        "province_code": person["province"] or None,
        "country": person["country"],
        "country_code": person["country"],
    }


def place(person: Doc) -> Doc:
    """The address of an order or checkout, which also says where on earth that is."""
    return {**address(person), "latitude": None, "longitude": None}


def _email_consent(world: World, customer: Doc) -> Event:
    body = {
        "customer_id": customer["id"],
        "email_address": customer["email"],
        "email_marketing_consent": _said(world),
    }
    return "customers_email_marketing_consent/update", body


def _sms_consent(world: World, customer: Doc) -> Event:
    body = {
        "id": customer["id"],
        "phone": customer["phone"],
        "sms_marketing_consent": {**_said(world), "consent_collected_from": "SHOPIFY"},
    }
    return "customers_marketing_consent/update", body


def _said(world: World) -> Doc:
    return {
        "state": "subscribed",
        "opt_in_level": "single_opt_in",
        "consent_updated_at": world.settings.local(world.now()),
    }
