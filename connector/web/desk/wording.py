"""The desk's words for states, each with the sentence that explains it to a merchant."""

from __future__ import annotations

CART = {
    "open": ("Shopping", "The shopper was here a short while ago."),
    "abandoned": ("Abandoned", "The shopper left the cart and has not come back yet."),
    "recovered": ("Recovered", "Ordered after a message of ours about this cart."),
    "ordered": ("Ordered", "Ordered without a message of ours."),
    "lost": ("Lost", "Nothing came of it, so we stopped."),
}

CART_KIND = {
    "cart": "Goods in the cart, checkout not begun",
    "checkout": "Checkout begun",
    "unpaid_order": "Order placed, never paid",
}

MESSAGE = {
    "scheduled": ("Planned", ""),
    "claimed": ("Being prepared", ""),
    "inflight": ("Being handed over", ""),
    "sent": ("Sent", ""),
    "unknown": (
        "Not known",
        "We handed this message over and never heard whether it was taken, so it may have"
        " arrived. It is not sent again: one message too few is better than two.",
    ),
    "cancelled": ("Not sent", ""),
    "dead": ("Failed", "It could not be sent and is not tried again."),
}

CODE = {
    "planned": ("Not made yet", "It may exist at the shop: that is looked up before it is used."),
    "live": ("Made", ""),
    "failed": ("Not made", "The shop would not make it; the message goes without it."),
    "used": ("Used", "An order used it."),
    "ended": ("Taken away", "Its time was over, or it was no longer needed."),
}

EVENT = {
    "cart": "Cart",
    "consent": "Permission",
    "credit": "Credit",
    "click": "Click",
    "discount": "Code",
    "flow": "Flow",
    "gate": "Decision",
    "message": "Message",
    "order": "Order",
    "privacy": "Privacy",
}

REQUEST = {
    "export": "Her data",
    "erase": "Be forgotten",
    "erase_store": "Forget the whole store",
}

CHANNEL = {
    "smtp": "E-mail (SMTP)",
    "twilio": "Texts (Twilio)",
    "mailchimp": "Audience (Mailchimp)",
}

CAPTURE = {
    "": "",
    "full": "Every cart is seen.",
    "reduced": "Only part of the carts is seen.",
}

NOTE = {  # the word, and the look of its badge
    "good": ("Good", "live"),
    "missing": ("Could be better", "unknown"),
    "broken": ("Broken", "dead"),
}

NOTED = {
    "address": "Our own address",
    "cron": "The shop's clock",
    "currency": "Currency",
    "deliveries": "Deliveries",
    "keys": "Keys",
    "permalinks": "Permalinks",
    "plugin": "Shop plugin",
    "recovery_mail": "The shop's own reminders",
    "scopes": "Permissions",
    "timezone": "Time zone",
    "version": "Version",
    "webhooks": "Webhooks",
}

STORE = {
    "active": "Connected",
    "paused": "All marketing is paused",
    "needs_reauth": "The shop no longer accepts our key",
    "uninstalled": "The app was removed",
}
