"""What a shop's own privacy tools ask of us, through our plugin: signed like its webhooks.

An export is answered at once; an erasure is accepted when it is on disk, and done by a worker.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, abort, jsonify, request
from sqlalchemy.orm import Session

from connector import clock
from connector.errors import InvalidSignature, Malformed
from connector.models import Store
from connector.ports.events import DataAsked, ErasureAsked
from connector.ports.platform import RawWebhook
from connector.services import privacy, privacy_export
from connector.web import hooks
from jobs.adapters import platform_for
from jobs.runtime import runtime
from platforms import PLATFORMS

TOPIC = "privacy.asked"
_FRESH = timedelta(minutes=10)  # an export asked longer ago is somebody's recording


def woocommerce(public_id: str) -> Response:
    """WordPress exports or erases the personal data of one e-mail address."""
    store = hooks.stores().get("woocommerce", public_id)
    if store is None:
        abort(401)
    webhook = _verified(store.secrets)
    event = _asked(store.store_id, webhook)
    if isinstance(event, ErasureAsked):
        hooks.keep(store, webhook)
        return Response(status=202)
    if event.asked_at is None or abs(clock.now() - event.asked_at) > _FRESH:
        abort(400)
    found = runtime().sessions.in_store(store.store_id, lambda s: _export(s, store.store_id, event))
    answer = jsonify(groups=found)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _verified(secrets: tuple[str, ...]) -> RawWebhook:
    body = hooks.body()
    signature = request.headers.get("X-WC-Webhook-Signature", "")
    head = RawWebhook(TOPIC, body, signature, dedup_key="")
    try:
        PLATFORMS["woocommerce"].verify(head, secrets)
    except InvalidSignature:
        abort(401)
    key = PLATFORMS["woocommerce"].read_webhook([("X-WC-Webhook-Topic", TOPIC)], body).dedup_key
    return RawWebhook(TOPIC, body, signature, dedup_key=key)


def _asked(store_id: int, webhook: RawWebhook) -> DataAsked | ErasureAsked:
    with runtime().sessions.store(store_id) as session:
        platform = platform_for(runtime().vault, session.get_one(Store, store_id))
    try:
        event = platform.parse(webhook, clock.now())[0]
    except Malformed:
        abort(400)
    if not isinstance(event, DataAsked | ErasureAsked):
        abort(400)
    return event


def _export(session: Session, store_id: int, event: DataAsked) -> list[dict[str, Any]]:
    store = session.get_one(Store, store_id)
    privacy.asked(session, store, event, clock.now())
    return privacy_export.groups(session, privacy.known_as(session, store, event.person))
