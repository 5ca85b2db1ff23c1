"""What the verbs of /_sandbox have in common."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request

from connector.sandbox.shopify.world import Doc, Refusal, World


def blueprint(name: str) -> Blueprint:
    """A group of verbs; what cannot be done is a 400 with its reason."""
    verbs = Blueprint(name, __name__, url_prefix="/_sandbox")
    verbs.register_error_handler(Refusal, lambda refusal: (jsonify(error=str(refusal)), 400))
    return verbs


def asked() -> Doc:
    """The body of a verb."""
    return dict(request.get_json(silent=True) or {})


def locked(world: World, act: Callable[[], Doc]) -> Response:
    """Do it while nobody else changes the store."""
    with world.lock:
        return jsonify(act())
