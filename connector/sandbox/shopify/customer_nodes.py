"""The API's picture of accounts."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Any

from connector.sandbox.shopify.document import NotGraphQL, Resolver
from connector.sandbox.shopify.paging import Source, by_number
from connector.sandbox.shopify.world import Doc, World, zulu

GID = "gid://shopify/Customer/"
_NAMES = {"id", "emailAddress", "phoneNumber"}


class Purchases:
    """Orders and money by customer over her whole life, counted when first asked for."""

    def __init__(self, world: World) -> None:
        self._world = world

    @cached_property
    def _known(self) -> dict[int, tuple[int, Decimal]]:
        known: dict[int, tuple[int, Decimal]] = {}
        for order in self._world.shelf.scan("order"):
            if not order["cancelled_at"]:
                number, spent = known.get(order["customer"]["id"], (0, Decimal(0)))
                spent += Decimal(order["total"]) - Decimal(order["refunded"])
                known[order["customer"]["id"]] = (number + 1, spent)
        return known

    def count(self, customer: Doc) -> str:
        """How many she made; an UnsignedInt64 is written as text."""
        return str(self._known.get(customer["id"], (0, 0))[0])

    def spent(self, customer: Doc) -> Doc:
        """What she paid and did not get back."""
        settings = self._world.settings
        amount = settings.money(Decimal(self._known.get(customer["id"], (0, 0))[1]))
        return {"amount": str(amount), "currencyCode": settings.currency}


class Customers:
    """The fields of the API that show accounts."""

    def __init__(self, world: World) -> None:
        self._world = world

    def queries(self) -> dict[str, Resolver]:
        """Root fields of queries."""
        return {
            "customer": self._one,
            "customerByIdentifier": lambda asked: self._find(asked["identifier"] or {}),
            "customers": lambda asked: source(self._world).connection(
                asked, self._world.clock.now()
            ),
            "customersCount": lambda asked: source(self._world).count(
                asked, self._world.clock.now()
            ),
        }

    def _one(self, asked: Doc) -> Doc | None:
        kept = self._world.shelf.get("customer", str(asked["id"]).removeprefix(GID))
        return node(self._world, kept, Purchases(self._world)) if kept else None

    def _find(self, identifier: Doc) -> Doc | None:
        """The account of just one name: its id, e-mail address or phone number."""
        given = {name: value for name, value in identifier.items() if value is not None}
        if len(given) != 1 or not given.keys() <= _NAMES:
            raise NotGraphQL("CustomerIdentifierInput requires exactly one argument")
        ((name, value),) = given.items()
        found = (one for one in self._world.shelf.all("customer") if _is(one, name, str(value)))
        first = next(found, None)
        return node(self._world, first, Purchases(self._world)) if first else None


def source(world: World) -> Source:
    """All accounts."""
    purchases = Purchases(world)
    return Source(
        docs=lambda: world.shelf.scan("customer"),
        searched=lambda one: {
            "id": one["id"],
            "email": one["email"],
            "phone": one["phone"],
            "first_name": one["first_name"],
            "last_name": one["last_name"],
            "created_at": one["created_at"],
            "customer_date": one["created_at"],
            "updated_at": one["updated_at"],
            "email_marketing_state": one["email_state"],
            "sms_marketing_state": one["sms_state"],
        },
        keys={
            "ID": by_number,
            "RELEVANCE": by_number,
            "CREATED_AT": lambda one: str(one["created_at"]),
            "UPDATED_AT": lambda one: str(one["updated_at"]),
            "NAME": lambda one: f"{one['last_name']} {one['first_name']}",
            "LOCATION": lambda one: f"{one['country']} {one['province']}",
        },
        node=lambda one: node(world, one, purchases),
    )


def _is(customer: Doc, name: str, value: str) -> bool:
    names = {
        "id": f"{GID}{customer['id']}",
        "emailAddress": customer["email"],
        "phoneNumber": customer["phone"],
    }
    return bool(value) and names[name] == (value.lower() if name == "emailAddress" else value)


def node(world: World, customer: Doc, purchases: Purchases) -> Doc:
    """One account with all that the API tells of it."""
    first, last = customer["first_name"] or None, customer["last_name"] or None
    address = mailing_address(customer) if customer["country"] else None
    named = " ".join(filter(None, (first, last)))
    return {
        "__typename": "Customer",
        "id": f"{GID}{customer['id']}",
        "legacyResourceId": str(customer["id"]),
        "firstName": first,
        "lastName": last,
        "displayName": named or customer["email"] or customer["phone"],
        "locale": customer.get("locale") or "en",
        "state": "DISABLED",
        "note": None,
        "createdAt": zulu(customer["created_at"]),
        "updatedAt": zulu(customer["updated_at"]),
        "verifiedEmail": True,
        "dataSaleOptOut": False,
        "tags": customer.get("tags", []),
        "defaultAddress": address,
        "defaultEmailAddress": _email(world, customer) if customer["email"] else None,
        "defaultPhoneNumber": _phone(customer) if customer["phone"] else None,
        "numberOfOrders": lambda _: purchases.count(customer),
        "amountSpent": lambda _: purchases.spent(customer),
    }


def _email(world: World, customer: Doc) -> Doc:
    """`marketingState` here knows no REDACTED: such an address is INVALID to apps."""
    state = customer["email_state"].upper()
    token = f"{customer['id']:x}"
    return {
        "emailAddress": customer["email"],
        "validFormat": True,
        "marketingState": "INVALID" if state == "REDACTED" else state,
        "marketingOptInLevel": _level(customer, "email"),
        "marketingUpdatedAt": _at(customer, "email"),
        "marketingUnsubscribeUrl": f"{world.url}/account/unsubscribe?token={token}",
        "openTrackingLevel": "UNKNOWN",
    }


def _phone(customer: Doc) -> Doc:
    """Of a number that never subscribed the new field says so in another word (2026-10)."""
    state = customer["sms_state"].upper()
    at, level = _at(customer, "sms"), _level(customer, "sms")
    return {
        "phoneNumber": customer["phone"],
        "smsMarketingConsent": {
            "state": "NEVER_SUBSCRIBED" if state == "NOT_SUBSCRIBED" else state,
            "optInLevel": level,
            "updatedAt": at,
            "collectedFrom": "SHOPIFY" if at else None,
        },
        "whatsAppMarketingConsent": {"state": "NEVER_SUBSCRIBED"},
        "marketingState": state,
        "marketingOptInLevel": level,
        "marketingUpdatedAt": at,
    }


def _level(customer: Doc, channel: str) -> str | None:
    level = customer.get(f"{channel}_level")
    return level.upper() if level else None


def _at(customer: Doc, channel: str) -> str | None:
    at = customer.get(f"{channel}_at")
    return zulu(at) if at else None


def mailing_address(person: Doc) -> dict[str, Any]:
    """A postal address; streets are made up."""
    return {
        "firstName": person["first_name"] or None,
        "lastName": person["last_name"] or None,
        "address1": "1 Example Street",
        "address2": None,
        "city": "Exampleville",
        "zip": "00000",
        "phone": None,
        "provinceCode": person["province"] or None,
        "province": person["province"] or None,
        "country": person["country"] or None,
        "countryCodeV2": person["country"] or None,
    }
