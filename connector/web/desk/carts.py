"""The list of carts with its figures, and one cart's story."""

from __future__ import annotations

from datetime import timedelta

from flask import abort, g, render_template, request

from connector import clock
from connector.domain.carts import CartState
from connector.domain.settings import StoreSettings
from connector.services.desk.cart_list import cart_page
from connector.services.desk.figures import arrivals, figures
from connector.services.desk.story import story
from jobs.runtime import runtime

RANGES = {"7": "7 days", "30": "30 days", "all": "All time"}
_USUAL = "30"
_MOST_DIGITS = 9  # of a page's number: more is nobody's page


def overview() -> str:
    """Figures of a chosen span, and the carts, newest first."""
    span, state, now = _span(), _state(), clock.now()
    since = None if span == "all" else now - timedelta(days=int(span))
    with runtime().sessions.store(g.store_id) as session:
        figured = figures(session, g.store, since)
        page = cart_page(session, g.store, state, _page_number(), now)
        heard = None if page.everything else arrivals(session, g.store)
    return render_template(
        "admin/carts.html",
        figures=figured,
        page=page,
        heard=heard,
        span=span,
        ranges=RANGES,
        state=state,
        settings=StoreSettings.of(g.store.settings),
        webhook_url=_webhook_url(),
    )


def _span() -> str:
    asked = request.args.get("range", _USUAL)
    return asked if asked in RANGES else _USUAL


def _state() -> CartState | None:
    asked = request.args.get("state", "")
    return CartState(asked) if asked in set(CartState) else None


def _page_number() -> int:
    asked = request.args.get("page", "1")
    return int(asked) if asked.isdecimal() and len(asked) <= _MOST_DIGITS else 1


def _webhook_url() -> str:
    """Where this store's platform must deliver; each platform names its shop in its own way."""
    name = "" if g.store.platform == "shopify" else f"/{g.store.public_id}"
    return f"{runtime().config.public_url}/hooks/{g.store.platform}{name}"


def one(cart_id: int) -> str:
    """A cart's story; 404 for an id that is not this store's, as for one that is nobody's."""
    now = clock.now()
    with runtime().sessions.store(g.store_id) as session:
        told = story(session, g.store, cart_id, now)
    if told is None:
        abort(404)
    return render_template("admin/cart.html", story=told)
