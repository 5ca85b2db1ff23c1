"""The stores of one merchant: opened, taken off, kept."""

from __future__ import annotations

from flask import abort, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from connector import clock
from connector.models import Store, StoreState
from connector.services import accounts, desk_keys, installs
from connector.web.desk import auth as desk_auth
from connector.web.desk import wording
from jobs.runtime import runtime


def overview() -> str:
    """Her stores; what to do first where there is none, or her address is not proved."""
    with runtime().sessions.all_stores() as session:
        stores = accounts.stores_of(session, g.account.id)
    return render_template(
        "account/stores.html", stores=stores, states=wording.STORE, desk=_to_keep(stores)
    )


def _to_keep(stores: list[Store]) -> Store | None:
    """A store whose desk this browser has open by a link, and that is not hers yet."""
    found = desk_auth.at_the_desk()
    if found is None or found[1].id in {store.id for store in stores}:
        return None
    seat, store = found
    return store if seat.account_id is None else None


def open_desk(public_id: str) -> Response:
    """Open the store's desk in this browser, for as long as she is signed in."""
    store = _hers(public_id)
    if store.state is StoreState.UNINSTALLED:
        return redirect(url_for("account.stores"), 303)
    return _seat_at(store)


def _seat_at(store: Store) -> Response:
    """A desk session of this store; the one that the browser had ends."""
    key = runtime().sessions.in_store(
        store.id,
        lambda s: desk_keys.issue(s, store.id, opens_session=True, opener=g.merchant.opener),
    )
    answer = redirect(url_for("desk.carts"), 303)
    desk_auth.change_cookie(answer, key)
    return answer


def ask_take_off(public_id: str) -> str:
    """What taking a store off means, and the button."""
    return render_template("account/take_off.html", each=_hers(public_id))


def take_off(public_id: str) -> Response:
    """It is on her list no longer; the shop stays connected."""
    store = _hers(public_id)
    with runtime().sessions.all_stores() as session:
        accounts.take_store(session, g.account.id, store.id)
    return redirect(url_for("account.stores"), 303)


def keep() -> Response:
    """The store whose desk this browser has open by a link becomes hers."""
    found = desk_auth.at_the_desk()
    if found is None or found[0].account_id is not None:
        abort(404)
    with runtime().sessions.all_stores() as session:
        if not accounts.add_store(session, g.account.id, found[1].id, clock.now()):
            abort(404)
    return _seat_at(found[1])


def _hers(public_id: str) -> Store:
    """One of her stores by the id in its URLs; 404 for others' as for nobody's."""
    with runtime().sessions.all_stores() as session:
        store = installs.by_public_id(session, public_id)
        if store is None or not accounts.may_open(session, g.account.id, store.id):
            abort(404)
        return store
