"""How a shop is connected just now: what comes to us, what does not, and what mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import connector.http
from connector.domain.text import one_line
from connector.errors import AdapterError
from connector.ports.platform import StoreAccount
from connector.ports.survey import Note, NoteLevel, Survey
from platforms.woocommerce import plugin_status, shop, webhooks
from platforms.woocommerce.client import Client
from platforms.woocommerce.options import VERSION, in_query, is_plain, knows_links
from platforms.woocommerce.plugin_status import Status
from platforms.woocommerce.webhooks import Subscription

_LATE_S = 10 * 60  # the cron comes round each minute where a shop has visitors
_WITHOUT_DRAFTS = (10, 9)  # from here on the block checkout makes no draft order
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Looked:
    """Everything that was asked, before it is judged."""

    account: StoreAccount
    status: Status | None  # of our plugin
    version: str  # WooCommerce's
    cron_disabled: bool
    currency: str
    timezone: str
    hooks: tuple[Subscription, ...]
    callback_url: str
    moved_to: str  # where our own address sends whoever calls it, "" if it answers


def survey(client: Client, account: StoreAccount, callback_url: str) -> Survey:
    """Look, and say it in words; changes nothing at the shop."""
    seen = _look(client, account, callback_url)
    notes = [note for judge in _JUDGES for note in judge(seen)]
    wanted = webhooks.wanted(plugin=seen.status is not None)
    come = tuple(t for t in wanted if any(_comes(seen, hook, t) for hook in seen.hooks))
    return Survey(
        capture="full" if seen.status else "reduced",
        notes=tuple(notes),
        topics=come,
        missing=tuple(topic for topic in wanted if topic not in come),
    )


def _comes(seen: Looked, hook: Subscription, topic: str) -> bool:
    return hook.topic == topic and hook.delivers(seen.callback_url)


def _look(client: Client, account: StoreAccount, callback_url: str) -> Looked:
    status = plugin_status.read(client)
    told = shop.info(client)
    runs_on = None if status else plugin_status.environment(client)
    return Looked(
        account=account,
        status=status,
        version=one_line(runs_on.version if runs_on else status.woocommerce if status else ""),
        cron_disabled=status.cron.disabled if status else bool(runs_on and not runs_on.wp_cron),
        currency=told.currency,
        timezone=told.timezone,
        hooks=tuple(webhooks.of_ours(client, callback_url)),
        callback_url=callback_url,
        moved_to=_moved_to(callback_url),
    )


def _moved_to(callback_url: str) -> str:
    """Where our own address leads. WooCommerce takes 301 and 302 for success and loses all.

    "" also when we cannot reach ourselves from here, which says nothing about the shop.
    """
    try:
        answer = connector.http.call("our own address", "GET", callback_url)
    except AdapterError:
        return ""
    there = answer.headers.get("Location", "elsewhere") if answer.status_code in _MOVED else ""
    return one_line(there.partition("?")[0])[:200]


def _plugin(seen: Looked) -> Iterator[Note]:
    if seen.status:
        text = f"Our plugin {one_line(seen.status.plugin)[:20]} is active: every cart is seen."
        yield Note("plugin", NoteLevel.GOOD, text)
        return
    drafts = _numbers(seen.version) < _WITHOUT_DRAFTS
    begun = "block checkouts that were begun, " if drafts else ""
    yield Note(
        "plugin",
        NoteLevel.MISSING,
        "Our shop plugin is not active. Seen are orders that were not paid,"
        f" {begun}and who typed an address into the classic checkout (not what was in the cart)."
        " Carts that were left before an order are not seen.",
        "install the Cartwright plugin in WordPress (Plugins, Add, Upload) and activate it",
    )


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")[:2]
    return tuple(int(part) for part in parts if part.isascii() and part.isdecimal()) or (99,)


def _versions(seen: Looked) -> Iterator[Note]:
    if not knows_links({VERSION: seen.version}):
        yield Note(
            "version",
            NoteLevel.MISSING,
            f"WooCommerce {seen.version} rebuilds no cart from a link: links lead to the page to"
            " pay, or put one product into the cart, and codes have to be typed.",
            "update WooCommerce to 10 or newer, then connect the shop once more",
        )
    elif not knows_links(seen.account.options):
        yield Note(
            "version",
            NoteLevel.MISSING,
            f"The shop was updated to WooCommerce {seen.version}; our links still fit the old one.",
            "connect the shop once more: nothing else changes by that",
        )
    elif seen.version:
        yield Note("version", NoteLevel.GOOD, f"WooCommerce {seen.version}.")


def _webhooks(seen: Looked) -> Iterator[Note]:
    wanted = webhooks.wanted(plugin=seen.status is not None)
    lost = [t for t in wanted if not any(_comes(seen, hook, t) for hook in seen.hooks)]
    off = sorted({h.topic for h in seen.hooks if h.status != "active" and h.topic in lost})
    if off:
        yield Note(
            "webhooks",
            NoteLevel.BROKEN,
            f"The shop switched webhooks off ({', '.join(off)}): it does so when 7 deliveries in"
            " a row fail.",
            "they are made anew by us, which also clears the count of failures; if it happens"
            " again, see that CARTWRIGHT_URL can be reached from the shop's server",
        )
    elif lost:
        yield Note(
            "webhooks",
            NoteLevel.BROKEN,
            f"The shop does not tell us of {', '.join(lost)}.",
            "the webhooks are made by us at the next check",
        )
    else:
        yield Note("webhooks", NoteLevel.GOOD, f"{len(wanted)} webhooks are active.")


def _address(seen: Looked) -> Iterator[Note]:
    if seen.moved_to:
        yield Note(
            "address",
            NoteLevel.BROKEN,
            f"Our own address answers with a redirect to {seen.moved_to}. The shop takes that for"
            " success and does not follow it: everything that it tells is lost.",
            "set CARTWRIGHT_URL to the address that answers itself (with https, with or without"
            " www), restart, and check again",
        )
    elif urlsplit(seen.callback_url).scheme != "https" and not _is_door(seen.account.domain):
        yield Note(
            "address",
            NoteLevel.BROKEN,
            "Our own address is plain http: what the shop tells travels in the open, and a"
            " redirect to https in front of us would lose all of it.",
            "put https in front of Cartwright, and set CARTWRIGHT_URL to it",
        )


def _is_door(domain: str) -> bool:
    """True for a sandbox store on this machine."""
    return urlsplit(domain).netloc in connector.http.loopback().doors


def _cron(seen: Looked) -> Iterator[Note]:
    late = seen.status.cron.oldest_due_s if seen.status else 0
    mend = (
        "have the server call it each minute:"
        f" */1 * * * * curl -s {seen.account.domain}/wp-cron.php?doing_wp_cron > /dev/null"
    )
    pushed = (
        " Carts come all the same, since our plugin also calls at once."
        if seen.status and seen.status.direct_push
        else ""
    )
    if late >= _LATE_S:
        yield Note(
            "cron",
            NoteLevel.BROKEN if not pushed else NoteLevel.MISSING,
            f"WordPress's clock sleeps: its oldest work has waited {late // 60} minutes, and"
            f" webhooks wait with it.{pushed}",
            mend,
        )
    elif seen.cron_disabled:
        text = "Page views do not start WordPress's clock (DISABLE_WP_CRON): the server must."
        yield Note("cron", NoteLevel.GOOD, f"{text} It is on time just now.")
    else:
        yield Note("cron", NoteLevel.GOOD, "WordPress's clock is on time.")


def _mail(seen: Looked) -> Iterator[Note]:
    if seen.status and seen.status.own_recovery_mail:
        yield Note(
            "recovery_mail",
            NoteLevel.MISSING,
            "The shop also writes to people who left a cart: they get two reminders.",
            "switch one of them off: WooCommerce, Settings, Emails",
        )


def _changed(seen: Looked) -> Iterator[Note]:
    pairs = (
        ("currency", seen.account.currency, seen.currency),
        ("timezone", seen.account.timezone, seen.timezone),
    )
    for what, ours, theirs in pairs:
        if theirs and ours != theirs:
            yield Note(
                what,
                NoteLevel.MISSING,
                f"The shop's {what} is now {theirs}; we still go by {ours}.",
                "connect the shop once more: nothing else is lost by that",
            )


def _keys(seen: Looked) -> Iterator[Note]:
    if in_query(seen.account.options):
        yield Note(
            "keys",
            NoteLevel.MISSING,
            "The shop's server drops the header in which our keys travel, so we put them into"
            " the address: they stand in the server's own log.",
            "add to .htaccess: SetEnvIf Authorization (.+) HTTP_AUTHORIZATION=$1 and connect again",
        )
    if is_plain(seen.account.options):
        yield Note("permalinks", NoteLevel.GOOD, "Plain permalinks: our links fit them.")


_JUDGES = (_plugin, _versions, _webhooks, _address, _cron, _mail, _changed, _keys)
