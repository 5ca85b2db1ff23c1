"""The merchant's own admin: her app, what it may do, and the way to be rid of it."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from connector.sandbox.shopify import install, lifecycle, scopes
from connector.sandbox.shopify.oauth import page, signed
from connector.sandbox.shopify.outbox import Outbox
from connector.sandbox.shopify.world import Refusal, World


def blueprint(world: World, outbox: Outbox) -> Blueprint:
    """The page and its buttons."""
    admin = Blueprint("admin", __name__, url_prefix="/admin")
    admin.register_error_handler(
        Refusal, lambda refusal: page(world, "error", 400, message=str(refusal))
    )

    @admin.get("")
    def home() -> Response:
        return page(
            world,
            "home",
            app=install.settings(world)["name"],
            installed=install.is_installed(world),
            granted=install.was_granted(world),
            held=install.granted(world),
            known=sorted(scopes.KNOWN),
        )

    @admin.get("/apps/open")
    @admin.get("/apps/install")
    def leave_for_app() -> AnyResponse:
        return redirect(f"{install.settings(world)['app_url']}?{signed(world)}")

    @admin.post("/apps/uninstall")
    def uninstall() -> AnyResponse:
        with world.lock:
            lifecycle.uninstall(world, outbox)
        return redirect("/admin", 303)

    @admin.post("/apps/scopes")
    def change_scopes() -> AnyResponse:
        with world.lock:
            lifecycle.change_scopes(world, outbox, request.form.getlist("scope"))
        return redirect("/admin", 303)

    return admin
