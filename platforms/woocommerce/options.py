"""How one shop has to be called, found out when it is connected and kept with its account."""

from __future__ import annotations

from collections.abc import Mapping

PERMALINKS = "permalinks"
PRETTY, PLAIN = "pretty", "plain"  # plain: every page is a query of the front page
KEYS_BY = "keys_by"
IN_HEADER, IN_QUERY = "header", "query"  # query: the shop's server drops `Authorization`

VERSION = "version"  # WooCommerce's, "" where it did not tell
_WITH_LINKS = 10  # from here on core rebuilds a cart from a link (/checkout-link/)


def knows_links(options: Mapping[str, str]) -> bool:
    """True unless the shop is known to be too old to rebuild a cart from a link."""
    return major(options.get(VERSION, "")) >= _WITH_LINKS


def major(version: str) -> int:
    """The first number of a version; of one that is none, as new as can be."""
    first = version.partition(".")[0]
    return int(first) if first.isascii() and first.isdecimal() and len(first) < 4 else 999  # noqa: PLR2004


def is_plain(options: Mapping[str, str]) -> bool:
    """True for a shop without pretty permalinks."""
    return options.get(PERMALINKS) == PLAIN


def in_query(options: Mapping[str, str]) -> bool:
    """True where keys have to stand in the query (over https): they are in the shop's log then."""
    return options.get(KEYS_BY) == IN_QUERY


def rest_url(address: str, route: str, options: Mapping[str, str]) -> str:
    """Where a REST route ("wc/v3/orders", "" for the index) of a shop is."""
    here = "?rest_route=/" if is_plain(options) else "wp-json/"
    return f"{address}/{here}{route}"
