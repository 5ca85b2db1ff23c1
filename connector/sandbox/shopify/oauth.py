"""Authorization: the page where a merchant agrees, and the endpoint that gives tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, make_response, redirect, request
from jinja2 import DictLoader, Environment
from werkzeug.wrappers import Response as AnyResponse

from connector.sandbox.shopify import admin_templates, install, scopes, tokens
from connector.sandbox.shopify.world import Doc, Refusal, World

PATH = "/admin/oauth/authorize"
_PAGES = Environment(loader=DictLoader(admin_templates.ALL), autoescape=True)


def page(world: World, name: str, status: int = 200, leads_to: str = "", **shown: Any) -> Response:
    """A page of the admin. A form may lead to `leads_to` too: browsers watch over redirects."""
    html = _PAGES.get_template(name).render(shop=world.settings.name, **shown)
    answer = make_response(html, status)
    parts = urlsplit(leads_to)
    beyond = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    policy = f"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'{beyond}"
    answer.headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'none'"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def signed(world: World, **params: str) -> str:
    """A query that proves itself, with `shop`, `host` and `timestamp`, for the app's addresses.

    HMAC-SHA256 in hex over `k=v` joined by `&`, sorted, the values escaped as ShopifyAPI does.
    """
    shop = world.settings.domain
    place = f"admin.shopify.com/store/{shop.partition('.')[0]}"
    host = base64.b64encode(place.encode()).rstrip(b"=").decode()
    all_of_it = {**params, "shop": shop, "host": host, "timestamp": str(int(time.time()))}
    pairs = sorted((k, v.replace("%", "%25").replace("&", "%26")) for k, v in all_of_it.items())
    message = "&".join(f"{name}={value}" for name, value in pairs)
    secret = world.settings.client_secret.encode()
    digest = hmac.digest(secret, message.encode(), hashlib.sha256).hex()
    return urlencode({**all_of_it, "hmac": digest})


def blueprint(world: World) -> Blueprint:
    """The page, its form, and the token endpoint."""
    oauth = Blueprint("oauth", __name__)

    @oauth.get(PATH)
    def ask() -> AnyResponse:
        return _judged(world, request.args, _asked)

    @oauth.post(PATH)
    def answer() -> AnyResponse:
        return _judged(world, request.form, _answered)

    return oauth


def _judged(world: World, given: Mapping[str, str], act: Any) -> AnyResponse:
    """What the parameters deserve: an error page, or what `act` makes of them."""
    known = install.settings(world)
    target = given.get("redirect_uri", "")
    if given.get("client_id") != world.settings.client_id:
        return _wrong(world, "application_cannot_be_found: No app has this client_id.")
    if target not in known["redirect_urls"]:
        return _wrong(world, "invalid_request: The redirect_uri is not whitelisted")
    try:
        wanted = scopes.parse(given.get("scope") or str(known["scopes"]))
    except Refusal as refusal:
        return _wrong(world, f"invalid_scope: {refusal}")
    with world.lock:
        answer: AnyResponse = act(world, given, wanted)
    return answer


def _wrong(world: World, words: str) -> Response:
    return page(world, "error", 400, message=f"Oauth error {words}")


def _asked(world: World, given: Mapping[str, str], wanted: list[str]) -> AnyResponse:
    """The page; or, where all of it was granted before, straight back to the app."""
    held = install.granted(world) if install.was_granted(world) else []
    if held and all(scopes.cover(held, one) for one in wanted):
        return _back(world, given, held)
    return page(
        world,
        "grant",
        leads_to=given["redirect_uri"],
        app=install.settings(world)["name"],
        wanted=wanted,
        given={name: given.get(name, "") for name in ("client_id", "redirect_uri", "state")},
    )


def _answered(world: World, given: Mapping[str, str], wanted: list[str]) -> AnyResponse:
    if given.get("then") != "install":
        return redirect("/admin", 303)
    return _back(world, given, install.grant(world, wanted))


def _back(world: World, given: Mapping[str, str], granted: list[str]) -> AnyResponse:
    code = tokens.make_code(world, granted)
    state = {"state": given["state"]} if given.get("state") else {}
    answer = redirect(f"{given['redirect_uri']}?{signed(world, code=code, **state)}", 302)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def body() -> Doc:
    """What was posted: JSON, or a form as OAuth has it."""
    told = request.get_json(silent=True)
    return {k: str(v) for k, v in (told if isinstance(told, dict) else request.form).items()}
