"""What a merchant types as her shop's address, as the one address that we call it by.

"Shop.example", "https://shop.example/store/wp-admin/" and "münchen-shop.de" are understood; what
cannot be a shop on the open internet is refused in words. Nothing is asked here: the guard of
`connector.http` looks again where a connection is opened.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import SplitResult, quote, unquote, urlsplit

import idna

from connector.errors import Refused

_LONGEST = 500
_PORTS = {None: "", 443: "", 80: "", 8443: ":8443"}  # 80: typed with http, and called by https
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
# A last label of digits makes the whole name a number for resolvers: 127.1, 2130706433, 0x7f.1.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_INSIDE = frozenset({"localhost", "local", "internal", "intranet", "lan", "home", "arpa", "onion"})
_SHOPIFY = ".myshopify.com"
# Where WordPress's own pages begin: what stands before is the folder it lives in.
_PAGES = re.compile(r"/(wp-(admin|login|json|content|includes)|index\.php)(?=[/.]|$).*", re.DOTALL)
_FOLDER = re.compile(r"[A-Za-z0-9._~%-]+")


class BadAddress(Refused):
    """This is no address of a shop; `detail` says why and what to type instead."""


def canonical(typed: str, doors: Collection[str] = ()) -> str:
    """The shop's address: https, its name in ASCII, its folder, no slash at the end.

    `doors` ("127.0.0.1:9102") may be called by plain http: sandbox stores. BadAddress for
    everything else that is no https address on the open internet.
    """
    text = typed.strip()
    _refuse_oddities(text)
    parts = _parts(text)
    near = _door(parts, doors)
    if near:
        return near + _folder(parts.path)
    if parts.scheme not in {"http", "https"}:
        raise BadAddress("a shop's address begins with https://")
    return f"https://{_host(parts)}{_port(parts)}{_folder(parts.path)}"


def _refuse_oddities(text: str) -> None:
    if not text:
        raise BadAddress("type the address of your shop, as in https://shop.example")
    if len(text) > _LONGEST:
        raise BadAddress("this is too long for the address of a shop")
    if not text.isprintable() or any(sign.isspace() for sign in text):
        raise BadAddress("there is a blank or a line break in this address")
    if "\\" in text:
        raise BadAddress("a web address has no backslash: use /")


def _parts(text: str) -> SplitResult:
    whole = text if _SCHEME.match(text) else f"https://{text.removeprefix('//')}"
    try:
        parts = urlsplit(whole)
        parts.port  # noqa: B018 - raises for one that is none
    except ValueError:
        raise BadAddress("this is not a web address: it looks like https://shop.example") from None
    if "@" in parts.netloc:
        raise BadAddress("leave out the name or password before the @")
    return parts


def _door(parts: SplitResult, doors: Collection[str]) -> str:
    """The sandbox's own door, "" if it is none; never by https, it has no certificate."""
    return f"http://{parts.netloc}" if parts.netloc in doors else ""


def _host(parts: SplitResult) -> str:
    if "[" in parts.netloc:
        raise BadAddress("this is a number: type the name of the shop, as in https://shop.example")
    host = _ascii(parts.hostname or "")
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]) or _is_ip(host):
        raise BadAddress("this is a number: type the name of the shop, as in https://shop.example")
    if len(labels) == 1 or labels[-1] in _INSIDE or not all(labels):
        raise BadAddress("a shop must have a name on the open internet, as in shop.example")
    if host.endswith(_SHOPIFY):
        raise BadAddress("this is a Shopify shop: connect it on the page for Shopify")
    return host


def _ascii(name: str) -> str:
    """The name as resolvers want it (UTS 46: wide letters, other scripts' dots, capitals)."""
    try:
        mapped = idna.uts46_remap(name, std3_rules=True, transitional=False).removesuffix(".")
        if not mapped or mapped.endswith("."):
            return mapped
        return idna.encode(mapped, std3_rules=True).decode().lower()
    except idna.IDNAError:
        raise BadAddress("this is not the name of a shop: it looks like shop.example") from None


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _port(parts: SplitResult) -> str:
    """Only where shops are: any port would make us a scanner of other people's servers."""
    if parts.port not in _PORTS or (parts.port == 80 and parts.scheme == "https"):  # noqa: PLR2004
        raise BadAddress(f"a shop is called on port 443 or 8443, not on {parts.port}")
    return _PORTS[parts.port]


def _folder(path: str) -> str:
    """The folder that WordPress lives in: "/store", "" at the root."""
    before = _PAGES.sub("", path)
    steps = [_step(part) for part in before.split("/") if part]
    return "".join(f"/{step}" for step in steps)


def _step(part: str) -> str:
    plain = unquote(part)
    step = quote(plain, safe="~")
    if plain in {".", ".."} or not plain.isprintable() or not _FOLDER.fullmatch(step):
        raise BadAddress("this is not an address of a shop: leave out what follows its name")
    if any(sign in plain for sign in "/\\%"):
        raise BadAddress("this is not an address of a shop: leave out what follows its name")
    return step
