"""Shopify's install link: from Shopify's own call, or a shop's name typed here, to its page.

The way back is in `shopify_back`.
"""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from connector.errors import InvalidSignature
from connector.install_state import States
from connector.services import installing
from connector.web.install import browser
from connector.web.install.failed import Failed
from jobs.runtime import runtime
from platforms.shopify import oauth

KIND = "shopify"


def begin() -> Response:
    """The App URL: installing, installing again and opening the app all come here.

    Signed by Shopify it leads straight on, as Shopify asks of apps. Typed here it needs no
    signature, since the way back proves everything; it goes on by a page, because browsers
    hold forms to the addresses that the page with the form allows.
    """
    app = app_or_failed()
    if "hmac" in request.args:
        shop, leads_on = _of_shopify(app), True
    else:
        shop, leads_on = _typed(), False
    kept = browser.key_or_new()
    url = oauth.permission_url(app, shop, callback_url(), _state(shop, kept))
    answer = redirect(url, 302) if leads_on else make_response(_page(shop, url))
    browser.remember(answer, kept)
    return answer


def app_or_failed() -> oauth.App:
    """The app of this installation; Failed while the operator has not set it up."""
    config = runtime().config
    if config.shopify_api_key and config.shopify_secrets:
        return oauth.App(config.shopify_api_key, config.shopify_secrets)
    raise Failed(
        "Shopify is not set up here",
        "Whoever runs this service has to set SHOPIFY_API_KEY and SHOPIFY_API_SECRET first"
        " (README, Connect a shop).",
        503,
    )


def callback_url() -> str:
    """Where Shopify sends the browser back to; shopify.app.toml must name exactly this."""
    return f"{runtime().config.public_url}/install/shopify/callback"


def _of_shopify(app: oauth.App) -> str:
    with runtime().sessions.all_stores() as session:
        now = installing.now(session)
    try:
        return oauth.verified(app, request.args.items(multi=True), now)["shop"]
    except InvalidSignature as error:
        raise Failed(
            "This link does not come from Shopify",
            "It was changed on its way, or it is too old. Please open the app from your"
            " Shopify admin again, or start here.",
        ) from error


def _typed() -> str:
    given = request.args.get("shop", "")
    shop = oauth.typed_shop(given)
    if not shop:
        raise Failed(
            "Which shop is it?",
            "Please give the name that your Shopify admin shows, like"
            " your-shop.myshopify.com: letters, digits and hyphens.",
        )
    return shop


def _state(shop: str, kept: str) -> str:
    means = runtime()
    states, account = States(means.config.secret_keys), browser.account_id()
    with means.sessions.all_stores() as session:
        return installing.begin(session, states, KIND, shop, kept, account)


def _page(shop: str, url: str) -> str:
    return render_template("pages/install_leave.html", shop=shop, url=url)


def again(shop: str = "") -> str:
    """Where "Start again" leads."""
    return url_for("install.shopify", shop=shop) if shop else url_for("install.choose")
