"""The way back from Shopify's grant page: proved, used up, exchanged, connected, at the desk.

A GET that changes things, because OAuth has it so: what makes it safe is that it counts once,
in the browser that began it, for the shop that it was begun for.
"""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from connector.errors import AdapterError, InvalidSignature
from connector.install_state import Pending, States
from connector.models import Store
from connector.ports.tokens import Granted
from connector.services import desk_keys, installing
from connector.services.installing import CONNECTED, BadState
from connector.services.installs import NewStore
from connector.web.desk import auth
from connector.web.install import browser, failed
from connector.web.install.failed import Failed
from connector.web.install.shopify import KIND, again, app_or_failed
from jobs.connecting import connect_store
from jobs.runtime import log, runtime
from platforms.shopify import oauth, tokens


def callback() -> Response:
    """Connect the shop, or say in words why not; nothing half-installed either way."""
    if request.method == "HEAD":  # previews of links ask so: they may not use a state up
        abort(405)
    app = app_or_failed()
    pending, code = _proved(app)
    state_id = _spend(pending)
    try:
        store = _connected(app, pending, code)
    except Failed as failure:
        _settle(state_id, failure.detail or failure.title)
        raise
    _settle(state_id, CONNECTED, store.id)
    return _to_the_desk(store, pending)


def _proved(app: oauth.App) -> tuple[Pending, str]:
    """What was begun, and the code: signed by Shopify, begun by us, here, for this shop."""
    with runtime().sessions.all_stores() as session:
        now = installing.now(session)
        try:
            given = oauth.verified(app, request.args.items(multi=True), now)
            pending = installing.read(session, _states(), given.get("state", ""), KIND)
            installing.must_be_of(pending, browser.key())
        except InvalidSignature as error:
            raise Failed(
                "This answer does not come from Shopify",
                "It was changed on its way, or it is too old.",
            ) from error
        except BadState as error:
            raise failed.of_state(error) from error
    if pending.domain != given["shop"]:
        raise Failed("Another shop answered", "The answer is for another shop than was begun.")
    if not oauth.is_code(given.get("code", "")):
        raise Failed(
            "Shopify gave no permission",
            "It was not granted, or the page was left. Start again when you like.",
            again=again(pending.domain),
        )
    return pending, given["code"]


def _states() -> States:
    return States(runtime().config.secret_keys)


def _spend(pending: Pending) -> int:
    try:
        with runtime().sessions.all_stores() as session:
            return installing.spend(session, pending)
    except BadState as error:
        raise failed.of_state(error, again(pending.domain)) from error


def _settle(state_id: int, outcome: str, store_id: int | None = None) -> None:
    with runtime().sessions.all_stores() as session:
        installing.settle(session, state_id, outcome, store_id)


def _connected(app: oauth.App, pending: Pending, code: str) -> Store:
    shop = pending.domain
    try:
        granted = tokens.exchanged(app, shop, code)
        _enough(granted, shop)
        sandbox = oauth.is_on_this_machine(shop)
        return connect_store(
            NewStore(KIND, shop, granted.credentials, sandbox, granted=granted), {}
        )
    except AdapterError as error:
        log.warning("an installation from Shopify failed: %s", error.detail)
        raise Failed(
            "Shopify did not finish this",
            "You granted the permission, but the shop could not be connected just now."
            " Please start once more; Shopify remembers what you granted.",
            502,
            again(shop),
            error.detail,
        ) from error


def _enough(granted: Granted, shop: str) -> None:
    if lacking := oauth.missing(granted.scopes):
        raise Failed(
            "A permission is missing",
            "Cartwright cannot work in your shop without all that it asked for. Please start"
            " once more and grant it.",
            again=again(shop),
            detail=f"Not granted: {', '.join(lacking)}",
        )


def _to_the_desk(store: Store, pending: Pending) -> Response:
    """Who could grant this may see this store's desk: a session of hers, in this browser."""
    opener = browser.opener(store.id, pending.account_id)
    key = runtime().sessions.in_store(
        store.id, lambda s: desk_keys.issue(s, store.id, opens_session=True, opener=opener)
    )
    answer = redirect(url_for("desk.carts"), 303)
    auth.give_cookie(answer, key)
    browser.forget(answer)
    return answer
