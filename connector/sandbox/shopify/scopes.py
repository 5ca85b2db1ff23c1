"""What an app may do here: the scopes that there are, and which field of the API needs which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connector.sandbox.shopify.document import FieldError, Resolver
from connector.sandbox.shopify.world import Refusal

_RESOURCES = (
    "orders", "customers", "discounts", "products", "draft_orders", "marketing_events", "pixels",
    "checkouts",
)  # fmt: skip
KNOWN = frozenset(
    {*(f"{act}_{one}" for one in _RESOURCES for act in ("read", "write")),
     "read_all_orders", "read_customer_events"}
)  # fmt: skip

# What is not named needs nothing: the shop, subscriptions, bulk operations, jobs; nodes by kind.
_NEEDED = {
    "abandonedCheckouts": "read_orders",
    "abandonedCheckoutsCount": "read_orders",
    "abandonmentByAbandonedCheckoutId": "read_orders",
    "order": "read_orders",
    "orders": "read_orders",
    "ordersCount": "read_orders",
    "customer": "read_customers",
    "customerByIdentifier": "read_customers",
    "customers": "read_customers",
    "customersCount": "read_customers",
    "customerEmailMarketingConsentUpdate": "write_customers",
    "customerSmsMarketingConsentUpdate": "write_customers",
    "products": "read_products",
    "codeDiscountNodeByCode": "read_discounts",
    "discountNode": "read_discounts",
    "discountNodes": "read_discounts",
    "discountNodesCount": "read_discounts",
    "discountCodeBasicCreate": "write_discounts",
    "discountCodeFreeShippingCreate": "write_discounts",
    "discountCodeBulkDeactivate": "write_discounts",
    "discountCodeBulkDelete": "write_discounts",
    "discountCodeDeactivate": "write_discounts",
    "discountCodeDelete": "write_discounts",
}
_TOPICS = {"carts": "read_orders", "checkouts": "read_orders", "orders": "read_orders",
           "refunds": "read_orders", "customers": "read_customers",
           "customers_email_marketing_consent": "read_customers",
           "customers_marketing_consent": "read_customers",
           "discounts": "read_discounts", "products": "read_products"}  # fmt: skip


def parse(text: str) -> list[str]:
    """Scopes with commas or blanks between, each once, in order. Refusal for an unknown one."""
    found = sorted(set(text.replace(",", " ").split()))
    if unknown := set(found) - KNOWN:
        raise Refusal(f"no such scope: {', '.join(sorted(unknown))}")
    return found


def cover(granted: Iterable[str], needed: str) -> bool:
    """Writing includes reading, as everywhere at Shopify."""
    return bool({needed, needed.replace("read_", "write_", 1)} & set(granted))


def demand(granted: Iterable[str], needed: str, what: str) -> None:
    """The FieldError for `what` unless the scopes reach so far."""
    if not cover(granted, needed):
        raise denied(what, f"`{needed}` access scope.")


def may_hear(granted: Iterable[str], topic: str) -> bool:
    """A topic, as deliveries name it, needs the scope of what it tells about."""
    needed = _TOPICS.get(topic.partition("/")[0])
    return needed is None or cover(granted, needed)


def guarded(resolvers: Mapping[str, Resolver], granted: Iterable[str]) -> dict[str, Resolver]:
    """The root fields; those outside the granted scopes answer ACCESS_DENIED."""
    held = tuple(granted)
    return {name: _guard(name, act, held) for name, act in resolvers.items()}


def _guard(name: str, act: Resolver, granted: tuple[str, ...]) -> Resolver:
    needed = _NEEDED.get(name)
    if needed is None or cover(granted, needed):
        return act

    def refuse(_: object) -> None:
        raise denied(f"{name} field", f"`{needed}` access scope.")

    return refuse


def denied(what: str, needed: str) -> FieldError:
    """Shopify's own words and form."""
    return FieldError(
        f"Access denied for {what}. Required access: {needed}",
        {
            "code": "ACCESS_DENIED",
            "documentation": "https://shopify.dev/api/usage/access-scopes",
            "requiredAccess": needed,
        },
    )
