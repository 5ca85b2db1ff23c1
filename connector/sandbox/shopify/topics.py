"""Webhook topics as the API names them, and as deliveries do."""

from __future__ import annotations

_GROUPS = {
    "app": ("scopes_update", "uninstalled"),
    "bulk_operations": ("finish",),
    "carts": ("create", "update"),
    "checkouts": ("create", "update", "delete"),
    "customers": ("create", "update", "delete", "enable", "disable", "merge"),
    "customers_email_marketing_consent": ("update",),
    "customers_marketing_consent": ("update",),
    "customers_whats_app_marketing_consent": ("update",),
    "discounts": ("create", "update", "delete", "redeemcode_added", "redeemcode_removed"),
    "draft_orders": ("create", "update", "delete"),
    "fulfillments": ("create", "update"),
    "orders": ("cancelled", "create", "delete", "edited", "fulfilled", "paid",
               "partially_fulfilled", "updated"),
    "products": ("create", "update", "delete"),
    "refunds": ("create",),
    "shop": ("update",),
    "variants": ("in_stock", "out_of_stock"),
}  # fmt: skip
# Compliance topics are not among them: they belong to the app's configuration alone.
TOPICS = {
    f"{group}_{what}".upper(): f"{group}/{what}" for group, all_ in _GROUPS.items() for what in all_
}
