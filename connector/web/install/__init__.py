"""Connecting a shop by its own platform's consent page: what a merchant opens and comes back to.

Nobody is signed in here yet. Beginning writes nothing, the state travels with the browser; the
way back proves itself and is used up once. Every end that is not the desk is a page in words.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from connector.web.install import (
    failed,
    shopify,
    shopify_back,
    woocommerce,
    woocommerce_back,
    woocommerce_keys,
)

blueprint = Blueprint("install", __name__, url_prefix="/install")


@blueprint.get("")
def choose() -> str:
    """Where is the shop? One form a platform."""
    return render_template("pages/install.html")


blueprint.add_url_rule("/shopify", "shopify", shopify.begin)
blueprint.add_url_rule("/shopify/callback", "shopify_callback", shopify_back.callback)
blueprint.add_url_rule("/woocommerce", "woocommerce", woocommerce.ask)
blueprint.add_url_rule("/woocommerce", "woocommerce_begin", woocommerce.begin, methods=["POST"])
blueprint.add_url_rule(
    "/woocommerce/by-hand", "woocommerce_by_hand", woocommerce.by_hand, methods=["POST"]
)
blueprint.add_url_rule(
    "/woocommerce/keys", "woocommerce_keys", woocommerce_keys.take, methods=["POST"]
)
blueprint.add_url_rule("/woocommerce/return", "woocommerce_return", woocommerce_back.shown)
blueprint.add_url_rule(
    "/woocommerce/enter", "woocommerce_enter", woocommerce_back.enter, methods=["POST"]
)
blueprint.register_error_handler(failed.Failed, failed.page)


@blueprint.after_request
def _nothing_kept(answer: Response) -> Response:
    """These addresses carry codes and states: no cache may keep what they answered."""
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer
