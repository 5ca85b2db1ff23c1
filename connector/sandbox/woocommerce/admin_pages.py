"""The dashboard's page: plain lists with a button for each thing that can be done."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import DictLoader, Environment

_HEAD = """<!DOCTYPE html>
<html lang="en-US"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dashboard · {{ shop }}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:0 auto;padding:1rem}
table{width:100%;border-collapse:collapse}td,th{padding:.4rem;text-align:left;
border-bottom:1px solid #ddd}form{display:inline}button{font:inherit;margin:.1rem}
.bar{background:#fff3cd;padding:.5rem .8rem}pre{white-space:pre-wrap;background:#f3f3f3;
padding:.6rem}.now{font-weight:bold}</style></head><body>
"""

_LOGIN = (
    _HEAD
    + """<h1>{{ shop }}</h1><p class="bar">A sandbox store: it asks for no password.</p>
<form method="post"><button name="login" value="owner">Log in as the shop's owner</button>
<button name="login" value="customer">Log in as a customer</button></form></body></html>"""
)

_MACRO = """{% macro button(words, do) -%}
<form method="post" action="{{ at('/wp-admin/') }}">
<input type="hidden" name="_wpnonce" value="{{ nonce }}">
<input type="hidden" name="do" value="{{ do }}">
{% for name, value in kwargs.items() %}<input type="hidden" name="{{ name }}" value="{{ value }}">
{% endfor %}<button>{{ words }}</button></form>
{%- endmacro %}"""

_DASHBOARD = (
    _HEAD
    + _MACRO
    + """<h1>Dashboard</h1>
<p><a href="{{ at('/') }}">{{ shop }}</a> ·
<a href="{{ at('/wp-login.php') }}?action=logout">Log out</a></p>
{% if notice %}<p class="bar" role="status">{{ notice }}</p>{% endif %}
{% if told %}<pre id="told">{{ told }}</pre>{% endif %}
<h2>Webhooks</h2>
{% if not hooks %}<p>None yet: an application makes them when it is connected.</p>{% else %}
<table><tr><th>Topic</th><th>Status</th><th>Failures in a row</th><th></th></tr>
{% for hook in hooks %}<tr><td>{{ hook.topic }}<br><small>{{ hook.delivery_url }}</small></td>
<td>{{ hook.status }}</td><td>{{ hook.failures }}</td><td>
{% for to in statuses if to != hook.status %}
{{ button(to, "hook", hook=hook.id, to=to) }}{% endfor %}
{{ button("delete", "hook", hook=hook.id, to="delete") }}</td></tr>
{% endfor %}</table>{% endif %}
<h2>REST API keys</h2>
{% if not keys %}<p>None: no application can call the shop.</p>{% else %}
<table><tr><th>Description</th><th>Permissions</th><th></th></tr>
{% for key in keys %}<tr><td>{{ key.description }}</td><td>{{ key.permissions }}</td>
<td>{{ button("Revoke", "revoke", key=key.id) }}</td></tr>
{% endfor %}</table>{% endif %}
<h2>How the shop is set up</h2>
<table>{% for one in switches %}<tr><td>{{ one.label }}</td><td>
{% for words, value in one.choices.items() %}{% if value == one.now %}
<span class="now">{{ words }}</span>{% else %}
{{ button(words, "switch", name=one.name, to=words) }}{% endif %}{% endfor %}</td></tr>
{% endfor %}</table>
<h2>Cron</h2>
<p>{{ waiting }} webhooks wait. {{ button("Call wp-cron.php", "cron") }}</p>
<h2>Personal data</h2>
<form method="post" action="{{ at('/wp-admin/') }}">
<input type="hidden" name="_wpnonce" value="{{ nonce }}">
<label>E-mail <input type="email" name="email" required></label>
<button name="do" value="export">Export personal data</button>
<button name="do" value="erase">Erase personal data</button></form>
</body></html>"""
)


@cache
def _pages() -> Environment:
    texts = {"login": _LOGIN, "dashboard": _DASHBOARD}
    return Environment(loader=DictLoader(texts), autoescape=True)


def sign_in(shop: str) -> str:
    """wp-login.php: buttons where WordPress has name and password."""
    return _pages().get_template("login").render(shop=shop)


def dashboard(**values: Any) -> str:
    """All that a merchant can do here."""
    return _pages().get_template("dashboard").render(**values)
