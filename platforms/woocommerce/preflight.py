"""A look at a shop's open index before anybody is sent there: is this a WooCommerce store?

Needs no keys and changes nothing. What stands in the way is said in words, with its mend.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import requests

import connector.http
from connector.domain.text import one_line
from connector.errors import AdapterError, NotSent, Refused
from connector.structs import work_out
from platforms.woocommerce import values
from platforms.woocommerce.addresses import BadAddress, canonical
from platforms.woocommerce.options import PERMALINKS, PLAIN, PRETTY, is_plain, rest_url

_MOVED = frozenset({301, 302, 303, 307, 308})
_WOOCOMMERCE = "wc/v3"
_WAYS = (
    {PERMALINKS: PRETTY},
    {PERMALINKS: PLAIN},
)  # pretty first: a plain store shows a page there


@dataclass(frozen=True)
class Found:
    """A WooCommerce store: where it is, what it is called, and how it has to be called."""

    address: str
    name: str
    options: dict[str, str]

    @property
    def plain(self) -> bool:
        """True without pretty permalinks: the links on wc-auth's own pages lead nowhere there."""
        return is_plain(self.options)


class InTheWay(Refused):
    """Why this cannot be connected; `mend` says what the merchant does about it."""

    def __init__(self, words: str, mend: str) -> None:
        super().__init__(f"{words}: {mend}")
        self.words, self.mend = words, mend


class Elsewhere(InTheWay):
    """The shop itself says that it is at another `address`."""

    def __init__(self, address: str) -> None:
        super().__init__(f"the shop says that it is at {address}", "connect it by that address")
        self.address = address


_NEAREST = 4  # folders that are looked at from the address up
_WHOLE_S = 30.0  # no further place after this long: a merchant waits, and anybody may ask


class Index(msgspec.Struct):
    """WordPress's open index, as far as it tells what runs there."""

    namespaces: list[str]
    name: str = ""
    home: str = ""


class Trouble(msgspec.Struct):
    """What REST says instead of an index."""

    code: str


class _Page(Exception):
    """No index here: maybe there is one the other way, or in a folder above."""

    def __init__(self, why: InTheWay) -> None:
        super().__init__()
        self.why = why


def look(address: str) -> Found:
    """What is at this address (canonical); InTheWay or Elsewhere when it cannot be connected.

    Also looks in the folders above: merchants type the address of the page that they see.
    """
    why: InTheWay | None = None
    over = time.monotonic() + _WHOLE_S
    for place in _places(address):
        if why and time.monotonic() > over:
            break
        try:
            found = _look(place)
        except _Page as page:
            why = why or page.why
            continue
        if found.address != address:
            raise Elsewhere(found.address)
        return found
    raise why or _nothing()


def _places(address: str) -> Iterator[str]:
    """The address itself, the folders right above it, and the root: five places at most."""
    scheme, _, rest = address.partition("://")
    parts = rest.split("/")
    above = ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]
    for place in dict.fromkeys([*above[:_NEAREST], above[-1]]):
        yield f"{scheme}://{place}"


def _look(address: str) -> Found:
    why: InTheWay | None = None
    for options in _WAYS:
        try:
            index = _index(address, _answer(rest_url(address, "", options)))
        except _Page as page:
            why = why or page.why
            continue
        return _found(address, index, dict(options))
    raise _Page(why or _nothing())


def _found(address: str, index: Index, options: dict[str, str]) -> Found:
    """The store behind an index. WordPress answers in any folder: `home` says where it is."""
    home = _home(index)
    if home and home != address:
        raise Elsewhere(home)
    if _WOOCOMMERCE not in index.namespaces:
        raise InTheWay(
            "this is a WordPress site, and WooCommerce is not active on it",
            "activate WooCommerce (3.5 or newer) under Plugins, or type your shop's own address",
        )
    return Found(address, values.plain(index.name), options)


def _home(index: Index) -> str:
    try:
        return canonical(index.home, connector.http.loopback().doors)
    except BadAddress:  # a name that only its server knows
        return ""


def _answer(url: str) -> requests.Response:
    """What the shop says; InTheWay when it says nothing."""
    try:
        return connector.http.call("the shop", "GET", url, headers={"Accept": "application/json"})
    except AdapterError as error:
        raise _silence(error) from error


def _silence(error: AdapterError) -> InTheWay:
    if isinstance(error, connector.http.Forbidden):
        return InTheWay(error.detail, "type the address under which customers see your shop")
    if isinstance(error.__cause__, requests.exceptions.SSLError):
        return InTheWay(
            "the shop's https certificate is not good: it ran out, or is for another name",
            "have your host renew it; browsers warn your customers of it too",
        )
    if isinstance(error, NotSent):
        return InTheWay(
            "the shop could not be reached over https",
            "look for a typing error. A shop without https cannot be connected: its keys would"
            " travel in the open. Your host can switch https on, usually for nothing",
        )
    return InTheWay(
        "the shop did not answer in time, or answered more than an index holds",
        "try again in a minute; if it stays so, ask your host what slows /wp-json/ down",
    )


def _index(address: str, answer: requests.Response) -> Index:
    """The index in an answer; Elsewhere, InTheWay, or _Page where the other way may be right."""
    if answer.status_code in _MOVED:
        raise _moved(address, answer)
    try:
        return msgspec.json.decode(answer.content, type=Index)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _no_index(answer) from None


def _moved(address: str, answer: requests.Response) -> InTheWay | _Page:
    """The shop at another address, as far as the redirect names one; never followed."""
    there = answer.headers.get("Location", "").partition("?")[0]
    try:
        other = canonical(there, connector.http.loopback().doors)
    except BadAddress:
        other = address
    if other != address and ("/wp-json" in there or _same_page(address, other)):
        return Elsewhere(other)
    return _Page(
        InTheWay(
            f"the shop's index sends us to a page instead ({one_line(there)[:200]})",
            "a plugin for logins, languages or maintenance does that: let /wp-json/ pass",
        )
    )


def _same_page(address: str, other: str) -> bool:
    """True if only the host differs: /?rest_route=/ has no path to go by."""
    here, there = (url.partition("://")[2].partition("/") for url in (address, other))
    return here[0] != there[0] and here[2] == there[2]


def _no_index(answer: requests.Response) -> _Page | InTheWay:
    code = _code(answer.content)
    if code and code != "rest_no_route":
        return InTheWay(
            f"the shop's REST API is shut to visitors ({code})",
            "a security plugin does that: have it allow the REST API, /wp-json/ and /wp-json/wc/",
        )
    status = answer.status_code
    known = _STATUSES.get(status) or (_FAILED if status >= 500 else None)  # noqa: PLR2004
    if known:
        return InTheWay(f"{known[0]} (HTTP {status})", known[1])
    return _Page(_nothing() if status == 404 else InTheWay(*_A_PAGE))  # noqa: PLR2004


def _code(body: bytes) -> str:
    try:
        return one_line(msgspec.json.decode(body, type=Trouble).code)[:100]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


_FIREWALL = (
    "the shop's firewall turned us away",
    f"have it allow calls of “{connector.http.USER_AGENT}” to /wp-json/, then try again",
)
_FAILED = (
    "the shop's server failed",
    "try again in a minute; if it stays so, show your host the page /wp-json/ of your shop",
)
_A_PAGE = (
    "the shop answers with a page where its data should be",
    "a coming-soon, login or cache plugin does that: let /wp-json/ pass",
)
# Pages that WordPress's API did not write: what they say, and the mend.
_STATUSES = {
    401: (
        "the shop's server asks every visitor for a password",
        "take that password off, at least from /wp-json/ and /wc-auth/",
    ),
    403: _FIREWALL,
    406: _FIREWALL,
    429: _FIREWALL,
    503: (
        "the shop is not available just now, perhaps in maintenance",
        "wait until it is back, then try again",
    ),
}


def _nothing() -> InTheWay:
    return InTheWay(
        "no WordPress shop was found at this address",
        "type the address of your shop's front page, with its folder if it lives in one",
    )


work_out(globals())
