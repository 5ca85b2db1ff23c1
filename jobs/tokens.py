"""Access tokens that are good for the next call, renewed by one worker at a time.

The lock is the database's and belongs to a connection, not to a transaction: none may be open
while the platform is asked. It goes with its process, however that ends. Killed between the
platform's answer and our row, the former refresh token still works, and is simply used again.
"""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from connector.errors import Disconnected, NotSent
from connector.ports.tokens import Granted
from connector.services import store_tokens
from connector.services.chores import Slice, Task
from connector.services.store_tokens import Held
from jobs.runtime import runtime
from platforms.shopify import tokens as shopify
from platforms.shopify.oauth import App

_LOCK_CLASS = 7301  # of our advisory locks: a store's tokens
_PATIENCE_S = 45  # for the one who renews: longer than its call may take
_OVER = (
    "Shopify no longer accepts this shop's permission: it was not used for 90 days, or it was"
    " taken back. Connect the shop again."
)
# In this process one thread a store stands at the database's lock, not all of them.
_here: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)


def app() -> App:
    """The app that all Shopify stores of this service were installed as."""
    config = runtime().config
    if not config.shopify_api_key or not config.shopify_secrets:
        raise NotSent("tokens cannot be renewed: set SHOPIFY_API_KEY and SHOPIFY_API_SECRET")
    return App(config.shopify_api_key, config.shopify_secrets)


def fresh(store_id: int, refused: str = "") -> str:
    """An access token that is good for two minutes at least, and is not `refused`.

    Disconnected when the merchant must connect again (the store then says so), NotSent when
    Shopify gave none just now. No transaction may be open.
    """
    tokens = _held(store_id)
    if not _serves(tokens, refused):
        with _alone(store_id):
            tokens = _held(store_id)
            if not _serves(tokens, refused):
                tokens = _renewed(store_id, tokens)
    return tokens.access_token


def _serves(tokens: Held, refused: str) -> bool:
    if tokens.over or (refused and not tokens.refresh_token):
        raise Disconnected(_OVER)
    return tokens.good and tokens.access_token != refused


def _held(store_id: int) -> Held:
    means = runtime()
    with means.sessions.store(store_id) as session:
        tokens = store_tokens.held(session, means.vault, store_id)
    if tokens is None:
        raise Disconnected("the store has removed the app")
    return tokens


def _renewed(store_id: int, before: Held) -> Held:
    """Ask for the next pair and keep it; only then it is used."""
    return _kept(
        store_id, before, lambda: shopify.renewed(app(), before.domain, before.refresh_token)
    )


def _kept(store_id: int, before: Held, ask: Callable[[], Granted]) -> Held:
    means = runtime()
    try:
        granted = ask()
    except Disconnected as error:
        gone = means.sessions.in_store(
            store_id, lambda s: store_tokens.ended(s, store_id, before.generation, _OVER)
        )
        if gone:
            raise Disconnected(_OVER) from error
    else:
        means.sessions.in_store(
            store_id,
            lambda s: store_tokens.next_pair(s, means.vault, store_id, before.generation, granted),
        )
    return _held(store_id)  # ours, or those of an installation that came in between


@contextlib.contextmanager
def _alone(store_id: int) -> Iterator[None]:
    """Nobody else renews this store's tokens meanwhile, in this process or another."""
    key = {"kind": _LOCK_CLASS, "store": store_id % 2**31}
    with _here[store_id], runtime().sessions.app.connect() as plain:
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text(f"set lock_timeout = '{_PATIENCE_S}s'"))
        try:
            connection.execute(text("select pg_advisory_lock(:kind, :store)"), key)
        except OperationalError as error:
            connection.execute(text("set lock_timeout = '10s'"))
            raise NotSent("its token is being renewed", after=5) from error
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(:kind, :store)"), key)
            connection.execute(text("set lock_timeout = '10s'"))


def work(task: Task) -> Slice:
    """The chore: an idle shop's refresh token is used before it dies; an old token exchanged.

    Weekly is twelve tries within its ninety days. Access tokens are renewed on demand: every
    hour for shops that do nothing would be 168 calls a week for nobody.
    """
    store_id = task.store_id
    before = _held(store_id)
    if before.exchangeable:
        with _alone(store_id):
            before = _held(store_id)
            if before.exchangeable:
                _exchange(store_id, before)
        return Slice(result={"did": "exchanged"})
    if not before.refresh_token or not before.idle:
        return Slice(result={"did": "nothing"})
    with _alone(store_id):
        _renewed(store_id, _held(store_id))
    return Slice(result={"did": "renewed"})


def _exchange(store_id: int, before: Held) -> Held:
    """The old token is dead at Shopify from here on: lost in between, the merchant comes back."""
    return _kept(
        store_id, before, lambda: shopify.migrated(app(), before.domain, before.access_token)
    )
