"""Links into the store: a cart rebuilt, and which addresses are the store's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from connector import http
from connector.domain.carts import CartLine
from connector.ports.platform import StoreAccount
from platforms.shopify.names import is_number

# Browsers read a backslash as a slash and skip tabs and line breaks: no such thing may pass.
_PLAIN = re.compile(r"\Ahttps?://[!-\[\]-~]+\Z")


def cart_link(account: StoreAccount, lines: Sequence[CartLine], codes: Sequence[str]) -> str:
    """A cart permalink with all of `codes` applied; without usable lines, the shopper's own cart.

    Several codes stand in `discount` with commas between (shopify.dev, "Create cart
    permalinks"); a live shop was not asked.
    """
    home = account.storefront or f"https://{account.domain}"
    goods = ",".join(
        f"{line.variant_id}:{line.quantity}" for line in lines if is_number(line.variant_id)
    )
    applied = ",".join(quote(code, safe="") for code in codes)
    if goods:
        return f"{home}/cart/{goods}" + (f"?discount={applied}" if applied else "")
    if applied:
        return f"{home}/discount/{applied}?redirect=/cart"
    return f"{home}/cart"


def owns_url(account: StoreAccount, url: str) -> bool:
    """True for https pages of the shop's permanent name or its own web address.

    Plain http only through a door that this process was given (connector.http).
    """
    if not _PLAIN.match(url):
        return False
    try:
        parts = urlsplit(url)
        own = {account.domain, urlsplit(account.storefront).netloc.lower()}
    except ValueError:
        return False
    host = parts.netloc.lower()
    if parts.scheme == "http":
        return host in own and host in http.loopback().doors
    return host.removesuffix(":443") in own
