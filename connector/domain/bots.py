"""Crawlers and machines that fill carts: recognised by what no shopper does.

They are kept out of sends and of every denominator, and never blocked: a shop's Merchant
Center needs its crawler to reach the checkout. Where signs are few, the cart is a shopper's.
"""

from __future__ import annotations

from dataclasses import dataclass

from connector.domain.people import clean_email

BOT = "a bot"  # every reason begins with it
MOST_CARTS = 20  # of one mailbox within a day: no person fills more
# Google's Storebot orders as "John Smith" under changing addresses of this domain.
_CRAWLER_DOMAINS = frozenset({"joonix.net", "storebotmail.joonix.net"})
# Mailboxes that machines use; nobody reads what comes there (RFC 2142 and custom).
_NOBODY_READS = frozenset(
    {"noreply", "no-reply", "donotreply", "do-not-reply", "mailer-daemon", "postmaster"}
    | {"googlebot", "storebot", "bingbot", "crawler", "spider", "webcrawler"}
)


@dataclass(frozen=True)
class Signs:
    """What is known of who filled a cart; "" and 0 where nothing is."""

    email: str = ""
    carts_today: int = 0  # of the same mailbox within 24 hours, this one included


def kept_out(signs: Signs) -> str:
    """Why this is taken for a bot, beginning with BOT; "" for a shopper."""
    address = clean_email(signs.email).lower()
    mailbox, _, domain = address.rpartition("@")
    checks = (
        ("the mail domain of a crawler", _within(domain, _CRAWLER_DOMAINS)),
        ("an address that nobody reads", mailbox.partition("+")[0] in _NOBODY_READS),
        (f"more than {MOST_CARTS} carts a day", signs.carts_today > MOST_CARTS),
    )
    return next((f"{BOT}: {why}" for why, hit in checks if hit), "")


def _within(domain: str, known: frozenset[str]) -> bool:
    return any(domain == one or domain.endswith(f".{one}") for one in known)
