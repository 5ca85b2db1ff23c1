"""How a store is connected just now: looked at daily, told in the merchant's words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connector.domain.text import one_line
from connector.ports.survey import Note, NoteLevel, Survey
from platforms.shopify import oauth
from platforms.shopify.abandoned import LINK
from platforms.shopify.answers import Subscription
from platforms.shopify.care_answers import (
    LeftAnswer,
    RemindedAnswer,
    ScopesAnswer,
)
from platforms.shopify.care_operations import (
    LAST_LEFT,
    LAST_REMINDED,
    SCOPES,
)
from platforms.shopify.client import Client
from platforms.shopify.errors import Denied
from platforms.shopify.names import API_VERSION, WANTED
from platforms.shopify.webhooks import strays, subscriptions


def survey(client: Client, callback_url: str) -> Survey:
    """Look, and say it in words; changes nothing at the shop."""
    held = subscriptions(client)
    have = {one.topic for one in held if one.uri == callback_url}
    missing = tuple(told for topic, told in WANTED.items() if topic not in have)
    stray = strays(held, callback_url)
    notes = [
        *_webhooks(missing, len(stray)),
        *_versions([one for one in held if one.uri == callback_url]),
        *_scopes(client),
        *_links(client),
        *_own_mail(client),
    ]
    return Survey(
        capture="full",
        notes=tuple(notes),
        topics=tuple(told for topic, told in WANTED.items() if topic in have),
        missing=missing,
        stray=bool(stray),
    )


def _webhooks(missing: tuple[str, ...], stray: int) -> Iterator[Note]:
    if missing:
        yield Note(
            "webhooks",
            NoteLevel.BROKEN,
            f"Shopify does not tell us of {', '.join(missing)}: it ends a subscription after"
            " eight deliveries in a row that came to nothing. What was lost is asked for.",
            "nothing: subscriptions are made anew by the daily check",
        )
    else:
        yield Note("webhooks", NoteLevel.GOOD, f"All {len(WANTED)} webhooks come to us.")
    if stray:
        text = f"{stray} webhooks come twice or lead to an older address of this service."
        yield Note("old webhooks", NoteLevel.MISSING, text, "nothing: the daily check ends them")


def _versions(ours: list[Subscription]) -> Iterator[Note]:
    told = {one.api_version.handle for one in ours if one.api_version} - {API_VERSION}
    if told:
        yield Note(
            "api version",
            NoteLevel.MISSING,
            f"Webhooks come in version {one_line(', '.join(sorted(told)))[:50]};"
            f" this service is written for {API_VERSION}.",
            f"set the webhook version of the app to {API_VERSION} in the Dev Dashboard",
        )


def _scopes(client: Client) -> Iterator[Note]:
    held = client.run(SCOPES, ScopesAnswer).current_app_installation.access_scopes
    lacking = oauth.missing([scope.handle for scope in held])
    if lacking:
        yield Note(
            "scopes",
            NoteLevel.BROKEN,
            f"The app may not do all that it must: it lacks {', '.join(lacking)}.",
            "open the install link once more and agree",
        )
    else:
        yield Note("scopes", NoteLevel.GOOD, "The app has every permission that it needs.")


def _links(client: Client) -> Iterator[Note]:
    """Shopify may keep the links of left checkouts back, from December 2026 on."""
    try:
        nodes = client.run(LAST_LEFT, LeftAnswer).abandoned_checkouts.nodes
        withheld = any(not node.abandoned_checkout_url for node in nodes)
    except Denied as error:
        if error.field != LINK:
            return  # the list itself is not ours to see: said by its scope
        withheld = True
    if withheld:
        yield Note(
            "recovery link",
            NoteLevel.MISSING,
            "Shopify does not give us the links back to checkouts. Our links fill the cart anew"
            " instead, with the discount; she types her address once more.",
            "ask Shopify for protected customer data of level 2, if the app has not got it",
        )


def _own_mail(client: Client) -> Iterator[Note]:
    try:
        nodes = client.run(LAST_REMINDED, RemindedAnswer).abandoned_checkouts.nodes
    except Denied:
        return
    for node in nodes[:1]:
        yield Note(
            "own mail",
            NoteLevel.MISSING,
            "Shopify's own abandoned-checkout e-mail is on (seen for a checkout of"
            f" {_day(node.created_at)}). Where it went out, our first e-mail is held back.",
            "switch it off in Shopify: Marketing, Automations, Recover abandoned checkout",
        )


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
