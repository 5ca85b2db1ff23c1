"""WooCommerce: an address is looked at, then the merchant is sent to her shop to be asked there.

Keys typed by hand are the other way, for shops whose own page for that does not work.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from connector.errors import AdapterError
from connector.install_state import States
from connector.models import Store
from connector.services import desk_keys, installing, trials
from connector.services.installs import NewStore
from connector.web import limits
from connector.web.desk import auth
from connector.web.install import browser
from connector.web.install.failed import Failed
from jobs.connecting import connect_store
from jobs.runtime import log, runtime
from platforms.woocommerce import preflight, wc_auth
from platforms.woocommerce.adapter import WooCommerce
from platforms.woocommerce.preflight import Elsewhere, InTheWay

KIND = "woocommerce"


def ask(**said: object) -> Response:
    """Which shop? Says what Cartwright asks for, and what it never does."""
    kept = browser.key_or_new()
    typed = request.values.get("address", "")[:500]
    page = render_template(
        "pages/install_woocommerce.html",
        form_token=browser.form_token(kept),
        **{"typed": typed, "manual": False, **said},
    )
    answer = make_response(page, 400 if said else 200)
    browser.remember(answer, kept)
    return answer


def begin() -> Response:
    """Look at the shop, then lead to its own page; whatever is in the way is said in words."""
    browser.from_our_form()
    _not_too_often()
    try:
        found = preflight.look(WooCommerce.named(request.form.get("address", "")))
    except AdapterError as error:
        return _in_the_way(error)
    if found.plain:
        return ask(manual=True, plain=True, typed=found.address)
    if not _can_be_called_by(found.address):
        return ask(manual=True, no_https=True, typed=found.address)
    return _to_the_shop(found)


def _not_too_often() -> None:
    """Each look calls an address that anybody may type: so many a caller, and no more."""
    left = limits.wait(trials.LOOK_FROM, limits.caller())
    if left is not None:
        minutes = -(-left // timedelta(minutes=1))
        raise Failed(
            "That was tried too often",
            f"Please wait {minutes} minutes, then start once more.",
            429,
            url_for("install.woocommerce"),
        )


def _in_the_way(error: AdapterError, *, manual: bool = False) -> Response:
    words = error.words if isinstance(error, InTheWay) else error.detail
    mend = error.mend if isinstance(error, InTheWay) else ""
    there = error.address if isinstance(error, Elsewhere) else ""
    return ask(words=words, mend=mend, elsewhere=there, manual=manual)


def _can_be_called_by(address: str) -> bool:
    """wc-auth gives keys to https only; a sandbox shop on this machine also to this machine."""
    ours = urlsplit(runtime().config.public_url)
    return ours.scheme == "https" or address.startswith("http://")


def _to_the_shop(found: preflight.Found) -> Response:
    """By a page with a link: browsers hold forms to the addresses that their own page allows."""
    kept, means = browser.key_or_new(), runtime()
    states, account = States(means.config.secret_keys), browser.account_id()
    with means.sessions.all_stores() as session:
        state = installing.begin(session, states, KIND, found.address, kept, account)
    here = f"{means.config.public_url}/install/{KIND}"
    url = wc_auth.authorize_url(found.address, state, f"{here}/return", f"{here}/keys")
    page = render_template("pages/install_to_shop.html", found=found, url=url)
    answer = make_response(page)
    browser.remember(answer, kept)
    return answer


def by_hand() -> Response:
    """Connect with keys that the merchant made herself: proved, then at the desk."""
    browser.from_our_form()
    _not_too_often()
    given = {name: request.form.get(name, "").strip() for name in _KEYS}
    if not all(given.values()):
        return ask(words="both keys are needed", mend=_MAKE_KEYS, manual=True)
    try:
        address = WooCommerce.named(request.form.get("address", ""))
        store = connect_store(NewStore(KIND, address, given, is_sandbox(address)), {})
    except AdapterError as error:
        log.warning("a WooCommerce store could not be connected by its keys: %s", error.detail)
        return _in_the_way(error, manual=True)
    return to_the_desk(store, browser.account_id())


_KEYS = ("consumer_key", "consumer_secret")
_MAKE_KEYS = "make them in WooCommerce, Settings, Advanced, REST API, with read/write permission"


def is_sandbox(address: str) -> bool:
    """True for a shop on this machine: plain http is spoken with no other."""
    return address.startswith("http://")


def to_the_desk(store: Store, account_id: int | None) -> Response:
    """A desk session in this browser; the store becomes one of the merchant's, if she has an
    account and is still signed in to it.

    The browser keeps the key of the installation: without it her own way back by the browser's
    history would look like somebody else's.
    """
    opener = browser.opener(store.id, account_id)
    key = runtime().sessions.in_store(
        store.id, lambda s: desk_keys.issue(s, store.id, opens_session=True, opener=opener)
    )
    answer = redirect(url_for("desk.connection"), 303)
    auth.give_cookie(answer, key)
    return answer
