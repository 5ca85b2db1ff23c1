"""Whether keys let us in, whichever way the shop's server lets them through, and may write."""

from __future__ import annotations

from dataclasses import replace

from connector.domain.text import one_line
from connector.errors import Disconnected
from connector.ports.platform import StoreAccount
from platforms.woocommerce import plugin_status, preflight
from platforms.woocommerce.client import Client, StoreRefused
from platforms.woocommerce.options import IN_HEADER, IN_QUERY, KEYS_BY, VERSION

# A key that the shop never saw, and one whose header was dropped on the way, look the same.
_NOT_SEEN = "woocommerce_rest_cannot_view"
_NO_SUCH_TOPIC = "woocommerce_rest_shop_webhook_invalid_topic"
_NO_TOPIC = "cartwright.proof"  # refused for its name, after the key's permission was checked


def settle(account: StoreAccount) -> dict[str, str]:
    """The options by which this shop has to be called, proved with its keys.

    Disconnected: the keys do not work, or may not write. Makes nothing in the shop.
    """
    found = preflight.look(account.domain)
    options = _let_in(account, {**found.options, KEYS_BY: IN_HEADER})
    client = Client(replace(account, options=options))
    _writes(client)
    return {**options, VERSION: one_line(plugin_status.environment(client).version)[:20]}


def _let_in(account: StoreAccount, options: dict[str, str]) -> dict[str, str]:
    """With the keys in the header; else, over https, in the query."""
    try:
        Client(replace(account, options=options)).get("webhooks", per_page="1")
    except Disconnected as refusal:
        if _NOT_SEEN not in refusal.detail or not account.domain.startswith("https://"):
            raise
        try:
            other = {**options, KEYS_BY: IN_QUERY}
            Client(replace(account, options=other)).get("webhooks", per_page="1")
        except Disconnected:
            raise refusal from None
        return other
    return options


def _writes(client: Client) -> None:
    """A webhook of a topic that there is not: refused by a shop that would let us make one."""
    hook = {"topic": _NO_TOPIC, "delivery_url": "https://cartwright.invalid/", "status": "disabled"}
    try:
        client.post("webhooks", hook)
    except StoreRefused as refusal:
        if refusal.code != _NO_SUCH_TOPIC:
            raise
    except Disconnected as refusal:
        raise Disconnected(
            f"the keys may read and not write: make new ones with read/write ({refusal.detail})"
        ) from refusal
