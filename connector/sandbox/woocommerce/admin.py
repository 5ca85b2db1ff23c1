"""/wp-admin/ of the sandbox shop: what a merchant can look at and change there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from connector.sandbox.woocommerce import addresses, admin_pages, carts, login, plugin, rest_keys
from connector.sandbox.woocommerce.outbox import Outbox
from connector.sandbox.woocommerce.state import State, key_of

_ACTION = "sandbox_admin"
# What each button of a switch makes of it.
SWITCHES: dict[str, dict[str, Any]] = {
    "plugin": {"active": True, "inactive": False},
    "checkout": {"block": "block", "classic": "classic"},
    "permalinks": {"pretty": "pretty", "plain": "plain"},
    "cron_sleeps": {"nobody visits": True, "visitors come": False},
    "cron_disabled": {"by the host's own timer": True, "by visits": False},
    "direct_push": {"on": True, "off": False},
    "notice": {"shown": True, "hidden": False},
    "own_recovery_mail": {"sent": True, "not sent": False, "cannot be told": None},
    "strips_authorization": {"dropped": True, "kept": False},
}
_LABELS = {
    "plugin": "Cartwright's plugin",
    "checkout": "Checkout",
    "permalinks": "Permalinks",
    "cron_sleeps": "Traffic",
    "cron_disabled": "wp-cron.php is called",
    "direct_push": "The plugin's direct push",
    "notice": "The plugin's consent notice",
    "own_recovery_mail": "The shop's own recovery mail",
    "strips_authorization": "The server's header Authorization",
}
_HOOK_STATUSES = ("active", "paused", "disabled")


class Admin:
    """The page, and what its buttons do."""

    def __init__(self, state: State, outbox: Outbox) -> None:
        self.state = state
        self.outbox = outbox

    def page(self, notice: str = "", told: str = "") -> AnyResponse:
        """Everything, in the browser of the owner; others are asked to sign in."""
        if login.user(self.state, request) != login.OWNER:
            there = quote(addresses.local(self.state, "/wp-admin/"), safe="")
            return redirect(f"{addresses.local(self.state, '/wp-login.php')}?redirect_to={there}")
        self.outbox.visited()
        html = admin_pages.dashboard(
            shop=self.state.settings.name,
            at=lambda path: addresses.local(self.state, path),
            nonce=login.nonce(request, _ACTION),
            notice=notice,
            told=told,
            hooks=self.state.shelf.all("hook"),
            statuses=_HOOK_STATUSES,
            keys=rest_keys.all_of(self.state),
            switches=self._shown_switches(),
            waiting=self.outbox.waiting,
        )
        return Response(html, mimetype="text/html")

    def _shown_switches(self) -> list[dict[str, Any]]:
        shop = self.state.shop
        return [
            {"name": name, "label": _LABELS[name], "choices": choices, "now": getattr(shop, name)}
            for name, choices in SWITCHES.items()
        ]

    def act(self) -> AnyResponse:
        """A button was pressed."""
        form = request.form
        owner = login.user(self.state, request) == login.OWNER
        if not owner or not login.is_nonce(request, _ACTION, form.get("_wpnonce", "")):
            abort(403)
        does: dict[str, Callable[[Mapping[str, str]], str]] = {
            "switch": self._switch,
            "revoke": self._revoke,
            "hook": self._hook,
            "cron": self._cron,
        }
        name = form.get("do", "")
        if name in {"export", "erase"}:
            return self._privacy(name, form.get("email", ""))
        if name not in does:
            abort(400)
        with self.state.lock:
            return self.page(does[name](form))

    def _switch(self, form: Mapping[str, str]) -> str:
        name, choice = form.get("name", ""), form.get("to", "")
        if choice not in SWITCHES.get(name, {}):
            abort(400)
        self.outbox.look()
        self.state.switch({name: SWITCHES[name][choice]})
        self.outbox.wake()
        return f"{name}: {choice}."

    def _revoke(self, form: Mapping[str, str]) -> str:
        number = form.get("key", "")
        if not (number.isdecimal() and rest_keys.revoke(self.state, int(number))):
            abort(400)
        return "API key revoked."

    def _hook(self, form: Mapping[str, str]) -> str:
        number, to = form.get("hook", ""), form.get("to", "")
        hook = self.state.shelf.get("hook", key_of(int(number))) if number.isdecimal() else None
        if hook is None:
            abort(400)
        if to == "delete":
            self.state.shelf.drop("hook", key_of(hook["id"]))
            return "Webhook deleted."
        if to not in _HOOK_STATUSES:
            abort(400)
        self.state.shelf.put("hook", key_of(hook["id"]), {**hook, "status": to})
        return "Webhook updated."

    def _cron(self, form: Mapping[str, str]) -> str:
        del form
        self.outbox.tick()
        return "wp-cron.php was called."

    def _privacy(self, kind: str, email: str) -> AnyResponse:
        """No lock is held: the service may call the shop meanwhile."""
        try:
            reply = plugin.ask_privacy(self.state, kind, email)
        except carts.Unknown as error:
            return self.page(notice=f"Not asked: {error}.")
        words = reply.why or f"The service answered {reply.status}."
        return self.page(notice=words, told=reply.body.decode(errors="replace"))

    def sign_in(self) -> AnyResponse:
        """wp-login.php: who are you, and out again with ?action=logout."""
        home = addresses.local(self.state, "/")
        if request.args.get("action") == "logout":
            return login.sign_out(self.state, request, redirect(home))
        there = request.args.get("redirect_to", "")
        if not there.startswith(home) or there.startswith("//"):
            there = addresses.local(self.state, "/wp-admin/")
        who = request.form.get("login", "")
        if request.method == "POST" and who in login.USERS:
            return login.sign_in(self.state, redirect(there), who)
        return Response(admin_pages.sign_in(self.state.settings.name), mimetype="text/html")


def blueprint(state: State, outbox: Outbox) -> Blueprint:
    """The dashboard and WordPress's login."""
    admin = Admin(state, outbox)
    routes = Blueprint("admin", __name__)
    routes.add_url_rule("/wp-admin/", "page", admin.page, methods=["GET"])
    routes.add_url_rule("/wp-admin/", "act", admin.act, methods=["POST"])
    routes.add_url_rule("/wp-login.php", "sign_in", admin.sign_in, methods=["GET", "POST"])
    return routes
