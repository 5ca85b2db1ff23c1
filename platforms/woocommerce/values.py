"""From WooCommerce's spelling to ours: times, texts, people, consent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import unescape
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from connector.domain.people import Person, clean_email, clean_phone
from connector.domain.text import one_line
from connector.ports.events import ConsentMark, ConsentState
from platforms.woocommerce.payloads import Address, Meta

CONSENT_KEYS = {"email": "_cartwright_email_consent", "sms": "_cartwright_sms_consent"}
CART_KEY = "_cartwright_cart"
RESTORED_KEY = "_cartwright_from"  # the cart whose link filled this one, on another device
_MOST_PIECES = 1_000_000


def utc(gmt: str | None, otherwise: datetime) -> datetime:
    """A `*_gmt` date (UTC, written without a zone); `otherwise` when there is none."""
    return datetime.fromisoformat(gmt).replace(tzinfo=UTC) if gmt else otherwise


def text(value: str | int | None) -> str:
    """An id, code or link as safe text on one line; "" for null."""
    return "" if value is None else one_line(str(value))


def plain(words: str | None) -> str:
    """A title as people read it: WordPress stores some with entities ("Salt &amp; Pepper")."""
    return text(unescape(words or ""))


def address(ip: str | None) -> str:
    """A visitor's IP address in its one spelling; "" for what is none ("unknown", a list)."""
    try:
        found = ip_address((ip or "").strip())
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def roles(names: Iterable[str]) -> tuple[str, ...]:
    """An account's roles ("customer", "wholesale"), each once, in order."""
    return tuple(dict.fromkeys(filter(None, map(text, names))))


def known(number: int) -> str:
    """An id as text; "" for 0, WordPress's nobody and nothing."""
    return str(number) if number else ""


def is_id(name: str) -> bool:
    """True for the id of a post, product or order; other platforms' ids are none here."""
    return name.isascii() and name.isdecimal()


def pieces(quantity: float) -> int:
    """How many: plugins sell 0.5 m of cloth, which is one line of something.

    Raises ValueError for what nobody can buy; "inf" and "nan" are numbers for PHP and msgspec.
    """
    if not abs(quantity) <= _MOST_PIECES:
        raise ValueError(f"not a quantity: {quantity}")
    return max(1, round(quantity))


def person(address: Address, *, customer_id: int = 0, email: str = "") -> Person:
    """Who an address belongs to; `email` is the account's, where the address has none."""
    country = text(address.country).upper()
    return Person(
        email=clean_email(address.email) or clean_email(email),
        phone=clean_phone(address.phone, country),
        customer_id=known(customer_id),
        first_name=plain(address.first_name),
        last_name=plain(address.last_name),
        country=country,
        province=text(address.state),
    )


def meta(fields: Iterable[Meta], key: str) -> str:
    """A custom field's text; "" when it is absent or no text."""
    values: list[Any] = [field.value for field in fields if field.key == key]
    return text(values[-1]) if values and isinstance(values[-1], str) else ""


def marks(
    fields: Sequence[Meta], at: datetime, source: str, *, repeated: bool = False
) -> tuple[ConsentMark, ...]:
    """What the custom fields say about consent ("yes", "no"); silence says nothing.

    `repeated`: `at` is when what has the fields changed, not when she said it.
    """
    said = {channel: meta(fields, key) for channel, key in CONSENT_KEYS.items()}
    return tuple(
        ConsentMark(channel, ConsentState(word), at, source, repeated)
        for channel, word in said.items()
        if word in {"yes", "no"}
    )


def place(url: str) -> tuple[str, str]:
    """Where a store is: host with port, and the folder it lives in ("" for the root)."""
    parts = urlsplit(url)
    host = parts.netloc.lower().removesuffix(":443" if parts.scheme == "https" else ":80")
    return host, parts.path.rstrip("/")


def within(path: str, folder: str) -> bool:
    """True if a path lies in a folder."""
    return path == folder or path.startswith(f"{folder}/")
