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
    if found is not None and found.get("unheard_of"):
        found = world.shelf.put("customer", str(found["id"]), {**found, "unheard_of": False})
        return found, [("customers/create", body(world, found))]
    if found is not None:
        return found, []
    made = _made(world, cart)
    return made, [("customers/create", body(world, made))]


def of_checkout(world: World, cart: Doc) -> Doc:
    """The account that the API shows with a checkout; no delivery has told of it yet."""
    of_old = world.shelf.get("customer", str(cart.get("customer")))  # a made-up past names her
    if (found := of_old or known(world, cart)) is not None:
        return found
    made = {**_made(world, cart), "unheard_of": True}
    return world.shelf.put("customer", str(made["id"]), made)


def _made(world: World, cart: Doc) -> Doc:
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
        "locale": cart.get("locale") or "",
        **{name: cart[name] for name in ("first_name", "last_name", "country", "province")},
    }
    return world.shelf.put("customer", str(number), made)


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
    changes = {"tags": [str(one) for one in tags], "updated_at": world.now()}
    world.shelf.put("customer", number, customer | changes)
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
    customer = {**customer, "phone": customer["phone"] or cart["phone"]}
    for channel in fresh:
        customer |= said(world, channel, "subscribed")
    world.shelf.put("customer", str(customer["id"]), customer)
    return [*events, *(consent(world, customer, channel) for channel in fresh)]


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


def said(world: World, channel: str, state: str, level: str = "single_opt_in", at: str = "") -> Doc:
    """What the account keeps of a word about a channel, "email" or "sms"."""
    now = world.now()
    return {
        f"{channel}_state": state,
        f"{channel}_level": level,
        f"{channel}_at": at or now,
        "updated_at": now,
    }


def consent(world: World, customer: Doc, channel: str) -> Event:
    """The delivery about a channel; the two do not name things alike."""
    at = customer.get(f"{channel}_at")
    told: Doc = {
        "state": customer[f"{channel}_state"],
        "opt_in_level": customer.get(f"{channel}_level"),
        "consent_updated_at": world.settings.local(at) if at else None,
    }
    if channel == "email":
        who = {"customer_id": customer["id"], "email_address": customer["email"] or None}
        return "customers_email_marketing_consent/update", {
            **who,
            "email_marketing_consent": told,
        }
    told["consent_collected_from"] = "SHOPIFY"
    who = {"id": customer["id"], "phone": customer["phone"] or None}
    return "customers_marketing_consent/update", {**who, "sms_marketing_consent": told}
