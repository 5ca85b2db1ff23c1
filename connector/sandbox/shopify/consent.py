"""What a person says about messages: through the API, or to the shop itself."""

from __future__ import annotations

from datetime import datetime

from connector.sandbox.shopify import customers
from connector.sandbox.shopify.customer_nodes import GID, Purchases, node
from connector.sandbox.shopify.document import NotGraphQL, Resolver
from connector.sandbox.shopify.outbox import Outbox
from connector.sandbox.shopify.world import Doc, Refusal, World

_STATES = {
    "email": {"NOT_SUBSCRIBED", "PENDING", "SUBSCRIBED", "UNSUBSCRIBED", "INVALID", "REDACTED"},
    "sms": {"NOT_SUBSCRIBED", "PENDING", "SUBSCRIBED", "UNSUBSCRIBED", "REDACTED"},
}
_SETTABLE = {"PENDING", "SUBSCRIBED", "UNSUBSCRIBED"}  # Shopify alone sets the others
_LEVELS = {"SINGLE_OPT_IN", "CONFIRMED_OPT_IN", "UNKNOWN"}
_ADDRESS = {"email": "email", "sms": "phone"}


class Consent:
    """The mutations about consent."""

    def __init__(self, world: World, outbox: Outbox) -> None:
        self._world, self._outbox = world, outbox

    def mutations(self) -> dict[str, Resolver]:
        """Root fields of mutations."""
        return {
            "customerEmailMarketingConsentUpdate": lambda asked: self._update(asked, "email"),
            "customerSmsMarketingConsentUpdate": lambda asked: self._update(asked, "sms"),
        }

    def _update(self, asked: Doc, channel: str) -> Doc:
        given = asked["input"]
        said = given[f"{channel}MarketingConsent"]
        number = str(given["customerId"]).removeprefix(GID)
        customer = self._world.shelf.get("customer", number)
        if problem := self._wrong(customer, channel, said):
            return {"customer": None, "userErrors": [problem]}
        changed = say(self._world, self._outbox, number, channel, said)
        shown = node(self._world, changed, Purchases(self._world))
        return {"customer": shown, "userErrors": []}

    def _wrong(self, customer: Doc | None, channel: str, said: Doc) -> Doc | None:
        state, level = said.get("marketingState"), said.get("marketingOptInLevel")
        if state not in _STATES[channel] or level not in {None, *_LEVELS}:
            raise NotGraphQL(f"Variable $input of type {channel} consent has an invalid value")
        forced = self._world.faults.take("user_error")
        inner = f"{channel}MarketingConsent"
        at = said.get("consentUpdatedAt")
        wrong = {
            ("INTERNAL_ERROR", "customerId", f"Consent was refused ({forced})"): bool(forced),
            ("INVALID", "customerId", "Customer not found"): customer is None,
            ("INCLUSION", inner, f"Cannot specify {state} as a marketing state input"): (
                state not in _SETTABLE
            ),
            ("INVALID", inner, f"Customer must have {_ADDRESS[channel]} to change consent"): (
                customer is not None and not customer[_ADDRESS[channel]]
            ),
            ("INVALID", inner, "Customer's data was redacted"): (
                customer is not None and customer[f"{channel}_state"] == "redacted"
            ),
            ("INVALID", inner, "Consent updated at must not be in the future"): (
                bool(at) and _instant(str(at)) > self._world.clock.now()
            ),
        }
        for (code, field, message), is_so in wrong.items():
            if is_so:
                return {"field": ["input", field], "message": message, "code": code}
        return None


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NotGraphQL(f"not a DateTime: {text!r}") from None
    if moment.tzinfo is None:
        raise NotGraphQL(f"not a DateTime: {text!r}")
    return moment


def say(world: World, outbox: Outbox, number: str, channel: str, said: Doc) -> Doc:
    """Keep it and tell the subscribers; the account as it is now. Refusal for nonsense."""
    customer, state = world.shelf.get("customer", number), said.get("marketingState")
    if customer is None:
        raise Refusal("there is no such account")
    if channel not in _STATES or state not in _STATES[channel]:
        raise Refusal("no such channel, or no such state of it")
    level = str(said.get("marketingOptInLevel") or "SINGLE_OPT_IN").lower()
    at = str(said.get("consentUpdatedAt") or "")
    at = _instant(at).isoformat() if at else ""
    changed = customer | customers.said(world, channel, str(state).lower(), level, at)
    world.shelf.put("customer", number, changed)
    told = [customers.consent(world, changed, channel)]
    outbox.announce([*told, ("customers/update", customers.body(world, changed))])
    return changed
