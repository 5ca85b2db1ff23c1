"""Links in messages: coming back, and asking to hear no more. GET changes nothing but clicks."""

from __future__ import annotations

import re
from datetime import datetime

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from connector import clock
from connector.models import Cart, LinkPurpose, Message, Store
from connector.services import carts, consents, discounts, links
from jobs.adapters import platform_for
from jobs.runtime import runtime

blueprint = Blueprint("links", __name__)

_SCANNER = re.compile(
    r"bot|crawl|spider|scan|preview|proxy|curl|wget|python|monitor|fetch|slurp|headless",
    re.IGNORECASE,
)


@blueprint.get("/r/<token>")
def recover(token: str) -> AnyResponse:
    """Back to the cart: the store's own page, with the code applied if there is one."""
    opened = _open(token, LinkPurpose.RECOVER)
    now = clock.now()
    with runtime().sessions.store(opened.store_id) as session:
        message = links.clicked(session, opened, now, human=_is_human())
        store = session.get_one(Store, opened.store_id)
        target = _target(session, store, message)
    if not target:
        return _gone(store)
    answer = redirect(target, 302)
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _target(session: Session, store: Store, message: Message) -> str:
    """Where the link leads: always into the very store that the message came from."""
    platform = platform_for(runtime().vault, store)
    cart = session.get(Cart, message.cart_id) if message.cart_id else None
    if cart is None:
        return store.storefront
    made = discounts.codes_of_message(session, message)
    codes = [discount.code for discount in made if discount.expires_at > clock.now()]
    lines = [carts.line_from_row(row) for row in cart.lines]
    found = platform.recovery_links(cart.recovery_url, lines, codes)
    owned = (url for url in found if platform.owns_url(url))
    return next(owned, store.storefront)


@blueprint.get("/u/<token>")
def ask(token: str) -> str:
    """A button, since mail scanners open every link."""
    opened = _open(token, LinkPurpose.UNSUBSCRIBE)
    with runtime().sessions.store(opened.store_id) as session:
        store = session.get_one(Store, opened.store_id)
        message = session.get_one(Message, opened.message_id)
    return render_template(
        "pages/unsubscribe.html", store_name=store.name, medium=message.medium, done=False
    )


@blueprint.post("/u/<token>")
def unsubscribe(token: str) -> str:
    """One click, by the button or by the mail program (RFC 8058); repeating it is no error."""
    opened = _open(token, LinkPurpose.UNSUBSCRIBE)
    now = clock.now()
    store, medium = runtime().sessions.in_store(
        opened.store_id, lambda s: _unsubscribe(s, opened, now)
    )
    return render_template(
        "pages/unsubscribe.html", store_name=store.name, medium=medium, done=True
    )


def _unsubscribe(session: Session, opened: links.Opened, now: datetime) -> tuple[Store, str]:
    consents.unsubscribe(session, opened.message_id, now)
    message = session.get_one(Message, opened.message_id)
    return session.get_one(Store, opened.store_id), message.medium


def _open(token: str, purpose: LinkPurpose) -> links.Opened:
    """What a token opens; unknown, foreign and expired ones all look alike."""
    with runtime().sessions.all_stores() as session:
        opened = links.find(session, token, purpose, clock.now())
    if opened is None:
        abort(make_response(render_template("pages/gone.html"), 404))
    return opened


def _gone(store: Store) -> Response:
    page = render_template("pages/gone.html", store_name=store.name, store_url=store.storefront)
    return make_response(page, 404)


def _is_human() -> bool:
    """False for clicks of scanners and previews: they earn no credit."""
    agent = request.headers.get("User-Agent", "")
    return request.method == "GET" and bool(agent) and _SCANNER.search(agent) is None
