"""The pages of wc-auth, in the words of WooCommerce's templates (templates/auth/)."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import DictLoader, Environment

from connector.sandbox.woocommerce.rest_keys import SCOPES

_ALLOWED = {
    "read": (
        "View coupons",
        "View customers",
        "View orders and sales reports",
        "View products",
    ),
    "write": (
        "Create webhooks",
        "Create coupons",
        "Create customers",
        "Create orders",
        "Create products",
    ),
    "read_write": (
        "Create webhooks",
        "View and manage coupons",
        "View and manage customers",
        "View and manage orders and sales reports",
        "View and manage products",
    ),
}

_HEAD = """<!DOCTYPE html>
<html lang="en-US"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex, nofollow">
<title>Application authentication request</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem}
.button{display:inline-block;font:inherit;padding:.6rem 1rem;border-radius:.4rem;border:0;
background:#3c6e5d;color:#fff;text-decoration:none}.wc-auth-deny,.quiet{background:#6b645c}
.bar{background:#fff3cd;padding:.5rem .8rem}</style></head>
<body class="wc-auth wp-core-ui">
<div class="wc-auth-content">
"""

_LOGIN = (
    _HEAD
    + """<h1>{{ app }} would like to connect to your store</h1>
<p>To connect to {{ app }} you need to be logged in. Log in to your store below, or
<a href="{{ cancel }}">cancel and return to {{ app }}</a></p>
<form method="post" class="wc-auth-login">
<p class="bar">A sandbox store: it asks for no password.</p>
<p><button class="button" name="login" value="owner">Log in as the shop's owner</button></p>
<p><button class="button quiet" name="login" value="customer">Log in as a customer</button></p>
</form></div></body></html>"""
)

_GRANT = (
    _HEAD
    + """<h1>{{ app }} would like to connect to your store</h1>
<p>This will give "<strong>{{ app }}</strong>" <strong>{{ scope }}</strong> access which will
allow it to:</p>
<ul class="wc-auth-permissions">{% for one in allowed %}<li>{{ one }}</li>
{% endfor %}</ul>
<p>Approving will share credentials with <strong>{{ shared_with }}</strong>. Do not proceed if
this looks suspicious in any way.</p>
<div class="wc-auth-logged-in-as"><p>Logged in as {{ user }}
<a href="{{ logout }}" class="wc-auth-logout">Logout</a></p></div>
<p class="wc-auth-actions">
<a href="{{ approve }}" class="button button-primary wc-auth-approve">Approve</a>
<a href="{{ deny }}" class="button wc-auth-deny">Deny</a></p>
</div></body></html>"""
)

_DENIED = """<!DOCTYPE html>
<html lang="en-US"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex, follow"><title>Access denied</title></head>
<body id="error-page"><div class="wp-die-message">Error: {{ words }}.</div></body></html>"""


@cache
def _pages() -> Environment:
    texts = {"login": _LOGIN, "grant": _GRANT, "denied": _DENIED}
    return Environment(loader=DictLoader(texts), autoescape=True)


def _render(page: str, **values: Any) -> str:
    return _pages().get_template(page).render(**values)


def sign_in(app: str, cancel: str) -> str:
    """Who are you? The sandbox has buttons where the store has name and password."""
    return _render("login", app=app, cancel=cancel)


def grant(*, scope: str, **values: str) -> str:
    """What the application will be allowed, Approve and Deny."""
    return _render("grant", scope=SCOPES[scope], allowed=_ALLOWED[scope], **values)


def denied(words: str) -> str:
    """WordPress's error page (wp_die)."""
    return _render("denied", words=words)
