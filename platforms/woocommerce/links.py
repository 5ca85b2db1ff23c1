"""The store's own addresses: a link that rebuilds a cart, and which links are the store's."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from connector import http
from connector.domain.carts import CartLine
from connector.ports.platform import StoreAccount
from platforms.woocommerce import options, values

PLUGIN_COUPONS = "cartwright_coupons"
_PLUGIN_RESTORE = "cartwright_restore"


def cart_link(account: StoreAccount, lines: Sequence[CartLine], codes: Sequence[str]) -> str:
    """`/checkout-link/` (core, since 10.x) with the goods and the codes; variations by id.

    Core takes one coupon: CheckoutLink.php reads all of `coupon` as one code. What it does not
    know it carries on to the checkout, where our shop plugin applies the other codes.
    """
    shop = account.storefront or account.domain
    wanted = ((line.variant_id or line.product_id, line.quantity) for line in lines)
    goods = ",".join(f"{key}:{count}" for key, count in wanted if values.is_id(key))
    if goods and not options.knows_links(account.options):
        return _older_link(shop, goods)
    page = "?checkout-link=true&" if options.is_plain(account.options) else "checkout-link/?"
    return f"{shop}/{page}products={goods}{_coupons(codes)}" if goods else f"{shop}/"


def restore_link(recovery_url: str, codes: Sequence[str]) -> str:
    """Our shop plugin's own link with the codes in it; "" for any other address.

    Unlike core's it brings back what was chosen for a line, and says what it could not.
    """
    query = urlsplit(recovery_url).query
    if _PLUGIN_RESTORE not in dict(parse_qsl(query)):
        return ""
    coupons = ",".join(quote(code, safe="") for code in codes)
    return f"{recovery_url}&{PLUGIN_COUPONS}={coupons}" if coupons else recovery_url


def _older_link(shop: str, goods: str) -> str:
    """Before 10.x: one product a link, and no code; a cart of several leads to the shop."""
    key, _, count = goods.partition(":")
    return f"{shop}/" if "," in goods else f"{shop}/?add-to-cart={key}&quantity={count}"


def _coupons(codes: Sequence[str]) -> str:
    first, *others = [quote(code, safe="") for code in codes] or [""]
    ours = f"&{PLUGIN_COUPONS}={','.join(others)}" if others else ""
    return f"&coupon={first}{ours}" if first else ""


def owns_url(account: StoreAccount, url: str) -> bool:
    """True if a link leads into this store: https, its host and port, its folder."""
    if "\\" in url or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        host, path = values.place(url)
        return _is_safe(parts) and any(
            host == home and values.within(path, folder) for home, folder in _homes(account)
        )
    except ValueError:  # a port or an address in brackets that is none
        return False


def _homes(account: StoreAccount) -> list[tuple[str, str]]:
    return [values.place(url) for url in (account.domain, account.storefront) if url]


def _is_safe(parts: SplitResult) -> bool:
    plain = parts.scheme == "http" and parts.netloc in http.loopback().doors
    climbs = ".." in unquote(parts.path).split("/")
    named = parts.username is None and parts.password is None and parts.port != 0
    return (parts.scheme == "https" or plain) and named and not climbs
