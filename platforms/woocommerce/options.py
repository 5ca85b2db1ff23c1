"""How one shop has to be called, found out when it is connected and kept with its account."""

from __future__ import annotations

from collections.abc import Mapping

PERMALINKS = "permalinks"
PRETTY, PLAIN = "pretty", "plain"  # plain: every page is a query of the front page
KEYS_BY = "keys_by"
IN_HEADER, IN_QUERY = "header", "query"  # query: the shop's server drops `Authorization`


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
