"""Names that the world agreed on: countries, languages, and where on the internet things are."""

from __future__ import annotations

import re
from functools import cache
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

import phonenumbers
from babel import Locale

# ISO 3166 has these too, though no telephone number begins there.
_NO_NUMBERS = frozenset({"AQ", "BV", "GS", "HM", "PN", "TF", "UM"})
_DOMAIN = re.compile(r"(?:[^\W_](?:[^\W_]|-){0,62}\.)+[^\W\d_](?:[^\W_]|-){1,62}")
_MAX_DOMAIN = 253  # RFC 1035
_OURS_ALONE = ("localhost", "local", "internal", "invalid", "onion", "home.arpa")  # RFC 6761, 8375
_PORTS = frozenset({None, 443, 8443})  # those that the guarded HTTP client calls


def is_country(code: str) -> bool:
    """True if it is a country's two letters as ISO 3166 has them: GB, and not UK."""
    return code in phonenumbers.SUPPORTED_REGIONS or code in _NO_NUMBERS


def is_language(code: str) -> bool:
    """True if it is a language's code without a country: ko, and neither KO nor ko-KR."""
    return code in _languages()


@cache
def _languages() -> frozenset[str]:
    codes: frozenset[str] = frozenset(Locale("en").languages)
    return frozenset(code for code in codes if code.isalpha())


def is_domain(name: str) -> bool:
    """True if it is the name of a domain: letters, digits, hyphens, and a dot between."""
    return len(name) <= _MAX_DOMAIN and _DOMAIN.fullmatch(name) is not None


def is_network(text: str) -> bool:
    """True if it is an IP address or a network: 192.0.2.7, 192.0.2.0/24, 2001:db8::/32."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def no_public_address(url: str) -> str:
    """Why nothing on the open internet can be called at a URL; "" if something may be there."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "it is no address"
    if not url.isprintable() or " " in url or parts.scheme != "https":
        return "it is no address"
    if parts.username is not None or parts.password is not None:
        return "there is a name or password in it, which everybody would see who sees the flow"
    if port not in _PORTS:
        return f"port {port} is not called"
    return _not_public(parts.hostname or "")


def _not_public(host: str) -> str:
    try:
        ip = ip_address(host)
    except ValueError:
        within = any(host == name or host.endswith(f".{name}") for name in _OURS_ALONE)
        return "" if is_domain(host) and not within else f"{host!r} is no host on the internet"
    public = ip.is_global and not ip.is_multicast
    return "" if public else f"{host} is not on the open internet"
