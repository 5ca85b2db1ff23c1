"""Where the shop's pages are, with pretty permalinks and with plain ones.

A plain store has no paths but files: every page is a query of the front page. A pretty store
understands these queries too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from connector.sandbox.woocommerce.state import State

_FILES = re.compile(r"/|/(index|wp-cron|wp-login)\.php|/wp-(admin|content)/.*|/cart/add")
_PAGE_IDS = {"/cart/": "7", "/checkout/": "8"}
_PATHS = {key: path for path, key in _PAGE_IDS.items()}
_ENDPOINTS = ("order-pay", "order-received")


def local(state: State, path: str, query: Sequence[tuple[str, str]] = ()) -> str:
    """The address of a page on this host, as the shop's links have it."""
    pairs = list(query)
    if state.shop.permalinks == "plain" and not is_file(path):
        pairs, path = [*_as_query(path), *pairs], "/"
    return f"{state.shop.subfolder}{path}{'?' if pairs else ''}{urlencode(pairs)}"


def full(state: State, path: str, query: Sequence[tuple[str, str]] = ()) -> str:
    """The whole address of a page."""
    return state.origin + local(state, path, query)


def is_file(path: str) -> bool:
    """True for what lies on the server's disk, whatever the permalinks are."""
    return _FILES.fullmatch(path) is not None


def _as_query(path: str) -> list[tuple[str, str]]:
    product = re.fullmatch(r"/product/([^/]+)/", path)
    if product:
        return [("product", product[1])]
    endpoint = re.fullmatch(r"/checkout/(order-pay|order-received)/(\d+)/", path)
    if endpoint:
        return [("page_id", _PAGE_IDS["/checkout/"]), (endpoint[1], endpoint[2])]
    return [("page_id", _PAGE_IDS.get(path, "0"))]


def hidden(path: str, query: Mapping[str, str]) -> str:
    """The path that a query of the front page means; "" for none."""
    if path not in {"/", "/index.php"}:
        return ""
    endpoint = next((name for name in _ENDPOINTS if query.get(name, "").isdecimal()), "")
    page = _PATHS.get(query.get("page_id", ""), "")
    found = {
        f"/wp-json/{query.get('rest_route', '').lstrip('/')}": "rest_route",
        f"/wc-auth/v{query.get('wc-auth-version')}/{query.get('wc-auth-route')}": "wc-auth-route",
        "/checkout-link/": "checkout-link",
        f"/wc-ajax/{query.get('wc-ajax')}": "wc-ajax",
        f"/product/{query.get('product')}/": "product",
    }
    return next(
        (made for made, name in found.items() if query.get(name)),
        f"{page}{endpoint}/{query[endpoint]}/" if page and endpoint else page,
    )
