"""The merchant comes back from her shop: connected, under way, or why not.

Looking changes nothing, with one exception: a visit from another browser than the one that began
says that somebody was led to approve what another began. Then nobody gets to the desk by it.
"""

from __future__ import annotations

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from connector import clock
from connector.install_state import Pending, States
from connector.models import InstallState, Store
from connector.services import accounts, desk_keys, installing
from connector.services.installing import CONNECTED, BadState, Why
from connector.web.install import browser, failed
from connector.web.install.failed import Failed
from connector.web.install.woocommerce import KIND, to_the_desk
from jobs.runtime import log, runtime

_PATIENCE_S = 240  # longer than every call of a connection together may usually take
_ELSEWHERE = "another browser approved it than the one that began it"
_REVOKE = (
    "The key that your shop made may still be there: revoke “Cartwright - API” in WooCommerce,"
    " Settings, Advanced, REST API, then start again."
)


def shown() -> Response:
    """How far it has come; while it is under way the page comes again by itself."""
    state = request.args.get("user_id", "")
    pending = _mine(state, approved=request.args.get("success") == "1")
    if request.args.get("success") != "1":
        raise _denied()
    row, now = _row(pending)
    if row.outcome == CONNECTED:
        page = render_template(
            "pages/install_done.html",
            domain=pending.domain,
            state=state,
            form_token=browser.form_token(browser.key()),
        )
        return make_response(page)
    if row.outcome:
        raise _failed(row.outcome)
    if now - row.at.timestamp() > _PATIENCE_S:
        raise _failed("it took too long; the service may have been restarted meanwhile")
    return make_response(render_template("pages/install_waiting.html", domain=pending.domain))


def enter() -> Response:
    """The button: a desk session, in the browser that began and in no other."""
    browser.from_our_form()
    pending = _mine(request.form.get("user_id", ""), approved=False)
    row, _ = _row(pending)
    if row.outcome != CONNECTED or row.store_id is None:
        raise _failed(row.outcome or "it is not finished yet")
    with runtime().sessions.store(row.store_id) as session:
        store = session.get_one(Store, row.store_id)
    return to_the_desk(store, pending.account_id)


def _mine(state: str, *, approved: bool) -> Pending:
    """What this browser began; Failed when it is another's, too old, or none of ours."""
    means = runtime()
    try:
        with means.sessions.all_stores() as session:
            pending = installing.read(session, States(means.config.secret_keys), state, KIND)
        installing.must_be_of(pending, browser.key())
    except BadState as error:
        if error.why is Why.ELSEWHERE and approved:
            _shut(pending)
        raise failed.of_state(error, url_for("install.woocommerce")) from error
    return pending


def _shut(pending: Pending) -> None:
    """Nobody reaches the desk by this installation; sessions that it opened end.

    Also an account that got the store since, by "Keep" or at the sign-up, has it no longer.
    """
    log.warning("a WooCommerce installation was approved in another browser than it began in")
    means = runtime()
    with means.sessions.all_stores() as session:
        connected = installing.shut(session, pending, _ELSEWHERE)
        if connected is None:
            return
        store_id, ago = connected
        accounts.take_from_all(session, store_id, clock.now() - ago)
    means.sessions.in_store(store_id, lambda s: desk_keys.end_all(s, store_id))


def _row(pending: Pending) -> tuple[InstallState, float]:
    """What became of the state, and the database's clock; Failed while no keys came with it."""
    with runtime().sessions.all_stores() as session:
        row, now = installing.found(session, pending), installing.now(session)
        if row is not None:
            session.expunge(row)
            return row, float(now)
    raise Failed(
        "Your shop's keys did not come",
        "Your shop sends them from its server to ours. Something in between, often a firewall of"
        " the host, stopped that. Try again, or make the keys by hand on the next page.",
        again=url_for("install.woocommerce"),
    )


def _denied() -> Failed:
    return Failed(
        "You did not approve it",
        "That is all right: nothing was made in your shop. If you would rather not give this"
        " permission by a click, the next page also takes keys made by hand.",
        200,
        url_for("install.woocommerce"),
    )


def _failed(outcome: str) -> Failed:
    return Failed(
        "Your shop could not be connected",
        _REVOKE,
        502,
        url_for("install.woocommerce"),
        f"What happened: {outcome}",
    )
