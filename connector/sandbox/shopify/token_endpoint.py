"""POST /admin/oauth/access_token: for a code, a refresh token, an old token or an ID token."""

from __future__ import annotations

import contextlib
import hmac
import json
import socket
import time

from flask import Blueprint, Response, jsonify, make_response, request

from connector.sandbox.shopify import id_tokens, install, tokens
from connector.sandbox.shopify.oauth import body
from connector.sandbox.shopify.tokens import Refused
from connector.sandbox.shopify.world import Doc, World

PATH = "/admin/oauth/access_token"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
_OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
_HUGE = 10 * 1024 * 1024
_CLIENT_ERRORS = {"invalid_client": 401}  # all other words are a 400


def blueprint(world: World) -> Blueprint:
    """The endpoint, with what can go wrong on its way."""
    endpoint = Blueprint("tokens", __name__)

    @endpoint.post(PATH)
    def token() -> Response:
        if world.faults.take("token_5xx"):
            return make_response(jsonify(errors="Internal Server Error"), 500)
        late, instead = world.faults.take("token_hang_s"), world.faults.take("token_answer")
        answer = _answer(world, body())
        time.sleep(late)  # what was asked for is done by now
        if world.faults.take("token_drop"):
            _hang_up()
        return _odd(answer, instead) if instead else answer

    return endpoint


def _answer(world: World, asked: Doc) -> Response:
    try:
        with world.lock:
            told = _told(world, asked)
    except Refused as refused:
        words = {"error": refused.error, "error_description": refused.description}
        return make_response(jsonify(words), _CLIENT_ERRORS.get(refused.error, 400))
    return jsonify(told)


def _told(world: World, asked: Doc) -> Doc:
    settings = world.settings
    known = hmac.compare_digest(asked.get("client_id", "").encode(), settings.client_id.encode())
    secret = asked.get("client_secret", "").encode()
    if not (known and hmac.compare_digest(secret, settings.client_secret.encode())):
        raise Refused("invalid_client", "Client authentication failed")
    kind = asked.get("grant_type", "")
    expiring = asked.get("expiring") in {"1", "true", "True"}
    world.calls[f"token:{kind.rpartition(':')[2] or 'code'}"] += 1
    if kind == "refresh_token":
        return tokens.refresh(world, asked.get("refresh_token", ""))
    if kind == _EXCHANGE:
        return _exchanged(world, asked, expiring=expiring)
    if kind in {"", "authorization_code"}:
        return tokens.from_code(world, asked.get("code", ""), expiring=expiring)
    raise Refused("unsupported_grant_type", "The grant type is not supported")


def _exchanged(world: World, asked: Doc, *, expiring: bool) -> Doc:
    kind, given = asked.get("subject_token_type"), asked.get("subject_token", "")
    if asked.get("requested_token_type") != _OFFLINE:
        raise Refused("invalid_request", "This store gives offline access tokens only")
    if kind == _OFFLINE:
        return tokens.migrate(world, given, expiring=expiring)
    if kind != _ID_TOKEN or not install.is_installed(world):
        raise Refused("invalid_request", "The subject token type is not supported")
    if not id_tokens.is_valid(world, given):
        raise Refused("invalid_subject_token", "The subject token is invalid or expired")
    return tokens.issue(world, expiring=expiring)


def _hang_up() -> None:
    """The client sees its connection break; what was made stays made."""
    door = request.environ["werkzeug.socket"]
    with contextlib.suppress(OSError):  # it may have gone first
        door.shutdown(socket.SHUT_RDWR)


def _odd(answer: Response, instead: str) -> Response:
    told = answer.get_json()
    odd = {
        "html": lambda: Response("<html><h1>We'll be right back</h1></html>", mimetype="text/html"),
        "huge": lambda: jsonify({**told, "padding": "x" * _HUGE}),
        "redirect": lambda: Response("", 302, {"Location": "http://169.254.169.254/latest"}),
        "error_200": lambda: jsonify(error="invalid_request", error_description="Try again"),
        "list": lambda: Response(json.dumps([told]), mimetype="application/json"),
        "no_scope": lambda: jsonify({k: v for k, v in told.items() if k != "scope"}),
    }
    return odd[instead]()
