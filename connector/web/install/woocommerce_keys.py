"""Keys as a shop's own server posts them, in the middle of its merchant's click.

The shop waits for our answer with the request in hand: one with a single PHP worker cannot be
called back before it has it. So the state is used up and the answer given at once; the keys are
proved right after, beside the request. They are kept nowhere until they are proved.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache

from flask import Response, request

from connector.errors import AdapterError
from connector.install_state import Pending, States
from connector.models import Store
from connector.services import installing
from connector.services.installing import CONNECTED, BadState
from connector.services.installs import NewStore
from connector.web.install.woocommerce import KIND, is_sandbox
from jobs import trouble
from jobs.connecting import connect_store
from jobs.runtime import log, runtime
from platforms.woocommerce import wc_auth

_LONGEST = 4096  # bytes: core's body has about 700, most of it our own state
_MOST_WAITING = 50  # more would take longer than a merchant waits
_AT_ONCE = 4  # shops whose keys are being proved; the others wait their turn


def take() -> Response:
    """200, just that, keeps the key; with every other answer the shop deletes it again."""
    keys = _posted()
    if keys is None or not keys.may_write:
        return Response(status=400)
    if _waiting() > _MOST_WAITING:
        return Response(status=503)  # the shop takes the key back; the merchant may try again
    means = runtime()
    try:
        with means.sessions.all_stores() as session:
            states = States(means.config.secret_keys)
            pending = installing.read(session, states, keys.user_id, KIND)
            state_id = installing.spend(session, pending)
    except BadState as error:
        log.warning("keys of a WooCommerce store were refused: %s", error)
        return Response(status=403)
    _provers().submit(_prove, state_id, pending, keys.credentials)
    return Response(status=200)


def _posted() -> wc_auth.Keys | None:
    """The body, if it is short, JSON, and came the way that we gave."""
    config = runtime().config
    if config.proxies and config.public_url.startswith("https://") and not request.is_secure:
        return None
    if not request.is_json or (request.content_length or _LONGEST + 1) > _LONGEST:
        return None
    return wc_auth.read(request.get_data())


def _waiting() -> int:
    return _provers()._work_queue.qsize()  # noqa: SLF001 - executors tell it nowhere else


@cache
def _provers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, "proving-keys")


def _prove(state_id: int, pending: Pending, credentials: dict[str, str]) -> None:
    """Connect the shop that the state names, or keep in words why not."""
    try:
        new = NewStore(KIND, pending.domain, credentials, is_sandbox(pending.domain))
        store: Store = connect_store(new, {})
    except AdapterError as error:
        log.warning("a WooCommerce store could not be connected: %s", error.detail)
        _settle(state_id, error.detail)
    except Exception as error:  # noqa: BLE001 - the merchant waits for an end, whatever it is
        trouble.note("a WooCommerce installation", error)
        _settle(state_id, "a fault of ours; it is in our log")
    else:
        _settle(state_id, CONNECTED, store.id)


def _settle(state_id: int, outcome: str, store_id: int | None = None) -> None:
    with runtime().sessions.all_stores() as session:
        installing.settle(session, state_id, outcome, store_id)
