"""The shop's pages: plain HTML for a phone, everything escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import DictLoader, Environment

_LAYOUT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} · {{ shop }}</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:0 auto;padding:1rem;color:#332e29;
background:#fdfcfa}
a{color:#3c6e5d}h1{font-size:1.5rem}.bar{background:#fff3cd;padding:.5rem .8rem;border-radius:.4rem}
.goods{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:1rem}
.goods img,.one img{width:100%;max-width:16rem;border-radius:.5rem}
button{font:inherit;padding:.6rem 1rem;border:0;border-radius:.4rem;background:#3c6e5d;color:#fff}
button.quiet{background:#8b837a}input[type=text],input[type=email],input[type=tel]{font:inherit;
width:100%;box-sizing:border-box;padding:.5rem;margin:.2rem 0 .6rem}
table{width:100%;border-collapse:collapse}td{padding:.4rem 0;border-bottom:1px solid #e6e1da}
td:last-child{text-align:right}form{margin:.4rem 0}
</style></head><body>
<p class="bar">A sandbox store: nothing is sold here, and no money moves. It is run from its
<a href="{{ at('/wp-admin/') }}">dashboard</a>.</p>
<p><a href="{{ at('/') }}">{{ shop }}</a></p>
{% block main %}{% endblock %}
</body></html>"""

_LINES = """<table>
{% for line in basket.lines %}
<tr><td>{{ line.quantity }} × {{ line.name }}</td><td>{{ line.total }}</td></tr>
{% endfor %}
{% for code, off in basket.used.items() %}
<tr><td>Code {{ code }}</td><td>−{{ off }}</td></tr>
{% endfor %}
{% for code, reason in (basket.refusals or {}).items() %}
<tr><td>Code {{ code }}: {{ reason }}</td><td></td></tr>
{% endfor %}
{% if basket.shipping %}<tr><td>Shipping</td><td>{{ basket.shipping }}</td></tr>{% endif %}
<tr><td><strong>Total</strong></td><td><strong>{{ basket.total }}</strong></td></tr>
</table>"""

_FRONT = """{% extends "layout" %}{% block main %}
<h1>{{ shop }}</h1>
{% if notice %}<p class="bar">{{ notice }}</p>{% endif %}
<div class="goods">{% for choice in choices %}
<div><a href="{{ choice.url }}"><img src="{{ choice.image }}" alt=""></a>
<div>{{ choice.name }}<br>{{ choice.price }}</div>
<form method="post" action="{{ at('/cart/add') }}">
<input type="hidden" name="product" value="{{ choice.id }}">
<button>Add to cart</button></form></div>
{% endfor %}</div>
{% if basket.lines %}<h2>Your cart</h2>{% include "lines" %}
<p><a href="{{ at('/checkout/') }}">Go to the checkout</a></p>{% endif %}
{% endblock %}"""

_PRODUCT = """{% extends "layout" %}{% block main %}
<h1>{{ title }}</h1><div class="one"><img src="{{ image }}" alt=""></div><p>{{ price }}</p>
{% for choice in choices %}<form method="post" action="{{ at('/cart/add') }}">
<input type="hidden" name="product" value="{{ choice.id }}">
<button>Add {{ choice.name }}</button></form>{% endfor %}
{% endblock %}"""

_CHECKOUT = """{% extends "layout" %}{% block main %}
<h1>Checkout</h1>
{% if notice %}<p class="bar">{{ notice }}</p>{% endif %}
{% if not basket.lines %}<p>Your cart is empty.
<a href="{{ at('/') }}">Back to the shop</a></p>{% else %}
{% include "lines" %}
<form method="post" action="{{ at('/checkout/') }}">
<input type="hidden" name="cart" value="{{ cart }}">
<label>E-mail<input type="email" name="email" value="{{ known.email }}"></label>
<label>Phone<input type="tel" name="phone" value="{{ known.phone }}"
 placeholder="with country code, like +82 10 …"></label>
<label>First name<input type="text" name="first_name" value="{{ known.first_name }}"></label>
<label>Last name<input type="text" name="last_name" value="{{ known.last_name }}"></label>
<label>Code<input type="text" name="coupon" value="{{ basket.codes|join(',') }}"></label>
<p><label><input type="checkbox" name="accepts_email" value="1"> E-mail me offers</label><br>
<label><input type="checkbox" name="accepts_sms" value="1"> Text me offers</label></p>
<button name="do" value="paid">Pay {{ basket.total }}</button>
<button class="quiet" name="do" value="keep">Keep my details and walk away</button>
<button class="quiet" name="do" value="failed">Let the payment fail</button>
</form>{% endif %}
{% endblock %}"""

_ORDER = """{% extends "layout" %}{% block main %}
<h1>Order {{ number }}</h1><p>{{ words }}</p>{% include "lines" %}
{% if payable %}<form method="post"><button>Pay {{ basket.total }}</button></form>{% endif %}
{% endblock %}"""


@cache
def _pages() -> Environment:
    texts = {
        "layout": _LAYOUT,
        "lines": _LINES,
        "front": _FRONT,
        "product": _PRODUCT,
        "checkout": _CHECKOUT,
        "order": _ORDER,
    }
    return Environment(loader=DictLoader(texts), autoescape=True)


def render(page: str, **values: Any) -> str:
    """One page as HTML."""
    return _pages().get_template(page).render(**values)
