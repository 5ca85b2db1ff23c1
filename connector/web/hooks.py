"""Where platforms and vendors call: verify the raw bytes, keep them, answer, understand later."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, abort, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge

from connector import clock
from connector.errors import InvalidSignature, Malformed
from connector.models import Store, StoreState
from connector.ports.channel import DeliveryReport
from connector.ports.platform import RawWebhook
from connector.services import installs, reports, webhooks
from connector.web.intake import PATIENCE_S, Intake, Unavailable
from jobs.adapters import channel_of_kind, webhook_secrets
from jobs.runtime import Runtime, log, runtime
from platforms import PLATFORMS

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")

MAX_BODY = 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9._-]{1,255}")
_STORE_CACHE_S = 10.0  # a store's row changes rarely; its secrets may be that old


@dataclass(frozen=True)
class Known:
    """A store as intake needs it."""

    store_id: int
    domain: str
    secrets: tuple[str, ...]


class StoreCache:
    """Stores by platform and name, for the hot path; nothing unknown is kept."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._known: dict[tuple[str, str], tuple[float, Known]] = {}
        self._asking = ThreadPoolExecutor(2, thread_name_prefix="stores")

    def get(self, platform: str, name: str) -> Known | None:
        """The store, asked of the database when the answer is not fresh.

        What is known serves on while the database is away; 503 in time if nothing is.
        """
        if not _NAME.fullmatch(name):
            return None
        kept = self._known.get((platform, name))
        if kept is not None and time.monotonic() - kept[0] < _STORE_CACHE_S:
            return kept[1]
        try:
            asked = self._asking.submit(_look_up, runtime(), platform, name)
            found = asked.result(self._patience_s)
        except (SQLAlchemyError, TimeoutError):
            if kept is None:
                abort(503)
            return kept[1]
        if found is None:
            self._known.pop((platform, name), None)
            return None
        self._known[platform, name] = (time.monotonic(), found)
        return found


def _look_up(means: Runtime, platform: str, name: str) -> Known | None:
    with means.sessions.all_stores() as session:
        by_name = platform == "shopify"
        store = (
            installs.by_domain(session, platform, name)
            if by_name
            else installs.by_public_id(session, name)
        )
    if store is None or store.platform != platform:
        return None
    return Known(store.id, store.domain, _secrets(means, store))


def _secrets(means: Runtime, store: Store) -> tuple[str, ...]:
    return webhook_secrets(means.vault, store)


@blueprint.post("/shopify")
def shopify() -> Response:
    """One app secret signs for all shops: verified first, then the shop is looked up."""
    webhook = _verified("shopify", runtime().config.shopify_secrets)
    store = stores().get("shopify", webhook.shop)
    if store is None:
        return _accepted()  # not (or no longer) ours: the platform must not try again
    keep(store, webhook)
    return _accepted()


@blueprint.post("/woocommerce/<public_id>")
def woocommerce(public_id: str) -> Response:
    """Each store signs with its own secret; its address names it."""
    store = stores().get("woocommerce", public_id)
    webhook = _verified("woocommerce", store.secrets if store else ())
    if webhook.probe or store is None:
        return _accepted()
    keep(store, webhook)
    return _accepted()


def _verified(platform: str, secrets: tuple[str, ...]) -> RawWebhook:
    """The delivery, if one of the secrets signed it; 401 and nothing kept otherwise."""
    raw = body()
    adapter = PLATFORMS[platform]
    try:
        webhook = adapter.read_webhook(list(request.headers.items()), raw)
        if not webhook.probe:
            adapter.verify(webhook, secrets)
    except InvalidSignature:
        abort(401)
    return webhook


def body() -> bytes:
    """The call's raw bytes; 413 if there are too many."""
    if (request.content_length or 0) > MAX_BODY:
        abort(413)
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        abort(413)


def keep(store: Known, webhook: RawWebhook) -> None:
    """Return when the delivery is on disk; 503 if the database is away, 400 for unkeepable data."""
    intake: Intake = current_app.extensions["cartwright_intake"]
    try:
        kept = intake.keep(webhooks.row(store.store_id, webhook, clock.now()))
    except Unavailable:
        abort(503)
    if not kept:
        log.error("a delivery for store %s has data that cannot be kept", store.store_id)
        abort(400)


def stores() -> StoreCache:
    """This process's cache of stores."""
    cache: StoreCache = current_app.extensions["cartwright_stores"]
    return cache


def _accepted() -> Response:
    return Response(status=200)


@blueprint.post("/<kind>/<public_id>")
@blueprint.post("/<kind>/<public_id>/<uuid:key>")
def report(kind: str, public_id: str, key: UUID | None = None) -> Response:
    """A channel's vendor says what became of a message, or what a person answered."""
    means = runtime()
    if not _NAME.fullmatch(public_id):
        abort(404)
    with means.sessions.all_stores() as session:
        store = installs.by_public_id(session, public_id)
    if store is None or store.state is StoreState.UNINSTALLED:
        abort(404)
    found = _verified_report(means, store, kind)
    now = clock.now()
    means.sessions.in_store(store.id, lambda s: reports.record(s, store.id, kind, found, now, key))
    return Response(status=204)


def _verified_report(means: Runtime, store: Store, kind: str) -> DeliveryReport:
    """What the vendor says, if it was the vendor who said it."""
    with means.sessions.store(store.id) as session:
        channel = channel_of_kind(session, means.vault, store, kind)
    if channel is None:
        abort(404)
    try:
        form = request.form
        signature = request.headers.get("X-Twilio-Signature", "")
        url = f"{means.config.public_url}{request.full_path.removesuffix('?')}"
        channel.verify_report(url, list(form.items(multi=True)), signature)
        return channel.parse_report(form.to_dict())
    except InvalidSignature:
        abort(401)
    except Malformed:
        abort(400)


@blueprint.errorhandler(SQLAlchemyError)
def _away(_: SQLAlchemyError) -> Response:
    """The database did not do its part: the caller may try again."""
    return Response(status=503)
